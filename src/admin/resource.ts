// A protected resource on the wire: its metadata and other members in one flat object.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import {
  type ResourceMetadata,
  keysOf,
  resourceMetadata,
} from '../core/tokens/resource-metadata.ts'
import type { Resource } from '../core/tokens/storage.ts'
import { once } from '../protocol/once.ts'
import { resourceKey } from '../protocol/resource-key.ts'
import * as v from '../protocol/schema.ts'
import { type JsonObject, readAs } from './json.ts'
import { mergePatch, removable } from './merge-patch.ts'
import { invalid } from './problem.ts'

const metadataShape = once(() => resourceMetadata().entries)

/** The body that creates a resource. */
export const newResource = once(() => v.strictObject(metadataShape()))

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const resourcePatch = once(() =>
  v.strictObject({
    ...removable(metadataShape()),
    texts: v.nullish(v.record(v.string(), v.unknown())),
  }),
)

/** A resource in a response. */
export const resourceAnswer = once(() =>
  v.object({ ...metadataShape(), id: v.string(), created_at: v.int(), updated_at: v.int() }),
)

/** Returns the metadata after a merge patch, with all defaults filled in again. @throws 400 */
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
 * Rejects a resource that is this server itself. Any client that names a resource may be granted the
 * scope of the resource, but at this server only the client's own scope may be granted.
 * @throws 400
 */
export function requireForeign(as: AuthorizationServer, metadata: ResourceMetadata): void {
  const own = new Set(as.ownIssuers.map(resourceKey))
  if (keysOf(metadata).some((key) => own.has(key))) {
    throw invalid([{ field: 'resource', detail: 'must not be this server itself' }])
  }
}

/** Returns a resource in its wire format. */
export const shownResource = ({
  id,
  metadata,
  createdAt,
  updatedAt,
}: Resource): v.InferOutput<ReturnType<typeof resourceAnswer>> => ({
  id,
  ...metadata,
  created_at: Math.floor(createdAt),
  updated_at: Math.floor(updatedAt),
})
