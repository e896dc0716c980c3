// JSON merge patch (RFC 7396): a value replaces, `null` removes, and objects are merged.
import * as v from '../protocol/schema.ts'
import { isJsonObject } from '../protocol/strict-json.ts'
import type { JsonObject } from './json.ts'

/** Applies a patch to an object (RFC 7396 2). Changes neither argument. */
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

/** Returns the members of a patch: null removes one, and no default takes the place of an absent one. */
export const removable = (entries: Readonly<Record<string, v.GenericSchema>>) =>
  Object.fromEntries(
    Object.entries(entries).map(([name, schema]) => [name, v.nullish(v.withoutDefault(schema))]),
  )
