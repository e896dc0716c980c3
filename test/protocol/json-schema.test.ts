import { describe, expect, it } from 'vitest'
import { describeSchema, type JsonSchema } from '../../src/protocol/json-schema.ts'
import * as v from '../../src/protocol/schema.ts'

const described = (schema: v.GenericSchema): JsonSchema => describeSchema(schema, new Map())
const text = v.string()

describe('JSON Schema 2020-12 of what is sent', () => {
  it.each<[string, v.GenericSchema, JsonSchema]>([
    ['a string', text, { type: 'string' }],
    ['a boolean', v.boolean(), { type: 'boolean' }],
    ['null', v.null(), { type: 'null' }],
    ['anything', v.unknown(), {}],
    ['a number', v.number(), { type: 'number' }],
    [
      'a whole number, with the narrowest bounds',
      v.pipe(v.int(), v.minValue(1), v.maxValue(9)),
      { type: 'integer', minimum: 1, maximum: 9 },
    ],
    [
      'a text with its lengths and its pattern',
      v.pipe(text, v.minLength(1), v.maxLength(2), v.regex(/^a+$/)),
      { type: 'string', minLength: 1, maxLength: 2, pattern: '^a+$' },
    ],
    [
      'a list with its lengths',
      v.pipe(v.array(text), v.minLength(1), v.maxLength(2)),
      { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
    ],
    ['a URL', v.pipe(text, v.httpUrl()), { type: 'string', format: 'uri' }],
    ['a part that is read alone', v.pipe(text, v.readonly()), { type: 'string', readOnly: true }],
    [
      'a part with its description',
      v.pipe(text, v.description('a name')),
      { type: 'string', description: 'a name' },
    ],
    [
      'a check, which has no word',
      v.pipe(
        text,
        v.check(() => true),
      ),
      { type: 'string' },
    ],
    ['one of several texts', v.picklist(['a', 'b']), { type: 'string', enum: ['a', 'b'] }],
    ['one text', v.literal('a'), { type: 'string', const: 'a' }],
    ['one number', v.literal(1), { type: 'number', const: 1 }],
    [
      'one of several types',
      v.union([text, v.boolean()]),
      { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
    ],
    [
      'an object of any names',
      v.record(text, v.boolean()),
      {
        type: 'object',
        propertyNames: { type: 'string' },
        additionalProperties: { type: 'boolean' },
      },
    ],
    ['a schema that refers to itself', v.lazy(() => text), { type: 'string' }],
    ['a member that can be left out', v.optional(text), { type: 'string' }],
    ['a member with a default', v.optional(text, 'a'), { type: 'string', default: 'a' }],
    ['a text or null', v.nullable(text), { type: ['string', 'null'] }],
    ['a text, null or nothing', v.nullish(text), { type: ['string', 'null'] }],
    [
      'a short text or null',
      v.nullable(v.pipe(text, v.maxLength(2))),
      { anyOf: [{ type: 'string', maxLength: 2 }, { type: 'null' }] },
    ],
    ['anything or null', v.nullable(v.unknown()), { anyOf: [{}, { type: 'null' }] }],
  ])('describes %s', (_what, schema, expected) => expect(described(schema)).toStrictEqual(expected))

  const members = { a: text, b: v.optional(text), c: v.nullish(text) }
  const object = {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: ['string', 'null'] } },
    required: ['a'],
  }

  it.each<[string, v.GenericSchema, JsonSchema]>([
    ['that drops others', v.object(members), object],
    ['that is strict', v.strictObject(members), { ...object, additionalProperties: false }],
    ['that is loose', v.looseObject(members), { ...object, additionalProperties: {} }],
    ['without a member', v.object({}), { type: 'object', properties: {} }],
  ])('describes an object %s', (_what, schema, expected) =>
    expect(described(schema)).toEqual(expected),
  )

  it('describes an object of several forms', () =>
    expect(described(v.variant('a', [v.object({ a: v.literal('x') })]))).toEqual({
      oneOf: [
        {
          type: 'object',
          properties: { a: { type: 'string', const: 'x' } },
          required: ['a'],
        },
      ],
    }))

  it('refers to each part that has a name, wherever it stands', () =>
    expect(
      describeSchema(v.object({ a: text, b: v.array(text) }), new Map([[text, 'Name']])),
    ).toEqual({
      type: 'object',
      properties: {
        a: { $ref: '#/components/schemas/Name' },
        b: { type: 'array', items: { $ref: '#/components/schemas/Name' } },
      },
      required: ['a', 'b'],
    }))
})
