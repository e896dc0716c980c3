// The part of JSON Schema by which the operator describes an authorization details type (RFC 9396 2.1).
// It is bounded, so that whatever is valid can be shown to a person, and no member is unknown.
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { isJsonObject } from '../../protocol/strict-json.ts'

type TextSchema = {
  type: 'string'
  maxLength?: number | undefined
  enum?: string[] | undefined
}
type NumberSchema = {
  type: 'number' | 'integer'
  minimum?: number | undefined
  maximum?: number | undefined
  enum?: number[] | undefined
}
type ListSchema = { type: 'array'; items: ValueSchema; maxItems: number }
export type ObjectSchema = {
  type: 'object'
  properties: Record<string, ValueSchema>
  required?: string[] | undefined
  additionalProperties?: false | undefined
}
type ValueSchema = TextSchema | NumberSchema | { type: 'boolean' } | ListSchema | ObjectSchema

/** Levels of objects and arrays in a schema. */
const deepest = 5

/** The longest text of one value, in characters: a person is shown all of it. */
export const longestValue = 1_000

/** Characters of a schema as JSON. */
const longestSchema = 8_192

const choices = <Item extends v.GenericSchema>(item: Item) =>
  v.optional(v.pipe(v.array(item), v.minLength(1), v.maxLength(50)))

const textSchema = once(() =>
  v.pipe(
    v.strictObject({
      type: v.literal('string'),
      maxLength: v.optional(v.pipe(v.int(), v.minValue(1), v.maxValue(longestValue))),
      enum: choices(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    }),
    v.check(
      (schema) => schema.maxLength !== undefined || schema.enum !== undefined,
      'must have maxLength or enum',
    ),
  ),
)

const numberSchema = once(() =>
  v.strictObject({
    type: v.picklist(['number', 'integer']),
    minimum: v.optional(v.number()),
    maximum: v.optional(v.number()),
    enum: choices(v.number()),
  }),
)

const listSchema = once(() =>
  v.strictObject({
    type: v.literal('array'),
    items: v.lazy(detailsValue),
    maxItems: v.pipe(v.int(), v.minValue(1), v.maxValue(100)),
  }),
)

const memberName = once(() =>
  v.pipe(v.string(), v.regex(/^[A-Za-z_][\w-]{0,99}$/, 'must be a name of A-Z a-z 0-9 _ -')),
)

const objectShape = once(() =>
  v.strictObject({
    type: v.literal('object'),
    properties: v.record(memberName(), v.lazy(detailsValue)),
    required: v.optional(v.pipe(v.array(v.string()), v.maxLength(100))),
    /** No member is ever allowed that the schema does not name. */
    additionalProperties: v.optional(v.literal(false)),
  }),
)

const objectSchema = once(() =>
  v.pipe(
    objectShape(),
    v.noFault(
      ({ properties, required = [] }) =>
        required.every((name) => Object.hasOwn(properties, name))
          ? null
          : 'must name members of properties',
      'required',
    ),
  ),
)

/** The schema of one value in an entry. */
export const detailsValue: () => v.GenericSchema<ValueSchema> = once(() =>
  v.variant('type', [
    textSchema(),
    numberSchema(),
    v.strictObject({ type: v.literal('boolean') }),
    listSchema(),
    objectSchema(),
  ]),
)

/**
 * What the members must be whose meaning RFC 9396 2.2 defines for every type: a list of texts, or for
 * `identifier` one text.
 */
const commonLists = ['locations', 'actions', 'datatypes', 'privileges']

function commonMemberFault({ properties }: ObjectSchema): string | null {
  if (Object.hasOwn(properties, 'type')) return 'must not describe type, which every entry has'
  for (const [name, schema] of Object.entries(properties)) {
    const isTexts = schema.type === 'array' && schema.items.type === 'string'
    if (commonLists.includes(name) && !isTexts)
      return `must describe ${name} as an array of strings`
    if (name === 'identifier' && schema.type !== 'string') {
      return 'must describe identifier as a string'
    }
  }
  return null
}

const depthOf = (schema: ValueSchema): number => {
  if (schema.type === 'array') return 1 + depthOf(schema.items)
  if (schema.type !== 'object') return 0
  return 1 + Math.max(0, ...Object.values(schema.properties).map(depthOf))
}

/** The schema of one type: an object, whose member `type` is understood. */
export const detailsSchema = once(() =>
  v.pipe(
    objectSchema(),
    v.noFault((schema) =>
      depthOf(schema) > deepest
        ? `must be at most ${deepest} levels deep`
        : JSON.stringify(schema).length > longestSchema
          ? `must have at most ${longestSchema} characters`
          : commonMemberFault(schema),
    ),
  ),
)

/**
 * Returns whether a JSON value is valid by a schema. `maxLength` counts code points, as JSON Schema.
 */
export function isValidBy(schema: ValueSchema, value: unknown): boolean {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' && isText(schema, value)
    case 'number':
    case 'integer':
      return typeof value === 'number' && isNumber(schema, value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'array':
      return (
        Array.isArray(value) &&
        value.length <= schema.maxItems &&
        value.every((item: unknown) => isValidBy(schema.items, item))
      )
    case 'object':
      return isJsonObject(value) && isObject(schema, value)
  }
}

// A text that SQLite would cut, or that has no UTF-8, would not be what the person saw.
const isText = ({ maxLength = longestValue, enum: allowed }: TextSchema, value: string): boolean =>
  value.isWellFormed() &&
  !value.includes('\0') &&
  [...value].length <= maxLength &&
  (allowed === undefined || allowed.includes(value))

// A number beyond these has been read as another one than was sent.
const isNumber = (schema: NumberSchema, value: number): boolean =>
  Number.isFinite(value) &&
  (!Number.isInteger(value) || Number.isSafeInteger(value)) &&
  (schema.type === 'number' || Number.isInteger(value)) &&
  value >= (schema.minimum ?? -Infinity) &&
  value <= (schema.maximum ?? Infinity) &&
  (schema.enum === undefined || schema.enum.includes(value))

function isObject(
  { properties, required = [] }: ObjectSchema,
  value: Readonly<Record<string, unknown>>,
): boolean {
  const isKnown = ([name, member]: [string, unknown]): boolean => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    return schema !== undefined && isValidBy(schema, member)
  }
  return (
    required.every((name) => Object.hasOwn(value, name)) && Object.entries(value).every(isKnown)
  )
}

/**
 * Returns the schema of the member at a path such as `amount.value` if every entry has that member,
 * else null.
 */
export function requiredMember(
  { properties, required = [] }: ObjectSchema,
  path: readonly string[],
): ValueSchema | null {
  const [name, ...rest] = path
  if (name === undefined || !required.includes(name)) return null
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
  if (schema === undefined || rest.length === 0) return schema ?? null
  return schema.type === 'object' ? requiredMember(schema, rest) : null
}
