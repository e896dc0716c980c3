// Describes schemas as JSON Schema (draft 2020-12), as an OpenAPI 3.1 document contains it.
import type * as valibot from 'valibot'
import { isWhole } from './schema.ts'

export type JsonSchema = { [keyword: string]: unknown; properties?: Record<string, JsonSchema> }

type Schema = valibot.GenericSchema
type Entries = valibot.ObjectEntries

/** What the schemas are made of that a document describes. */
type Known =
  | valibot.ArraySchema<Schema, undefined>
  | valibot.LazySchema<Schema>
  | valibot.LiteralSchema<string | number | boolean, undefined>
  | valibot.LooseObjectSchema<Entries, undefined>
  | valibot.NullableSchema<Schema, undefined>
  | valibot.NullishSchema<Schema, undefined>
  | valibot.ObjectSchema<Entries, undefined>
  | valibot.OptionalSchema<Schema, unknown>
  | valibot.PicklistSchema<readonly string[], undefined>
  | valibot.RecordSchema<valibot.GenericSchema<string, string>, Schema, undefined>
  | valibot.StrictObjectSchema<Entries, undefined>
  | valibot.UnionSchema<Schema[], undefined>
  | valibot.VariantSchema<string, valibot.VariantOptions<string>, undefined>

/** A step of a pipe. */
type Step = { type: string; requirement?: unknown; description?: string }
type Pipe = Schema & { pipe: readonly [Schema, ...Step[]] }

const isA = <Type extends Known['type']>(
  schema: Schema,
  ...types: Type[]
): schema is Extract<Known, { type: Type }> => types.some((type) => type === schema.type)

const isPipe = (schema: Schema): schema is Pipe => 'pipe' in schema

/**
 * Returns the JSON Schema of values as they are sent. A part that is in `names` becomes a reference to
 * the component of that name.
 */
export function describeSchema(schema: Schema, names: ReadonlyMap<Schema, string>): JsonSchema {
  const part = (one: Schema): JsonSchema => {
    const name = names.get(one)
    return name === undefined
      ? describeSchema(one, names)
      : { $ref: `#/components/schemas/${name}` }
  }
  if (isPipe(schema)) {
    const [first, ...steps] = schema.pipe
    // Of several bounds the last is the narrowest.
    return steps.reduce((whole, step) => ({ ...whole, ...described(step, whole) }), part(first))
  }
  if (isA(schema, 'object', 'strict_object', 'loose_object')) return describeObject(schema, part)
  if (isA(schema, 'record')) {
    const { key, value } = schema
    return { type: 'object', propertyNames: part(key), additionalProperties: part(value) }
  }
  if (isA(schema, 'array')) return { type: 'array', items: part(schema.item) }
  if (isA(schema, 'picklist')) return { type: 'string', enum: schema.options }
  if (isA(schema, 'literal')) return { type: typeof schema.literal, const: schema.literal }
  if (isA(schema, 'union')) return { anyOf: schema.options.map(part) }
  if (isA(schema, 'variant')) return { oneOf: schema.options.map(part) }
  if (isA(schema, 'lazy')) return part(schema.getter(undefined))
  if (isA(schema, 'optional')) {
    const { wrapped, default: value } = schema
    return value === undefined ? part(wrapped) : { ...part(wrapped), default: value }
  }
  if (isA(schema, 'nullable', 'nullish')) {
    const { type, ...more } = part(schema.wrapped)
    return type !== undefined && Object.keys(more).length === 0
      ? { type: [type, 'null'] }
      : { anyOf: [part(schema.wrapped), { type: 'null' }] }
  }
  return ['string', 'number', 'boolean', 'null'].includes(schema.type) ? { type: schema.type } : {}
}

function describeObject(
  { type, entries }: Extract<Known, { entries: Entries }>,
  part: (schema: Schema) => JsonSchema,
): JsonSchema {
  const members = Object.entries(entries)
  const required = members.filter(([, { type: of }]) => of !== 'optional' && of !== 'nullish')
  return {
    type: 'object',
    properties: Object.fromEntries(members.map(([name, member]) => [name, part(member)])),
    ...(required.length === 0 ? {} : { required: required.map(([name]) => name) }),
    ...(type === 'object' ? {} : { additionalProperties: type === 'loose_object' ? {} : false }),
  }
}

const bounds: Readonly<Record<string, string>> = {
  min_value: 'minimum',
  max_value: 'maximum',
  min_length: 'minLength',
  max_length: 'maxLength',
}

function described({ type, requirement, description }: Step, whole: JsonSchema): JsonSchema {
  if (description !== undefined) return { description }
  if (requirement instanceof RegExp) return { pattern: requirement.source }
  if (requirement === isWhole) return { type: 'integer' }
  if (type === 'url') return { format: 'uri' }
  if (type === 'readonly') return { readOnly: true }
  const bound = bounds[type]
  if (bound === undefined) return {}
  return { [whole.type === 'array' ? bound.replace('Length', 'Items') : bound]: requirement }
}
