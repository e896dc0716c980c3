// A type of authorization details (RFC 9396) on the wire: its metadata and other members in one flat
// object.
import {
  type DetailsTypeMetadata,
  detailsTypeMetadata,
  detailsTypeShape,
} from '../core/tokens/details-type.ts'
import type { DetailsType } from '../core/tokens/storage.ts'
import { managedBy } from '../protocol/managed-by.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { type JsonObject, readAs } from './json.ts'
import { mergePatch } from './merge-patch.ts'

/** The body that creates a type. */
export const newDetailsType = once(() => v.strictObject(detailsTypeShape()))

/** A merge patch (RFC 7396). The name cannot change, because granted entries contain it. */
export const detailsTypePatch = once(() =>
  v.strictObject({
    schema: v.optional(v.record(v.string(), v.unknown())),
    title: v.optional(v.union([v.string(), v.record(v.string(), v.nullable(v.string()))])),
    summary: v.nullish(v.union([v.string(), v.record(v.string(), v.nullable(v.string()))])),
    managed_by: v.nullish(managedBy()),
  }),
)

/** A type in a response. */
export const detailsTypeAnswer = once(() =>
  v.object({ ...detailsTypeShape(), created_at: v.int(), updated_at: v.int() }),
)

/** Validates the body that creates a type. @throws 400 */
export const readNewDetailsType = (body: JsonObject): DetailsTypeMetadata =>
  readAs(detailsTypeMetadata, readAs(newDetailsType, body))

/** Returns the metadata after a merge patch, validated again. @throws 400 */
export const patchedDetailsType = (
  metadata: DetailsTypeMetadata,
  patch: JsonObject,
): DetailsTypeMetadata => readAs(detailsTypeMetadata, mergePatch(metadata, patch))

/** Returns a type in its wire format. */
export const shownDetailsType = ({
  metadata,
  createdAt,
  updatedAt,
}: DetailsType): v.InferOutput<ReturnType<typeof detailsTypeAnswer>> => ({
  ...metadata,
  created_at: Math.floor(createdAt),
  updated_at: Math.floor(updatedAt),
})
