// A client on the wire: RFC 7591 metadata and Postern's own, flat.
import * as z from 'zod'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isConfidential } from '../core/client-authentication.ts'
import { looksLikeSubject } from '../core/login-name.ts'
import { signatureKeyOf } from '../core/signature-key.ts'
import type { Client } from '../core/store.ts'
import {
  clientMetadata,
  registerMetadata,
  type RegisteredMetadata,
} from '../protocol/client-metadata.ts'
import { readAs, type JsonObject } from './json.ts'
import { mergePatch } from './merge-patch.ts'
import { invalid } from './problem.ts'

const clientId = z
  .string()
  .regex(/^[\w.:~-]{1,200}$/, 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : ~ -')
  // The tokens of client_credentials have the client_id as `sub` (RFC 9068 2.2).
  .refine((id) => !looksLikeSubject(id), 'must not look like a subject identifier')

// A digest is all that is stored: only a secret that cannot be guessed may be brought along.
const clientSecret = z
  .string()
  .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')
  .min(22, 'must have 128 bits: at least 22 characters')
  .max(200, 'must have at most 200 characters')

/** What a migration may bring along, and what is no metadata. */
const beside = z.object({
  client_id: clientId.optional(),
  client_secret: clientSecret.optional(),
  disabled: z.boolean().optional(),
})

/** A client about to be made. @throws 400 */
export function readNewClient(body: JsonObject) {
  const { client_id, client_secret, disabled, ...sent } = body
  const named = readAs(beside, { client_id, client_secret, disabled })
  const metadata = readMetadata(sent)
  if (named.client_secret !== undefined && metadata.token_endpoint_auth_method === 'none') {
    throw invalid([{ field: 'client_secret', detail: 'is not for a public client' }])
  }
  return { ...named, metadata }
}

/** A merge patch of a client: whether it is disabled, and its metadata. @throws 400 */
export function readClientPatch(body: JsonObject): {
  disabled: boolean | null | undefined
  metadata: JsonObject
} {
  const { disabled, ...metadata } = body
  // Asked here, since a misspelt name with null would remove nothing and say nothing.
  const misspelt = Object.keys(metadata).filter(
    (name) => !Object.hasOwn(clientMetadata.shape, name),
  )
  if (misspelt.length > 0) {
    throw invalid(misspelt.map((field) => ({ field, detail: 'is not known here' })))
  }
  const patch = readAs(z.object({ disabled: z.boolean().nullish() }), { disabled })
  return { disabled: patch.disabled, metadata }
}

/** The client's metadata after a merge patch, registered anew. @throws 400 */
export const patchedMetadata = (
  { metadata }: Pick<Client, 'metadata'>,
  patch: JsonObject,
): RegisteredMetadata => readMetadata(mergePatch(asSent(metadata), patch))

function readMetadata(sent: JsonObject): RegisteredMetadata {
  const outcome = registerMetadata(readAs(clientMetadata, sent))
  if ('metadata' in outcome) return outcome.metadata
  throw invalid([{ field: outcome.field, detail: outcome.fault }])
}

/** Registered metadata as they could have been sent; an authentication method only if it was named. */
function asSent(registered: RegisteredMetadata): JsonObject {
  const { token_endpoint_auth_method_named: named, ...metadata } = registered
  const { token_endpoint_auth_method: method, ...unnamed } = metadata
  return named ? { ...unnamed, token_endpoint_auth_method: method } : unnamed
}

/** A client as the interface shows one; a public client with the key of its signatures. */
export async function shownClient(as: AuthorizationServer, client: Client): Promise<JsonObject> {
  const { token_endpoint_auth_method_named: _, ...metadata } = client.metadata
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.createdAt),
    ...metadata,
    disabled: client.disabledAt !== null,
    updated_at: Math.floor(client.updatedAt),
    ...(isConfidential(client)
      ? { previous_secret: client.previousSecretDigest !== null }
      : { signature_key: await signatureKeyOf(as, client.id) }),
  }
}

/** A secret that has just been made or brought along: said once (RFC 7591 3.2.1). */
export const shownSecret = (secret: string) => ({
  client_secret: secret,
  client_secret_expires_at: 0,
})
