// JSON from outside. Rejects text that two parsers could read differently. RFC 8259 4: names
// "SHOULD be unique"; RFC 8725 2.4 and 3.7 describe the attacks that duplicates allow.

/** An error in JSON text from outside. */
export class JsonFault extends Error {}

const deepest = 16

// Matches a string (and whether it is a name) or a bracket. Nothing else in JSON nests or repeats.
const token = /"(?:[^"\\]+|\\.)*"(\s*:)?|[{}[\]]/g

/**
 * Parses JSON text that is at most 16 levels deep and has no duplicate names in an object.
 * @throws JsonFault
 */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new JsonFault('is not valid JSON', { cause })
  }
  const open: Set<string>[] = []
  for (const [match, colon] of text.matchAll(token)) {
    if (match === '{' || match === '[') open.push(new Set())
    else if (match === '}' || match === ']') open.pop()
    else if (colon !== undefined) {
      const name: string = JSON.parse(match.slice(0, -colon.length))
      const names = open.at(-1)
      if (names?.has(name)) throw new JsonFault('has a duplicate name in an object')
      names?.add(name)
    }
    if (open.length > deepest) throw new JsonFault('is nested too deeply')
  }
  return value
}

/** Returns whether a JSON value is an object (not null, not an array). */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns whether every text in a JSON value is one that can be stored and compared: SQLite ends a text
 * at a NUL while the value goes on, and half of a surrogate pair has no UTF-8.
 */
export function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every((member) => member.every(isStorable))
}
