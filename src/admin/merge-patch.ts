// JSON merge patch: what a patch says replaces, `null` removes, objects are merged. RFC 7396.
import { isJsonObject } from '../protocol/strict-json.ts'
import type { JsonObject } from './json.ts'

/** RFC 7396 2, for a target that is an object. Neither argument is changed. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else if (isJsonObject(value)) {
      const former = merged.get(name)
      merged.set(name, mergePatch(isJsonObject(former) ? former : {}, value))
    } else merged.set(name, value)
  }
  return Object.fromEntries(merged)
}
