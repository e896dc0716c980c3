// A protected resource on the wire: its metadata, flat, and what is no metadata.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import {
  type ResourceMetadata,
  keysOf,
  resourceMetadata,
} from '../core/tokens/resource-metadata.ts'
import type { Resource } from '../core/tokens/storage.ts'
import { once } from '../protocol/once.ts'
import { resourceKey } from '../protocol/resource-key.ts'
import { type JsonObject, readAs } from './json.ts'
import { mergePatch } from './merge-patch.ts'
import { invalid } from './problem.ts'

const metadataShape = once(() => resourceMetadata().shape)

/** A resource about to be registered. */
export const newResource = once(() => z.strictObject(metadataShape()))

// What is absent must stay as it was, so no default may fill it in.
const removable = (schema: z.ZodMiniType) =>
  z.nullish(schema instanceof z.ZodMiniDefault ? schema.def.innerType : schema)

/** A merge patch (RFC 7396): absent = as it was, null = removed. */
export const resourcePatch = once(() =>
  z.strictObject({
    ...Object.fromEntries(
      Object.entries(metadataShape()).map(([name, schema]) => [name, removable(schema)]),
    ),
    texts: z.nullish(z.record(z.string(), z.unknown())),
  }),
)

/** A resource on the wire. */
export const resourceAnswer = once(() =>
  z.object({ ...metadataShape(), id: z.string(), created_at: z.int(), updated_at: z.int() }),
)

/** The metadata after a merge patch, every default filled in anew. @throws 400 */
export function patchedResource(
  as: AuthorizationServer,
  metadata: ResourceMetadata,
  patch: JsonObject,
): ResourceMetadata {
  const patched = readAs(resourceMetadata, mergePatch(metadata, patch))
  requireForeign(as, patched)
  return patched
}

/**
 * Refuses a resource that is this server itself: any client that names a resource may be granted its
 * scope, and what counts here is granted by a client's own scope alone.
 *
 * @throws 400
 */
export function requireForeign(as: AuthorizationServer, metadata: ResourceMetadata): void {
  const own = new Set(as.ownIssuers.map(resourceKey))
  if (keysOf(metadata).some((key) => own.has(key))) {
    throw invalid([{ field: 'resource', detail: 'must not be this server itself' }])
  }
}

/** Returns a resource in the words of the wire. */
export const shownResource = ({
  id,
  metadata,
  createdAt,
  updatedAt,
}: Resource): z.infer<ReturnType<typeof resourceAnswer>> => ({
  id,
  ...metadata,
  created_at: Math.floor(createdAt),
  updated_at: Math.floor(updatedAt),
})
