// What is wrong with a value by a schema of the server's OpenAPI document. This is the part of JSON
// Schema 2020-12 that those schemas use; the server checks the rest when it is asked.
import { type JsonObject, isObject, numberOf, objectsOf, textOf } from '../json.ts'

/** What is wrong, and where: a path such as `clients[0].redirect_uris[1]`. */
export type Fault = { path: string; detail: string }

/** The components of an OpenAPI document, by name. */
export type Components = JsonObject

/** Returns what is wrong with a value at a path. */
export function faultsOf(
  value: unknown,
  schema: JsonObject,
  path: string,
  components: Components,
): Fault[] {
  const reference = textOf(schema, '$ref')
  if (reference !== undefined) {
    const referred = components[reference.slice(reference.lastIndexOf('/') + 1)]
    return isObject(referred) ? faultsOf(value, referred, path, components) : []
  }
  const choices = objectsOf(schema, 'anyOf')
  if (choices.length > 0) return faultsOfChoices(value, choices, path, components)
  const wrong = (detail: string): Fault[] => [{ path, detail }]
  const types = [schema['type']].flat().filter((type) => typeof type === 'string')
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return wrong(`must be ${types.map(withArticle).join(' or ')}`)
  }
  const { const: only, enum: words } = schema
  if (only !== undefined && value !== only) return wrong(`must be ${JSON.stringify(only)}`)
  if (Array.isArray(words) && !words.includes(value)) {
    return wrong(`must be one of ${words.join(', ')}`)
  }
  if (typeof value === 'string') return faultOfText(value, schema).flatMap(wrong)
  if (typeof value === 'number') return faultOfNumber(value, schema).flatMap(wrong)
  if (Array.isArray(value)) return faultsOfItems(value, schema, path, components)
  return isObject(value) ? faultsOfMembers(value, schema, path, components) : []
}

const isOfType = (value: unknown, type: string): boolean => {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

const withArticle = (type: string): string =>
  type === 'null' ? 'null' : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`

/** Of several forms, what is wrong with the one that the value comes closest to. */
function faultsOfChoices(
  value: unknown,
  choices: readonly JsonObject[],
  path: string,
  components: Components,
): Fault[] {
  const tried = choices.map((choice) => faultsOf(value, choice, path, components))
  if (tried.some((faults) => faults.length === 0)) return []
  const isFar = (fault: Fault): boolean =>
    fault.path === path && /^must be (a|null)/.test(fault.detail)
  return (
    tried.find((faults) => !faults.some(isFar)) ?? [{ path, detail: 'has none of the known forms' }]
  )
}

function faultOfText(text: string, schema: JsonObject): string[] {
  const { minLength: least = 0, maxLength: most = Infinity } = schema
  const pattern = textOf(schema, 'pattern')
  if (text.length < Number(least)) return [`must have at least ${least} characters`]
  if (text.length > Number(most)) return [`must have at most ${most} characters`]
  return pattern === undefined || new RegExp(pattern, 'u').test(text)
    ? []
    : [`must match ${pattern}`]
}

function faultOfNumber(value: number, schema: JsonObject): string[] {
  const least = numberOf(schema, 'minimum') ?? -Infinity
  const most = numberOf(schema, 'maximum') ?? Infinity
  if (value < least) return [`must be at least ${least}`]
  return value > most ? [`must be at most ${most}`] : []
}

function faultsOfItems(
  items: readonly unknown[],
  schema: JsonObject,
  path: string,
  components: Components,
): Fault[] {
  const least = numberOf(schema, 'minItems') ?? 0
  const most = numberOf(schema, 'maxItems') ?? Infinity
  if (items.length < least) return [{ path, detail: `must have at least ${least} items` }]
  if (items.length > most) return [{ path, detail: `must have at most ${most} items` }]
  const { items: each } = schema
  if (!isObject(each)) return []
  return items.flatMap((item, at) => faultsOf(item, each, `${path}[${at}]`, components))
}

function faultsOfMembers(
  object: JsonObject,
  schema: JsonObject,
  path: string,
  components: Components,
): Fault[] {
  const { properties, propertyNames: names, required, additionalProperties: others } = schema
  const known = isObject(properties) ? properties : {}
  const needed = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  const missing = needed.filter((name) => !Object.hasOwn(object, name))
  const ofMember = ([name, value]: [string, unknown]): Fault[] => {
    const below = at(path, name)
    const described = Object.hasOwn(known, name) ? known[name] : undefined
    if (isObject(described)) return faultsOf(value, described, below, components)
    if (others === false) return [{ path: below, detail: unknownDetail(name, Object.keys(known)) }]
    const ofName = isObject(names) ? faultsOf(name, names, below, components) : []
    return [...ofName, ...(isObject(others) ? faultsOf(value, others, below, components) : [])]
  }
  return [
    ...missing.map((name) => ({ path: at(path, name), detail: 'is required' })),
    ...Object.entries(object).flatMap(ofMember),
  ]
}

/** Returns the path of a member. */
export const at = (path: string, name: string): string => {
  const text = /^[\w-]+$/.test(name) ? name : JSON.stringify(name)
  return path === '' ? text : `${path}.${text}`
}

/** Returns that a member is unknown, with the known one that was perhaps meant. */
export function unknownDetail(name: string, known: readonly string[]): string {
  const [meant] = known
    .filter((other) => distance(name, other) <= Math.ceil(other.length / 3))
    .sort((one, other) => distance(name, one) - distance(name, other))
  return `is unknown${meant === undefined ? '' : ` (did you mean ${meant}?)`}`
}

/** Returns how many letters must be added, removed or replaced to make one word of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1]
    for (const [column, against] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === against ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
