// What the schema of a type of authorization details may say, and which values it lets in.
import { describe, expect, it } from 'vitest'
import {
  detailsSchema,
  detailsValue,
  isValidBy,
  requiredMember,
} from '../../../src/core/tokens/details-schema.ts'
import * as v from '../../../src/protocol/schema.ts'

const text = { type: 'string', maxLength: 20 }
const list = (items: object, maxItems = 2) => ({ type: 'array', items, maxItems })
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })

/** What is wrong with the schema of a type; null if nothing is. */
const faultOf = (schema: object) => v.safeParse(detailsSchema(), schema).issues?.[0].message ?? null
const faultOfMembers = (properties: object) => faultOf(object(properties))

describe('the schema of a type', () => {
  it('bounds each text by its length or by a list of choices', () => {
    const bound = 'must have maxLength or enum'
    expect({
      neither: faultOfMembers({ a: { type: 'string' } }),
      length: faultOfMembers({ a: { type: 'string', maxLength: 1 } }),
      choices: faultOfMembers({ a: { type: 'string', enum: ['x'] } }),
    }).toEqual({ neither: bound, length: null, choices: null })
  })

  it.each(['a', '_', 'A-1', `a${'b'.repeat(99)}`])('may name a member %s', (name) => {
    expect(faultOfMembers({ [name]: text })).toBeNull()
  })

  it.each(['', '1a', '-a', ' a', 'a b', 'a.b', 'ä', `a${'b'.repeat(100)}`])(
    'names no member %j',
    (name) => {
      expect(faultOfMembers({ [name]: text })).toBe('must be a name of A-Z a-z 0-9 _ -')
    },
  )

  it('may say that no other member is allowed, and never that one is', () => {
    expect({
      none: faultOf(object({}, { additionalProperties: false })),
      any: faultOf(object({}, { additionalProperties: true })),
    }).toEqual({ none: null, any: expect.any(String) })
  })

  it('demands no member that it does not describe', () => {
    expect(faultOf(object({ a: text }, { required: ['a', 'toString'] }))).toBe(
      'must name members of properties',
    )
  })

  it('does not describe the type, which every entry has', () => {
    expect(faultOfMembers({ type: text })).toBe('must not describe type, which every entry has')
  })

  it.each(['locations', 'actions', 'datatypes', 'privileges'])(
    'describes %s, if at all, as a list of texts (RFC 9396 2.2)',
    (name) => {
      const fault = `must describe ${name} as an array of strings`
      expect([
        faultOfMembers({ [name]: list(text) }),
        faultOfMembers({ [name]: text }),
        faultOfMembers({ [name]: list({ type: 'integer' }) }),
      ]).toEqual([null, fault, fault])
    },
  )

  it('describes the identifier, if at all, as one text (RFC 9396 2.2)', () => {
    expect([
      faultOfMembers({ identifier: text, amount: { type: 'integer' } }),
      faultOfMembers({ identifier: list(text) }),
      faultOfMembers({ identifier: { type: 'integer' } }),
    ]).toEqual([null, ...Array(2).fill('must describe identifier as a string')])
  })

  it('is at most five levels of objects and lists deep', () => {
    const deep = (levels: number, wrapped: (inner: object) => object): object =>
      levels === 0 ? text : wrapped(deep(levels - 1, wrapped))
    const inObjects = (levels: number) =>
      faultOf(object({ a: text, b: deep(levels - 1, (b) => object({ b })), c: text }))
    const inLists = (levels: number) =>
      faultOfMembers({ a: deep(levels - 1, (items) => list(items)), b: text })
    expect({
      objects: [inObjects(5), inObjects(6), inObjects(7)],
      lists: [inLists(5), inLists(6), inLists(7)],
    }).toEqual({
      objects: [null, ...Array(2).fill('must be at most 5 levels deep')],
      lists: [null, ...Array(2).fill('must be at most 5 levels deep')],
    })
  })

  it('has at most 8192 characters', () => {
    const choosing = (last: string) => {
      const others = Array<string>(49).fill('x'.repeat(160))
      return object({ a: { type: 'string', enum: [...others, last] } })
    }
    const ofLength = (characters: number) =>
      choosing('y'.repeat(characters - JSON.stringify(choosing('')).length))
    expect(JSON.stringify(ofLength(8_192))).toHaveLength(8_192)
    expect([faultOf(ofLength(8_192)), faultOf(ofLength(8_193))]).toEqual([
      null,
      'must have at most 8192 characters',
    ])
  })
})

describe('a value', () => {
  const isValid = (schema: object, ...values: unknown[]) =>
    values.map((value) => isValidBy(v.parse(detailsValue(), schema), value))

  it('is true or false where the schema says so, and nothing like it', () => {
    const values = [true, false, 'true', 1, 0, null]
    expect(isValid({ type: 'boolean' }, ...values)).toEqual([
      ...[true, true],
      ...Array(4).fill(false),
    ])
  })

  it('is a list of at most as many items as the schema says, each of which is valid', () => {
    const values = [[], ['a', 'b'], ['a', 'b', 'c'], ['a', 1], [1, 'a'], 'ab', { length: 0 }]
    expect(isValid(list(text), ...values)).toEqual([true, true, ...Array(5).fill(false)])
  })

  it('is a number from the smallest to the largest, these two among them', () => {
    const schema = { type: 'number', minimum: -1, maximum: 2 }
    expect(isValid(schema, -1, 0.5, 2, -1.1, 2.1, '1', null)).toEqual([
      ...Array(3).fill(true),
      ...Array(4).fill(false),
    ])
  })

  it('is one of the numbers that the schema lists', () => {
    expect(isValid({ type: 'integer', enum: [1, 3] }, 1, 3, 2)).toEqual([true, true, false])
  })

  it('is a text of at most as many characters as the schema says, whatever their bytes', () => {
    expect(isValid({ type: 'string', maxLength: 2 }, '', '𝄞𝄞', '𝄞𝄞𝄞', 'abc', 12)).toEqual([
      ...[true, true],
      ...Array(3).fill(false),
    ])
  })

  it('is one of the texts that the schema lists', () => {
    expect(isValid({ type: 'string', enum: ['a', 'b'] }, 'a', 'b', 'c')).toEqual([
      ...[true, true, false],
    ])
  })

  it('is no text that SQLite would cut, or that has no UTF-8', () => {
    expect(isValid(text, 'a\0b', 'a\ud800', 'a')).toEqual([false, false, true])
  })

  it('is no number that has been read as another one than was sent', () => {
    const values = [Infinity, NaN, 2 ** 53, -(2 ** 53), 2 ** 53 - 1]
    expect({
      number: isValid({ type: 'number' }, ...values, 0.5),
      integer: isValid({ type: 'integer' }, ...values, 0.5),
    }).toEqual({
      number: [...Array(4).fill(false), true, true],
      integer: [...Array(4).fill(false), true, false],
    })
  })

  it('is an object with all that is required, and with nothing that is not described', () => {
    const schema = object({ a: text, b: text, c: text }, { required: ['a', 'b'] })
    const [a, b] = ['x', 'y']
    const values = [{ a, b }, { a, b, c: 'z' }, { a }, { b }, { a, b, d: 'z' }, { a, b: 5 }]
    expect({
      values: isValid(schema, ...values, { a, b, toString: 'z' }),
      others: isValid(schema, null, 'x', [a, b]),
      empty: isValid(object({}), {}, [], null),
    }).toEqual({
      values: [true, true, ...Array(5).fill(false)],
      others: [false, false, false],
      empty: [true, false, false],
    })
  })
})

describe('a member that every entry has', () => {
  const amount = object({ value: text, currency: text }, { required: ['value'] })
  const parts = { amount, note: text, steps: list(text), loose: object({ any: text }) }
  const required = ['amount', 'steps', 'loose']
  const schema = v.parse(detailsSchema(), object(parts, { required }))
  const at = (path: string) => requiredMember(schema, path.split('.'))

  it('is found by its path', () => {
    expect({ amount: at('amount'), value: at('amount.value') }).toEqual({ amount, value: text })
  })

  it.each([
    'note',
    'amount.currency',
    'loose.any',
    'steps.0',
    'amount.value.x',
    'none',
    'toString',
  ])('is not %s, which an entry may lack', (path) => {
    expect(at(path)).toBeNull()
  })

  it('is none at an empty path', () => {
    expect(requiredMember(schema, [])).toBeNull()
  })

  it('is none that nothing describes', () => {
    const demanding = { type: 'object', properties: {}, required: ['a', 'toString'] } as const
    const lax = { ...demanding, required: [...demanding.required] }
    expect(
      ['a', 'a.b', 'toString.name'].map((path) => requiredMember(lax, path.split('.'))),
    ).toEqual([null, null, null])
  })
})
