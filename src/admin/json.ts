// Reads JSON bodies strictly and validates them by schemas that report every error.
import * as z from 'zod/mini'
import { mediaType, readText } from '../http/form.ts'
import { isJsonObject, JsonFault, parseJson } from '../protocol/strict-json.ts'
import { faultWords } from './fault-words.ts'
import { invalid, Problem, type Fault } from './problem.ts'

// zod/mini has no error texts of its own.
z.config({ localeError: faultWords })

/** A body, or part of one, before validation. */
export type JsonObject = Record<string, unknown>

const mediaTypes = ['application/json', 'application/merge-patch+json']

/**
 * Reads the JSON object in the body.
 * @throws 400, 413, 415
 */
export async function readObject(request: Request): Promise<JsonObject> {
  if (!mediaTypes.includes(mediaType(request))) {
    const accepted = mediaTypes.join(', ')
    const headers = { 'Accept-Post': accepted, 'Accept-Patch': accepted }
    const detail = 'send the body as JSON, with the header Content-Type: application/json'
    throw new Problem(415, detail, { headers })
  }
  const value = parse(await readText(request))
  if (!isJsonObject(value)) throw invalid([{ field: '', detail: 'is not a JSON object' }])
  const faults = [...contentFaults(value, '')]
  if (faults.length > 0) throw invalid(faults)
  return value
}

/** Validates a value by a schema. @throws 400 with every error */
export function readAs<Schema extends z.ZodMiniType>(
  schema: () => Schema,
  value: unknown,
): z.infer<Schema> {
  const outcome = schema().safeParse(value)
  if (outcome.success) return outcome.data
  throw invalid(outcome.error.issues.flatMap(faultsOf))
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String)
  const field = path.join('.')
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ field, detail: inner.message }))
  }
  if (issue.code !== 'unrecognized_keys') return [{ field, detail: issue.message }]
  return issue.keys.map((key) => ({ field: [...path, key].join('.'), detail: 'is not supported' }))
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch (fault) {
    if (fault instanceof JsonFault) throw invalid([{ field: '', detail: fault.message }])
    throw fault
  }
}

// The depth is small, because the parser limits it.
function* contentFaults(value: unknown, field: string): Generator<Fault> {
  if (typeof value === 'string') {
    // SQLite's length() and comparisons stop at a NUL although the value continues.
    if (value.includes('\0')) yield { field, detail: 'contains a NUL character' }
    if (!value.isWellFormed()) yield { field, detail: 'contains an unpaired surrogate' }
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) yield { field, detail: 'is a number that is too large' }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const path = field === '' ? name : `${field}.${name}`
      // It is plain data here but would set a prototype wherever it is assigned.
      if (name === '__proto__') yield { field: path, detail: 'is not supported' }
      yield* contentFaults(name, path)
      yield* contentFaults(member, path)
    }
  }
}
