// Dynamic client registration (RFC 7591): who may register, what, and what the client gets.
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import {
  invalidClientMetadata,
  invalidRedirectUri,
  invalidToken,
  type OAuthError,
  tooManyRequests,
} from '../../protocol/error.ts'
import { storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import { hasSecret } from './authentication.ts'
import type { GrantType, RegisteredMetadata } from './metadata.ts'
import { clientToCreate } from './origin.ts'
import {
  type MetadataFault,
  readSelfDescription,
  selfDescribedGrantTypes,
} from './registration-metadata.ts'
import { applySoftwareStatement } from './software-statement.ts'
import type { Client, RegistrationLimits, RegistrationToken } from './storage.ts'

/** A new client with its secret and its registration access token, which are shown only once. */
export type Registration = {
  client: Client
  /** Undefined for a public client, and where the client keeps its secret. */
  secret?: string | undefined
  registrationToken: string
}

/** The metadata to register, and the software statement that vouches for it. */
export type Described = { metadata: RegisteredMetadata; statement: string | null }

/**
 * Returns the initial access token of a registration (RFC 7591 1.2), or null where anyone may register
 * and none was sent.
 * @throws invalid_token where a token is needed and missing, or was sent and is unknown, expired or
 *   used up
 */
export async function requireInitialAccessToken(
  as: AuthorizationServer,
  token: string | undefined,
): Promise<RegistrationToken | null> {
  if (token === undefined && as.settings.registration.mode === 'open') return null
  // What was sent is judged even if nothing is needed: a client must not believe in a dead token.
  const found =
    token === undefined
      ? null
      : await as.store.registrations.findToken(await digestOf(token), as.now)
  if (found === null) throw initialAccessTokenRefused()
  return found
}

const initialAccessTokenRefused = () => invalidToken('the initial access token is not valid')

/**
 * Reads what a client asks to be registered with. `limits` is null for a client that no initial access
 * token vouches for.
 * @throws invalid_redirect_uri, invalid_client_metadata, invalid_software_statement,
 *   unapproved_software_statement
 */
export async function readRegistration(
  as: AuthorizationServer,
  sent: Readonly<Record<string, unknown>>,
  limits: RegistrationLimits | null,
): Promise<Described> {
  const { document, statement } = await applySoftwareStatement(as, sent)
  const read = readSelfDescription(document, offeredTo(document, limits))
  if ('fault' in read) throw refusalOf(read)
  const fault = limits === null ? null : limitFault(read.metadata, limits)
  if (fault !== null) throw refusalOf(fault)
  return { metadata: read.metadata, statement }
}

/**
 * Without an initial access token there is no client_credentials: such a client would get tokens with
 * a scope of its own choosing, and nobody would have been asked.
 */
function offeredTo(
  { grant_types: asked }: Readonly<Record<string, unknown>>,
  limits: RegistrationLimits | null,
): readonly GrantType[] {
  if (limits !== null) return selfDescribedGrantTypes
  if (Array.isArray(asked) && asked.length > 0 && asked.every((one) => one === alone)) {
    throw invalidClientMetadata('grant_types: client_credentials needs an initial access token')
  }
  return selfDescribedGrantTypes.filter((grantType) => grantType !== alone)
}

/** The grant type for which nobody signs in. */
const alone: GrantType = 'client_credentials'

/** What of the metadata goes beyond what the operator allowed the bearer of the token. */
function limitFault(
  metadata: RegisteredMetadata,
  { scope, redirectHosts, grantTypes }: RegistrationLimits,
): MetadataFault | null {
  const fault = 'goes beyond what the initial access token allows'
  if (grantTypes !== null && !metadata.grant_types.every((one) => grantTypes.includes(one))) {
    return { field: 'grant_types', fault }
  }
  const allowed = scope === null ? null : storedScope(scope)
  if (allowed !== null && !storedScope(metadata.scope).every((name) => allowed.includes(name))) {
    return { field: 'scope', fault }
  }
  const isWithin = (uri: string) => redirectHosts?.includes(new URL(uri).hostname) !== false
  for (const field of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    if (!metadata[field].every(isWithin)) return { field, fault }
  }
  return null
}

/** Returns the refusal of metadata in the words of RFC 7591 3.2.2. */
function refusalOf({ field, fault }: MetadataFault): OAuthError {
  const description = field === '' ? fault : `${field} ${fault}`
  return /^redirect_uris(\.|$)/.test(field)
    ? invalidRedirectUri(description)
    : invalidClientMetadata(description)
}

/**
 * Registers a client. RFC 7591 3.
 * @param address the part of the address that one subscriber controls
 * @throws invalid_token where the token has been used up, too_many_requests
 */
export async function registerClient(
  as: AuthorizationServer,
  { metadata, statement }: Described,
  token: RegistrationToken | null,
  address: string,
): Promise<Registration> {
  const { perAddress, unusedLifetime } = as.settings.registration
  const registrationToken = newRegistrationAccessToken()
  const id = randomSecret(16)
  // base64url alone: clients send it in a Basic header without encoding it first.
  const secret = hasSecret(metadata) ? randomSecret() : undefined
  const client: Client = {
    ...clientToCreate(id, metadata, as.now),
    secretDigest: secret === undefined ? null : await digestOf(secret),
    origin: 'dcr',
    registrationTokenDigest: await digestOf(registrationToken),
    registeredBy: token?.id ?? null,
    registrationLimits: token === null ? null : limitsOf(token),
    softwareStatement: statement,
    keptUntil: as.now + unusedLifetime,
  }
  const detail = token === null ? {} : { registration_token: token.id }
  const result = await as.store.registrations.register(
    client,
    { tokenId: token?.id ?? null, address, perAddress },
    auditOf(as, 'client.registered', { clientId: id, detail }),
  )
  if (result.outcome === 'token refused') throw initialAccessTokenRefused()
  if (result.outcome === 'throttled') {
    throw tooManyRequests(Math.max(1, Math.ceil(result.retryAt - as.now)))
  }
  as.nameClient(id)
  return { client, secret, registrationToken }
}

const limitsOf = ({
  scope,
  redirectHosts,
  grantTypes,
}: RegistrationLimits): RegistrationLimits => ({
  scope,
  redirectHosts,
  grantTypes,
})

/** A registration access token (RFC 7592 3): good for its own client and for nothing else. */
export const newRegistrationAccessToken = (): string => `rat_${randomSecret()}`
