// Reads JSON bodies strictly and validates them by schemas that report every error.
import { mediaType, readText } from '../http/form.ts'
import { type Fault, type JsonObject, readJsonObject } from '../http/json.ts'
import * as v from '../protocol/schema.ts'
import { invalid, Problem } from './problem.ts'

export type { JsonObject }

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
export function readAs<Schema extends v.GenericSchema>(
  schema: () => Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const checked = check(schema, value)
  if ('faults' in checked) throw invalid(checked.faults)
  return checked.value
}

/** Validates a value by a schema; returns the value, or every fault that it has. */
export function check<Schema extends v.GenericSchema>(
  schema: () => Schema,
  value: unknown,
): { value: v.InferOutput<Schema> } | { faults: Fault[] } {
  const outcome = v.safeParse(schema(), value)
  if (outcome.success) return { value: outcome.output }
  return { faults: outcome.issues.map(faultOf) }
}

/** Returns the fault that a schema reported. */
export const faultOf = (issue: v.BaseIssue<unknown>): Fault => ({
  field: v.fieldOf(issue),
  detail: issue.message,
})
