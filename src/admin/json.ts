// Reads JSON bodies strictly and validates them by schemas that report every error.
import * as z from 'zod/mini'
import { mediaType, readText } from '../http/form.ts'
import { type Fault, type JsonObject, readJsonObject } from '../http/json.ts'
import { faultWords } from '../protocol/fault-words.ts'
import { invalid, Problem } from './problem.ts'

export type { JsonObject }

// zod/mini has no error texts of its own.
z.config({ localeError: faultWords })

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
  const read = readJsonObject(await readText(request))
  if ('faults' in read) throw invalid(read.faults)
  return read.object
}

/** Validates a value by a schema. @throws 400 with every error */
export function readAs<Schema extends z.ZodMiniType>(
  schema: () => Schema,
  value: unknown,
): z.infer<Schema> {
  const checked = check(schema, value)
  if ('faults' in checked) throw invalid(checked.faults)
  return checked.value
}

/** Validates a value by a schema; returns the value, or every fault that it has. */
export function check<Schema extends z.ZodMiniType>(
  schema: () => Schema,
  value: unknown,
): { value: z.infer<Schema> } | { faults: Fault[] } {
  const outcome = schema().safeParse(value)
  if (outcome.success) return { value: outcome.data }
  return { faults: outcome.error.issues.flatMap(faultsOf) }
}

/** Returns what a report of a schema says, member by member. */
export function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String)
  const field = path.join('.')
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ field, detail: inner.message }))
  }
  if (issue.code !== 'unrecognized_keys') return [{ field, detail: issue.message }]
  return issue.keys.map((key) => ({ field: [...path, key].join('.'), detail: 'is not supported' }))
}
