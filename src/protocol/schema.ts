// The words in which schemas of JSON values are written: those of valibot, and our own where JSON is
// stricter than valibot is. Errors are reported with the texts of fault-words.ts.
import * as valibot from 'valibot'
import { faultWords } from './fault-words.ts'
import { isJsonObject } from './strict-json.ts'

export {
  array,
  boolean,
  check,
  custom,
  description,
  lazy,
  literal,
  maxLength,
  maxValue,
  minLength,
  minValue,
  never,
  null_ as null,
  nullable,
  nullish,
  optional,
  parse,
  partial,
  picklist,
  pipe,
  readonly,
  regex,
  safeParse,
  strictTuple,
  string,
  trim,
  union,
  unknown,
} from 'valibot'
export type { BaseIssue, GenericSchema, InferOutput } from 'valibot'

valibot.setGlobalMessage(faultWords)

type Entries = valibot.ObjectEntries
type Run = valibot.GenericSchema['~run']

/**
 * Makes a schema of objects run member by member: `rest` returns the schema of a member that `entries`
 * does not name. A list is no object, and no name is special but `__proto__`, which is dropped.
 */
function memberwise<Schema extends valibot.GenericSchema>(
  schema: Schema,
  rest: (name: string) => valibot.GenericSchema | null,
): Schema {
  const run: Run = function (this: { entries?: Entries }, { value }, config) {
    const named: Entries = this.entries ?? {}
    const others = isJsonObject(value)
      ? Object.keys(value).filter((name) => !Object.hasOwn(named, name))
      : []
    const added = others.flatMap((name) => {
      const member = rest(name)
      return member === null ? [] : [[name, member] as const]
    })
    // Entries are defined, and not assigned: __proto__ would be no entry.
    const entries: Entries = { ...named, ...Object.fromEntries(added) }
    // To valibot, a list is an object.
    return valibot.object(entries)['~run']({ value: Array.isArray(value) ? null : value }, config)
  }
  return Object.assign(schema, { '~run': run })
}

const unsupported = valibot.pipe(
  valibot.unknown(),
  valibot.check(() => false, 'is not supported'),
)

/** An object; members that `entries` does not name are dropped. */
export const object = <Members extends Entries>(entries: Members) =>
  memberwise(valibot.object(entries), () => null)

/** An object; members that `entries` does not name are kept as they are. */
export const looseObject = <Members extends Entries>(entries: Members) =>
  memberwise(valibot.looseObject(entries), (name) =>
    name === '__proto__' ? null : valibot.unknown(),
  )

/** An object; each member that `entries` does not name is an error. */
export const strictObject = <Members extends Entries>(entries: Members) =>
  memberwise(valibot.strictObject(entries), () => unsupported)

/** An object whose members have any names that are valid by `key`. */
export const record = <Value extends valibot.GenericSchema>(
  key: valibot.GenericSchema<string, string>,
  value: Value,
) =>
  memberwise(valibot.record(key, value), (name) => {
    if (name === '__proto__') return null
    const { issues } = valibot.safeParse(key, name)
    if (issues === undefined) return value
    const faults = issues.map(({ message }) => valibot.check(() => false, message))
    return valibot.pipe(valibot.unknown(), ...faults, valibot.never())
  })

/** An object of one of several forms, which the member `key` tells apart. */
export function variant<Key extends string, Options extends valibot.VariantOptions<Key>>(
  key: Key,
  options: Options,
) {
  const schema = valibot.variant(key, options, ({ path }) =>
    path === undefined ? 'must be an object' : 'is not valid',
  )
  const run: Run = schema['~run']
  const runOnObjects: Run = (dataset, config) =>
    run.call(schema, Array.isArray(dataset.value) ? { value: null } : dataset, config)
  return Object.assign(schema, { '~run': runOnObjects })
}

const isFinite = (value: number): value is number => Number.isFinite(value)

/** The rule of a whole number. */
export const isWhole = (value: number): value is number => Number.isInteger(value)

/** A finite number: JSON such as 1e999 is read as Infinity. */
export const number = () =>
  valibot.pipe(valibot.number(), valibot.guard(isFinite, 'must be a number'))

/** A whole number that was read exactly as it was sent. */
export const int = () =>
  valibot.pipe(
    number(),
    valibot.guard(isWhole, 'must be a whole number'),
    valibot.minValue(Number.MIN_SAFE_INTEGER),
    valibot.maxValue(Number.MAX_SAFE_INTEGER),
  )

/** Returns the dotted path of the member that an error is about; empty = the whole value. */
export const fieldOf = ({ path }: Pick<valibot.BaseIssue<unknown>, 'path'>): string =>
  path?.map(({ key }) => String(key)).join('.') ?? ''

/** A URL of the web. */
export const httpUrl = () =>
  Object.assign(valibot.url<string, string>('must be an allowed URL'), {
    requirement: (text: string) => /^https?:\/\/[^\t\n\r]*$/i.test(text) && URL.canParse(text),
  })

/**
 * A check whose text is what `faultOf` returns; null = the value is valid. `member` is the one at fault,
 * where it is not the whole value.
 */
export const noFault = <Value>(faultOf: (value: Value) => string | null, member?: string) =>
  valibot.rawCheck<Value>(({ dataset, addIssue }) => {
    const message = dataset.typed ? faultOf(dataset.value) : null
    if (message === null) return
    const input = dataset.value
    addIssue(
      member === undefined
        ? { message }
        : {
            message,
            path: [{ type: 'unknown', origin: 'value', input, key: member, value: input }],
          },
    )
  })

const isOptional = (
  schema: valibot.GenericSchema,
): schema is valibot.OptionalSchema<valibot.GenericSchema, unknown> => schema.type === 'optional'

/** Returns the schema of a member that is there. */
export const withoutDefault = (schema: valibot.GenericSchema): valibot.GenericSchema =>
  isOptional(schema) ? schema.wrapped : schema
