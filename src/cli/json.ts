// JSON from the server, whose members are read by name and never trusted to be there.

export type JsonObject = { readonly [member: string]: unknown }

/** Returns whether a value is a JSON object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses a JSON object; null if the text is anything else. */
export function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** Returns a member that is a string, or undefined. */
export function textOf(object: JsonObject, member: string): string | undefined {
  const value = object[member]
  return typeof value === 'string' ? value : undefined
}

/** Returns a member that is a number, or undefined. */
export function numberOf(object: JsonObject, member: string): number | undefined {
  const value = object[member]
  return typeof value === 'number' ? value : undefined
}

/** Returns a member that is an object, or an empty one. */
export function objectOf(object: JsonObject, member: string): JsonObject {
  const value = object[member]
  return isObject(value) ? value : {}
}

/** Returns the sum of the counts in a member that is an object of them. */
export const totalOf = (object: JsonObject, member: string): number =>
  Object.values(objectOf(object, member))
    .filter((count) => typeof count === 'number')
    .reduce((total, count) => total + count, 0)

/** Returns the objects in a member that is an array of them; other elements are left out. */
export function objectsOf(object: JsonObject, member: string): JsonObject[] {
  const value = object[member]
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Returns the value at a dotted path such as `claims.department`. */
export function valueAt(object: JsonObject, path: string): unknown {
  if (Object.hasOwn(object, path)) return object[path]
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      object,
    )
}

// C1 controls and bidirectional controls, which JSON allows and a terminal obeys.
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Formats a value as JSON that has no character which a terminal would obey. */
export const formatJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(unsafe, escaped)
