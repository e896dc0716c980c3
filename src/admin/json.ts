// JSON bodies, read so that nothing hides in them: `JSON.parse` keeps the last of two members of one
// name, sets `__proto__` as any member and takes any depth, so the text is looked through first.
import * as z from 'zod'
import { mediaType, readText } from '../http/form.ts'
import { invalid, Problem, type Fault } from './problem.ts'

/** A body, or a part of one, before anything is known about it. */
export type JsonObject = Record<string, unknown>

const mediaTypes = ['application/json', 'application/merge-patch+json']

/** Levels of objects and arrays at most: enough for any claim, too few to exhaust a stack. */
const deepest = 16

/**
 * The JSON object in the body.
 * @throws 400, 413, 415
 */
export async function readObject(request: Request): Promise<JsonObject> {
  if (!mediaTypes.includes(mediaType(request))) {
    const accepted = mediaTypes.join(', ')
    const headers = { 'Accept-Post': accepted, 'Accept-Patch': accepted }
    throw new Problem(415, 'the body must be application/json', { headers })
  }
  const text = await readText(request)
  const value = parse(text)
  const faults = [...structureFaults(text), ...contentFaults(value, '')]
  if (faults.length > 0) throw invalid(faults)
  return readAs(z.record(z.string(), z.unknown(), 'must be an object'), value)
}

/** The value as the schema has it. @throws 400 with every fault */
export function readAs<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const outcome = schema.safeParse(value)
  if (outcome.success) return outcome.data
  throw invalid(outcome.error.issues.flatMap(faultsOf))
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') {
    return [{ field: path.join('.'), detail: issue.message }]
  }
  return issue.keys.map((key) => ({ field: [...path, key].join('.'), detail: 'is not known here' }))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid([{ field: '', detail: 'the body is not valid JSON' }])
  }
}

// A string (with the colon that makes it a member's name) or a bracket, in text that parses.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/g

function* structureFaults(text: string): Generator<Fault> {
  const open: Set<string>[] = []
  for (const [found] of text.matchAll(token)) {
    if (found === '{' || found === '[') open.push(new Set())
    else if (found === '}' || found === ']') open.pop()
    else if (found.endsWith(':')) {
      const name = String(JSON.parse(found.slice(0, -1)))
      const names = open.at(-1)
      if (names?.has(name) === true) yield { field: name, detail: 'stands there twice' }
      if (name === '__proto__') yield { field: name, detail: 'is not known here' }
      names?.add(name)
    }
    if (open.length > deepest)
      throw invalid([{ field: '', detail: 'the body is nested too deeply' }])
  }
}

// Asked after the depth is known to be small.
function* contentFaults(value: unknown, field: string): Generator<Fault> {
  if (typeof value === 'string') {
    // SQLite's length() and comparisons end at a NUL while the value goes on: never let one pass.
    if (value.includes('\0')) yield { field, detail: 'contains a NUL character' }
    if (!value.isWellFormed()) yield { field, detail: 'contains half of a surrogate pair' }
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) yield { field, detail: 'is too large a number' }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const path = field === '' ? name : `${field}.${name}`
      yield* contentFaults(name, path)
      yield* contentFaults(member, path)
    }
  }
}
