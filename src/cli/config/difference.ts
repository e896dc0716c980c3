// What a declared object differs in from the one that the server has, as a merge patch (RFC 7396).
import { isDeepStrictEqual } from 'node:util'
import { type JsonObject, isObject } from '../json.ts'

/**
 * Returns the merge patch after which an object has the declared members. Members that are not declared
 * stay; within a declared member everything is declared. Null declares that there is none.
 */
export function differenceOf(present: JsonObject, declared: JsonObject): JsonObject {
  const changes = Object.entries(declared).flatMap(([name, value]) => {
    const change = changeOf(present[name] ?? null, value)
    return change === undefined ? [] : [[name, change] as const]
  })
  return Object.fromEntries(changes)
}

/** Returns what a patch must have for a member; undefined = nothing. */
function changeOf(present: unknown, declared: unknown): unknown {
  if (isDeepStrictEqual(present, declared)) return undefined
  if (!isObject(declared) || !isObject(present)) return declared
  const removed = Object.keys(present)
    .filter((name) => !Object.hasOwn(declared, name))
    .map((name) => [name, null] as const)
  return { ...Object.fromEntries(removed), ...differenceOf(present, declared) }
}
