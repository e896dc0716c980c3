// What a grant gives out: access tokens (RFC 9068) and the line with its refresh token.
import { signJwt } from '../../crypto/jwt.ts'
import { firstRefreshToken } from '../../crypto/refresh-token.ts'
import { digestOf, randomSecret, timeOrderedId } from '../../crypto/secret.ts'
import { releasedClaims } from '../../protocol/claims.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'
import { boundKey } from './confirmation.ts'
import type { Confirmation, GrantOpening, NewGrant } from './storage.ts'
import { subjectFor } from './subject.ts'

/** What a token request was granted; each face renders it in its own words. */
export type Issued = {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  scope: readonly string[]
  refreshToken?: string | undefined
  idToken?: string | undefined
  /** Absent for client_credentials. */
  user?: User | undefined
}

/** What one access token says. */
export type AccessTokenContent = {
  client: Client
  /** Absent for client_credentials: then the client itself is the subject. */
  user?: User
  grantId?: string
  scope: readonly string[]
  /** RFC 8707; empty = the issuer itself. */
  resource: readonly string[]
  authTime?: number
  /** What the token is bound to; absent = whoever has it may use it. */
  confirmation?: Confirmation | undefined
  expiresAt: number
}

/** Lifetimes of a client, in seconds: its own or the settings'. */
export const lifetimesOf = (as: AuthorizationServer, client: Client) => ({
  accessToken: client.metadata.access_token_ttl ?? as.settings.lifetimes.accessToken,
  refreshToken: client.metadata.refresh_token_ttl ?? as.settings.lifetimes.refreshToken,
  refreshTokenIdle:
    client.metadata.refresh_token_idle_ttl ?? as.settings.lifetimes.refreshTokenIdle,
  refreshTokenGrace: client.metadata.refresh_token_grace ?? as.settings.lifetimes.refreshTokenGrace,
})

/** The client as a face sees it that gives it no refresh tokens: then no line outlives its token. */
export const withoutRefreshToken = (client: Client): Client => ({
  ...client,
  metadata: {
    ...client.metadata,
    grant_types: client.metadata.grant_types.filter((grantType) => grantType !== 'refresh_token'),
  },
})

/** The instant, in whole seconds, at which an access token issued now expires. */
export const accessTokenExpiry = (as: AuthorizationServer, client: Client): number =>
  Math.floor(as.now) + lifetimesOf(as, client).accessToken

/** Signs an access token: header `at+jwt`, claims of RFC 9068 2.2, ES256. */
export async function signAccessToken(
  as: AuthorizationServer,
  content: AccessTokenContent,
): Promise<string> {
  const { client, user, resource } = content
  const [audience = as.issuer] = resource
  const own = user === undefined ? [] : (client.metadata.claims?.access_token ?? [])
  return signJwt(await as.signingKeys.signer('ES256', as.now), 'at+jwt', {
    ...(user === undefined || own.length === 0 ? {} : releasedClaims(user, [], own)),
    iss: as.issuer,
    sub: user === undefined ? client.id : await subjectFor(client, user),
    aud: resource.length > 1 ? resource : audience,
    client_id: client.id,
    exp: content.expiresAt,
    iat: Math.floor(as.now),
    jti: timeOrderedId(as.now),
    // No text is the empty scope (RFC 6749 3.3).
    ...(content.scope.length === 0 ? {} : { scope: content.scope.join(' ') }),
    ...(content.grantId === undefined ? {} : { grant_id: content.grantId }),
    // RFC 9449 6.1, RFC 8705 3.1
    ...(content.confirmation === undefined ? {} : { cnf: content.confirmation }),
    ...(content.authTime === undefined ? {} : { auth_time: Math.floor(content.authTime) }),
  })
}

/** A grant about to be made, and the refresh token whose digest it holds. */
export type PreparedGrant = { grant: NewGrant; refreshToken: string | undefined }

type GrantBasis = {
  scope: readonly string[]
  resource: readonly string[]
  authTime: number
  amr: readonly string[]
  sessionId?: string | undefined
  claimsRequest?: string | undefined
  /** What the request proves; a public client's refresh tokens are bound to it (RFC 9449 5). */
  confirmation?: Confirmation | undefined
  /** The line that the new one ends with. */
  endsWith?: string | undefined
  withRefreshToken: boolean
}

/** Prepares the row of a new grant; nothing is written yet. */
export async function prepareGrant(
  as: AuthorizationServer,
  client: Client,
  userId: number,
  basis: GrantBasis,
): Promise<PreparedGrant> {
  const { opening, refreshToken } = await prepareOpening(as, client, basis)
  const grant: NewGrant = {
    ...opening,
    userId,
    sessionId: basis.sessionId ?? null,
    scope: basis.scope.join(' '),
    resource: storedResource(basis.resource),
    authTime: basis.authTime,
    amr: basis.amr.join(' '),
    claimsRequest: basis.claimsRequest ?? null,
    endsWith: basis.endsWith ?? null,
    offline: basis.scope.includes('offline_access'),
  }
  return { grant, refreshToken }
}

/** Returns the resources of a grant as its row has them; null = this server itself. */
export const storedResource = (resource: readonly string[]): string | null =>
  resource.length === 0 ? null : resource.join(' ')

/**
 * Prepares what the row of a new grant has whoever authorized it, and the refresh token whose digest
 * it holds; nothing is written yet.
 */
export async function prepareOpening(
  as: AuthorizationServer,
  client: Client,
  basis: Pick<GrantBasis, 'confirmation' | 'withRefreshToken'>,
): Promise<{ opening: GrantOpening; refreshToken: string | undefined }> {
  const lifetimes = lifetimesOf(as, client)
  const id = randomSecret(16)
  const refreshToken = basis.withRefreshToken ? await firstRefreshToken(as.keys, id) : undefined
  const accessExpiresAt = accessTokenExpiry(as, client)
  const absoluteExpiresAt = basis.withRefreshToken
    ? as.now + lifetimes.refreshToken
    : accessExpiresAt
  const opening: GrantOpening = {
    id,
    clientId: client.id,
    keyThumbprint: boundKey(client, basis.confirmation),
    userAgent: as.userAgent,
    createdAt: as.now,
    idleExpiresAt: basis.withRefreshToken
      ? Math.min(as.now + lifetimes.refreshTokenIdle, absoluteExpiresAt)
      : accessExpiresAt,
    absoluteExpiresAt,
    accessExpiresAt,
    refreshDigest: refreshToken === undefined ? null : await digestOf(refreshToken),
    operation: randomSecret(16),
  }
  return { opening, refreshToken }
}
