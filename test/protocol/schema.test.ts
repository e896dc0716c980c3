// Where our schemas are stricter than the library is, and the texts of their errors.
import { describe, expect, it } from 'vitest'
import * as v from '../../src/protocol/schema.ts'

/** Returns the value, or the errors by member. */
function read(schema: v.GenericSchema, json: string): unknown {
  const outcome = v.safeParse(schema, JSON.parse(json))
  return outcome.success
    ? { value: outcome.output }
    : outcome.issues.map((issue) => `${v.fieldOf(issue)} ${issue.message}`)
}

const name = { name: v.string() }
const anything = v.record(v.string(), v.unknown())

describe('an object', () => {
  it.each([
    ['strict', v.strictObject(name)],
    ['loose', v.looseObject(name)],
    ['that drops', v.object(name)],
    ['of any names', anything],
    ['of several forms', v.variant('name', [v.object({ name: v.literal('x') })])],
  ])('%s is no list, and not null', (_what, schema) => {
    expect([read(schema, '[]'), read(schema, 'null'), read(schema, '[{"name":"x"}]')]).toEqual([
      [' must be an object'],
      [' must be an object'],
      [' must be an object'],
    ])
  })

  it('that is strict reports each member that it does not have, whatever its name', () => {
    const sent = '{"name":1,"a":1,"constructor":1,"__proto__":{"name":"x"},"toString":1}'
    expect(read(v.strictObject(name), sent)).toEqual([
      'name must be a string',
      'a is not supported',
      'constructor is not supported',
      '__proto__ is not supported',
      'toString is not supported',
    ])
  })

  it('that is loose keeps the others as they are, but for __proto__', () => {
    const sent = '{"name":"x","constructor":1,"prototype":[2],"__proto__":{"admin":true}}'
    const value = { name: 'x', constructor: 1, prototype: [2] }
    expect(read(v.looseObject(name), sent)).toEqual({ value })
    expect(read(anything, sent)).toEqual({ value })
  })

  it('that keeps others never has the prototype that was sent', () => {
    const sent: unknown = JSON.parse('{"name":"x","__proto__":{"admin":true}}')
    const prototypes = [v.looseObject(name), anything].map((schema) => {
      const { output } = v.safeParse(schema, sent)
      return Object.getPrototypeOf(output)
    })
    expect(prototypes).toEqual([Object.prototype, Object.prototype])
    expect(prototypes.every((prototype) => prototype === Object.prototype)).toBe(true)
  })

  it('drops the others', () => {
    expect(read(v.object(name), '{"name":"x","a":1}')).toEqual({ value: { name: 'x' } })
  })

  it('with a partial schema stays strict', () => {
    const schema = v.partial(v.strictObject(name))
    expect([read(schema, '{}'), read(schema, '{"a":1}')]).toEqual([
      { value: {} },
      ['a is not supported'],
    ])
  })

  it('reports every error of a name, and none of the member under it', () => {
    const key = v.pipe(v.string(), v.maxLength(1), v.regex(/^a*$/, 'must be of a'))
    expect(read(v.record(key, v.int()), '{"bb":"x","a":"x"}')).toEqual([
      'bb must have at most 1 characters',
      'bb must be of a',
      'a must be a number',
    ])
  })

  it('of none of the forms says so at the member that tells them apart', () => {
    const schema = v.variant('kind', [v.object({ kind: v.literal('x') })])
    expect(read(schema, '{"kind":"y"}')).toEqual(['kind is not valid'])
  })
})

describe('a number', () => {
  it.each([
    ['1e999', ['must be a number'], ['must be a number']],
    ['1.5', ['must be a whole number'], 1.5],
    ['9007199254740992', ['must be at most 9007199254740991'], 9007199254740992],
    ['"1"', ['must be a number'], ['must be a number']],
  ])('%s is read exactly or not at all', (json, whole, any) => {
    const expected = (told: unknown) =>
      Array.isArray(told) ? told.map((text) => ` ${text}`) : { value: told }
    expect(read(v.int(), json)).toEqual(expected(whole))
    expect(read(v.number(), json)).toEqual(expected(any))
  })

  it('that is no whole one has no second error', () => {
    expect(read(v.pipe(v.int(), v.minValue(1)), '-1.5')).toEqual([' must be a whole number'])
  })
})

describe('a URL of the web', () => {
  const schema = v.pipe(v.string(), v.httpUrl())

  it.each(['http://a.example', 'https://a.example/b?c#d', 'HTTPS://A.example'])(
    'can be %j',
    (text) => expect(read(schema, JSON.stringify(text))).toEqual({ value: text }),
  )

  // A URL drops tabs and line breaks: what was checked would not be what is kept.
  it.each([
    ...['ftp://a.example', 'x:https://a.example', 'https:a.example', 'https://', 'https://a:b'],
    ...['https://a.example/\n', 'https://a.example/\r\nb', 'https://a.\texample'],
  ])('is never %j', (text) =>
    expect(read(schema, JSON.stringify(text))).toEqual([' must be an allowed URL']),
  )
})

describe('a rule of our own', () => {
  const isEven = (value: number) => (value % 2 === 0 ? null : 'must be even')

  it('leaves a value without a fault as it is', () =>
    expect(read(v.pipe(v.number(), v.noFault(isEven)), '2')).toEqual({ value: 2 }))

  it('reports its fault at the value', () =>
    expect(read(v.pipe(v.number(), v.noFault(isEven)), '1')).toEqual([' must be even']))

  it('reports its fault at the member that it names', () => {
    const schema = v.pipe(
      v.object({ a: v.number() }),
      v.noFault(({ a }: { a: number }) => isEven(a), 'a'),
    )
    expect(read(schema, '{"a":1}')).toEqual(['a must be even'])
  })

  it('is not asked about a value of another type', () =>
    expect(read(v.pipe(v.number(), v.noFault(isEven)), '"1"')).toEqual([' must be a number']))
})

it('a member that is there has the schema within that of one that can be left out', () => {
  const text = v.string()
  expect(v.withoutDefault(v.optional(text, 'a'))).toBe(text)
  expect(v.withoutDefault(text)).toBe(text)
})

it('the texts tell what is expected', () => {
  const schema = v.object({
    absent: v.string(),
    flag: v.boolean(),
    one: v.literal('x'),
    of: v.picklist(['a', 'b']),
    short: v.pipe(v.string(), v.minLength(1)),
    list: v.pipe(v.array(v.string()), v.minLength(2)),
    most: v.pipe(v.int(), v.maxValue(3)),
    url: v.pipe(v.string(), v.httpUrl()),
    union: v.union([v.string(), v.null()]),
  })
  const sent =
    '{"flag":1,"one":"y","of":"c","short":"","list":["x"],"most":4,"url":"ftp://a.example","union":1}'
  expect(read(schema, sent)).toEqual([
    'absent is required',
    'flag must be true or false',
    'one must be x',
    'of must be one of a, b',
    'short must not be empty',
    'list must have at least 2 entries',
    'most must be at most 3',
    'url must be an allowed URL',
    'union is not valid',
  ])
})
