// A protected resource on the wire: its metadata and other members in one flat object.
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

/** The body that creates a resource. */
export const newResource = once(() => z.strictObject(metadataShape()))

// Absent members stay unchanged, so no default may replace them.
const removable = (schema: z.ZodMiniType) =>
  z.nullish(schema instanceof z.ZodMiniDefault ? schema.def.innerType : schema)

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const resourcePatch = once(() =>
  z.strictObject({
    ...Object.fromEntries(
      Object.entries(metadataShape()).map(([name, schema]) => [name, removable(schema)]),
    ),
    texts: z.nullish(z.record(z.string(), z.unknown())),
  }),
)

/** A resource in a response. */
export const resourceAnswer = once(() =>
  z.object({ ...metadataShape(), id: z.string(), created_at: z.int(), updated_at: z.int() }),
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
}: Resource): z.infer<ReturnType<typeof resourceAnswer>> => ({
  id,
  ...metadata,
  created_at: Math.floor(createdAt),
  updated_at: Math.floor(updatedAt),
})
