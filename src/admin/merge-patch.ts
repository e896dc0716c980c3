// JSON merge patch: what a patch says replaces, `null` removes, objects are merged. RFC 7396.
import type { JsonObject } from './json.ts'

/** RFC 7396 2, for a target that is an object. Neither argument is changed. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else if (isObject(value)) {
      const former = merged.get(name)
      merged.set(name, mergePatch(isObject(former) ? former : {}, value))
    } else merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
