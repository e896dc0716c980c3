// A client on the wire: RFC 7591 metadata and Postern's own members in one flat object.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { hasSecret } from '../core/clients/authentication.ts'
import {
  type ClientMetadata,
  type RegisteredMetadata,
  clientMetadata,
  registerMetadata,
} from '../core/clients/metadata.ts'
import type { Client } from '../core/clients/storage.ts'
import { looksLikeSubject } from '../core/people/login-name.ts'
import { clientAddressesFault } from '../federation/client-address.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { type JsonObject, readAs } from './json.ts'
import { mergePatch, removable } from './merge-patch.ts'
import { invalid } from './problem.ts'

const clientId = once(() =>
  v.pipe(
    v.string(),
    v.regex(/^[\w.:~-]{1,200}$/, 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : ~ -'),
    // No URL keeps a dot segment in its path, in any encoding.
    v.check((id) => id !== '.' && id !== '..', 'must not be a dot segment'),
    // Tokens of client_credentials have the client_id as `sub` (RFC 9068 2.2).
    v.check((id) => !looksLikeSubject(id), 'must not look like a subject identifier'),
  ),
)

// Secrets are stored as a plain digest, so a secret from the operator must be too long to guess.
const clientSecret = once(() =>
  v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces'),
    v.minLength(22, 'must have at least 22 characters (128 bits)'),
    v.maxLength(200, 'must have at most 200 characters'),
  ),
)

const metadataShape = once(() => clientMetadata().entries)

/** The body that creates a client. A migration can supply the identifier and the secret. */
export const newClient = once(() =>
  v.strictObject({
    ...metadataShape(),
    client_id: v.optional(clientId()),
    client_secret: v.optional(clientSecret()),
    disabled: v.optional(v.boolean()),
  }),
)

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const clientPatch = once(() =>
  v.strictObject({
    ...removable(metadataShape()),
    claims: v.nullish(v.strictObject(removable(metadataShape().claims.wrapped.entries))),
    client_secret: v.pipe(
      v.optional(clientSecret()),
      v.description('the present secret becomes the previous one; write-only'),
    ),
    disabled: v.nullish(v.boolean()),
  }),
)

/** A client in a response, without the members that dialects add. */
export const clientAnswer = once(() =>
  v.object({
    ...metadataShape(),
    response_types: v.pipe(v.array(v.string()), v.readonly()),
    client_id: v.string(),
    client_id_issued_at: v.int(),
    origin: v.pipe(
      v.string(),
      v.description('who created the client: admin, dcr, cimd, config, or a dialect'),
    ),
    owner_id: v.pipe(
      v.optional(v.int()),
      v.description('the user who created the client and may manage it'),
    ),
    disabled: v.boolean(),
    updated_at: v.int(),
    previous_secret: v.pipe(
      v.optional(v.boolean()),
      v.description('whether the secret before the last rotation is still valid'),
    ),
  }),
)

/** A client with its secret, which only the creating response contains (RFC 7591 3.2.1). */
export const newClientAnswer = once(() =>
  v.object({
    ...clientAnswer().entries,
    client_secret: v.pipe(
      v.optional(v.string()),
      v.description('absent for a client without a secret'),
    ),
    client_secret_expires_at: v.optional(v.literal(0)),
  }),
)

/** Validates the body that creates a client. @throws 400 */
export function readNewClient(as: AuthorizationServer, body: JsonObject) {
  const { client_id: id, client_secret: secret, disabled, ...sent } = readAs(newClient, body)
  const metadata = register(as, sent)
  if (secret !== undefined) requireSecretMethod(metadata)
  return { id, secret, disabled, metadata }
}

/** Requires that a client with these metadata has a secret. @throws 400 */
export function requireSecretMethod(metadata: RegisteredMetadata): void {
  if (hasSecret(metadata)) return
  const detail = `must be absent for the method ${metadata.token_endpoint_auth_method}`
  throw invalid([{ field: 'client_secret', detail }])
}

/** Returns the client's metadata after a merge patch, validated again. @throws 400 */
export const patchedMetadata = (
  as: AuthorizationServer,
  registered: RegisteredMetadata,
  patch: JsonObject,
) => register(as, readAs(clientMetadata, mergePatch(asSent(registered), patch)))

function register(as: AuthorizationServer, sent: ClientMetadata): RegisteredMetadata {
  const fault = clientAddressesFault(as, sent)
  if (fault !== null) throw invalid([fault])
  const outcome = registerMetadata(sent)
  if ('metadata' in outcome) return outcome.metadata
  throw invalid([{ field: outcome.field, detail: outcome.fault }])
}

/**
 * Returns registered metadata as a client could have sent it. The authentication method is included
 * only if the client named it.
 */
function asSent(registered: RegisteredMetadata): JsonObject {
  const { token_endpoint_auth_method_named: named, ...metadata } = registered
  const { token_endpoint_auth_method: method, ...unnamed } = metadata
  return named ? { ...unnamed, token_endpoint_auth_method: method } : unnamed
}

/** Returns a client in its wire format, including the members that dialects add. */
export async function shownClient(
  as: AuthorizationServer,
  client: Client,
): Promise<v.InferOutput<ReturnType<typeof clientAnswer>>> {
  const { token_endpoint_auth_method_named: _, ...metadata } = client.metadata
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.createdAt),
    ...metadata,
    origin: client.origin,
    ...(client.ownerId === null ? {} : { owner_id: client.ownerId }),
    disabled: client.disabledAt !== null,
    updated_at: Math.floor(client.updatedAt),
    ...(hasSecret(client.metadata)
      ? { previous_secret: client.previousSecretDigest !== null }
      : {}),
    ...(await membersOfDialects(as, client)),
  }
}

async function membersOfDialects(
  as: AuthorizationServer,
  client: Client,
): Promise<Record<string, string>> {
  const members: Record<string, string> = {}
  for (const { name, valueOf } of as.dialects.clientMembers) {
    const value = await valueOf(as, client)
    if (value !== undefined) members[name] = value
  }
  return members
}
