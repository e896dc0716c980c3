// A client on the wire: RFC 7591 metadata and Postern's own members in one flat object.
import * as z from 'zod/mini'
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
import { clientAddressFault } from '../federation/client-address.ts'
import { once } from '../protocol/once.ts'
import { type JsonObject, readAs } from './json.ts'
import { mergePatch } from './merge-patch.ts'
import { invalid } from './problem.ts'

const clientId = once(() =>
  z.string().check(
    z.regex(/^[\w.:~-]{1,200}$/, 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : ~ -'),
    // No URL keeps a dot segment in its path, in any encoding.
    z.refine((id) => id !== '.' && id !== '..', 'must not be a dot segment'),
    // Tokens of client_credentials have the client_id as `sub` (RFC 9068 2.2).
    z.refine((id) => !looksLikeSubject(id), 'must not look like a subject identifier'),
  ),
)

// Secrets are stored as a plain digest, so a secret from the operator must be too long to guess.
const clientSecret = once(() =>
  z
    .string()
    .check(
      z.regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces'),
      z.minLength(22, 'must have at least 22 characters (128 bits)'),
      z.maxLength(200, 'must have at most 200 characters'),
    ),
)

const metadataShape = once(() => clientMetadata().shape)

/** The body that creates a client. A migration can supply the identifier and the secret. */
export const newClient = once(() =>
  z.strictObject({
    ...metadataShape(),
    client_id: z.optional(clientId()),
    client_secret: z.optional(clientSecret()),
    disabled: z.optional(z.boolean()),
  }),
)

const removable = (shape: Readonly<Record<string, z.ZodMiniType>>) =>
  Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, z.nullish(schema)]))

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const clientPatch = once(() =>
  z.strictObject({
    ...removable(metadataShape()),
    claims: z.nullish(z.strictObject(removable(metadataShape().claims.def.innerType.shape))),
    client_secret: z
      .optional(clientSecret())
      .check(z.describe('the present secret becomes the previous one; write-only')),
    disabled: z.nullish(z.boolean()),
  }),
)

/** A client in a response, without the members that dialects add. */
export const clientAnswer = once(() =>
  z.object({
    ...metadataShape(),
    response_types: z.readonly(z.array(z.string())),
    client_id: z.string(),
    client_id_issued_at: z.int(),
    origin: z
      .string()
      .check(z.describe('who created the client: admin, dcr, cimd, config, or a dialect')),
    owner_id: z
      .optional(z.int())
      .check(z.describe('the user who created the client and may manage it')),
    disabled: z.boolean(),
    updated_at: z.int(),
    previous_secret: z
      .optional(z.boolean())
      .check(z.describe('whether the secret before the last rotation is still valid')),
  }),
)

/** A client with its secret, which only the creating response contains (RFC 7591 3.2.1). */
export const newClientAnswer = once(() =>
  z.extend(clientAnswer(), {
    client_secret: z.optional(z.string()).check(z.describe('absent for a client without a secret')),
    client_secret_expires_at: z.optional(z.literal(0)),
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
  // The server itself sends requests to these URLs. Each is checked here and again before a request.
  const { backchannel_logout_uri: logoutUri, jwks_uri: keySetUri } = sent
  const faults = {
    backchannel_logout_uri: logoutUri === undefined ? null : clientAddressFault(as, logoutUri),
    jwks_uri: keySetUri === undefined ? null : clientAddressFault(as, keySetUri),
  }
  for (const [field, detail] of Object.entries(faults)) {
    if (detail !== null) throw invalid([{ field, detail }])
  }
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
): Promise<z.infer<ReturnType<typeof clientAnswer>>> {
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
