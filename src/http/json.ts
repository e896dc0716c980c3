// JSON objects in bodies, read so that nothing hides in them.
import type { OAuthError } from '../protocol/error.ts'
import { isJsonObject, JsonFault, parseJson } from '../protocol/strict-json.ts'
import { mediaType, readText } from './form.ts'

/** A body, or a part of one, before anything is known about it. */
export type JsonObject = Record<string, unknown>

/** What is wrong with one member of a body; '' = with the whole. */
export type Fault = { field: string; detail: string }

/**
 * Reads the JSON object in the body of a request. `what` names it in the refusals that `refuse` creates.
 * @throws what `refuse` creates (400, or 415 for another media type), request_too_large
 */
export async function readJsonBody(
  request: Request,
  what: string,
  refuse: (description: string, more?: { status: number }) => OAuthError,
): Promise<JsonObject> {
  if (mediaType(request) !== 'application/json') {
    const detail = `send ${what} as JSON, with the header Content-Type: application/json`
    throw refuse(detail, { status: 415 })
  }
  const read = readJsonObject(await readText(request))
  if ('object' in read) return read.object
  const [fault] = read.faults
  throw refuse(`the body ${fault?.detail ?? 'is not valid'}`)
}

/** The JSON object that a text is, or every fault that keeps it from being one. */
export function readJsonObject(text: string): { object: JsonObject } | { faults: Fault[] } {
  const value = parsed(text)
  if (value instanceof JsonFault) return { faults: [{ field: '', detail: value.message }] }
  if (!isJsonObject(value)) return { faults: [{ field: '', detail: 'is not a JSON object' }] }
  const faults = [...contentFaults(value, '')]
  return faults.length === 0 ? { object: value } : { faults }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (fault) {
    if (fault instanceof JsonFault) return fault
    throw fault
  }
}

// A small depth: the parser has seen to it.
function* contentFaults(value: unknown, field: string): Generator<Fault> {
  if (typeof value === 'string') {
    // SQLite's length() and comparisons end at a NUL while the value goes on: never let one pass.
    if (value.includes('\0')) yield { field, detail: 'contains a NUL character' }
    if (!value.isWellFormed()) yield { field, detail: 'contains an unpaired surrogate' }
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) yield { field, detail: 'is a number that is too large' }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const path = field === '' ? name : `${field}.${name}`
      // Own data here, but a prototype wherever it is assigned.
      if (name === '__proto__') yield { field: path, detail: 'is not supported' }
      yield* contentFaults(name, path)
      yield* contentFaults(member, path)
    }
  }
}
