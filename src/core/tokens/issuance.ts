// Issuing: access tokens (RFC 9068), and the row of a grant with its refresh token.
import { type Claims, type Signer, signJwt } from '../../crypto/jwt.ts'
import { firstRefreshToken } from '../../crypto/refresh-token.ts'
import { digestOf, randomSecret, timeOrderedId } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isSelfDescribedApp } from '../clients/authentication.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'
import { boundKey } from './confirmation.ts'
import { type SignInFacts, signInClaims } from './acr.ts'
import type { AuthorizationDetail } from './details.ts'
import { signIdToken } from './id-token.ts'
import { type StatedUser, statedUser } from './stated-user.ts'
import type { Confirmation, Grant, NewGrant } from './storage.ts'
import { type Target, expiryAt, tokenKindOf } from './target.ts'

/** The result of a token request; each face renders it in its wire format. */
export type Issued = {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  scope: readonly string[]
  refreshToken?: string | undefined
  idToken?: string | undefined
  /** What exactly the token allows: RFC 9396 7. */
  authorizationDetails?: readonly AuthorizationDetail[] | undefined
  /** What kind of token a token exchange gave: RFC 8693 2.2.1. */
  issuedTokenType?: string | undefined
  /** Absent for client_credentials. */
  user?: User | undefined
}

/** What one access token says. */
type AccessTokenContent = {
  client: Client
  /** Absent for client_credentials: then the client itself is the subject. */
  user?: StatedUser | undefined
  grantId?: string | undefined
  /** Further claims: those that an exchanged token inherits. */
  more?: Claims | undefined
  scope: readonly string[]
  /** RFC 8707; empty = the issuer itself. */
  targets: readonly Target[]
  /** RFC 9396 9.1; absent or empty = nothing beyond the scope. */
  authorizationDetails?: readonly AuthorizationDetail[] | undefined
  /** How and when the user signed in (RFC 9470 6.1); absent for client_credentials and an exchange. */
  signedIn?: SignInFacts
  /** What the token is bound to; absent = whoever has it may use it. */
  confirmation?: Confirmation | undefined
  /**
   * When the grant or subject token was issued that this token depends on, in seconds. The token counts as
   * issued no earlier, however far the clock of this isolate is behind: revocations name an instant, before
   * which nothing counts.
   */
  issuedAfter?: number | undefined
  expiresAt: number
}

/** Lifetimes of a client, in seconds: its own or the settings'. */
export const lifetimesOf = (as: AuthorizationServer, client: Client) => ({
  accessToken: client.metadata.access_token_ttl ?? as.settings.lifetimes.accessToken,
  refreshToken: client.metadata.refresh_token_ttl ?? as.settings.lifetimes.refreshToken,
  refreshTokenIdle:
    client.metadata.refresh_token_idle_ttl ?? as.settings.lifetimes.refreshTokenIdle,
  refreshTokenGrace: client.metadata.refresh_token_grace ?? usualGrace(as, client),
})

/** Agents that nobody registered by hand: laptops sleep between a refresh and its answer. */
const graceOfAgents = 300

const usualGrace = (as: AuthorizationServer, client: Client): number =>
  isSelfDescribedApp(client) ? graceOfAgents : as.settings.lifetimes.refreshTokenGrace

/**
 * Returns the client as a face without refresh tokens sees it: no grant of it outlives its access
 * token.
 */
export const withoutRefreshToken = (client: Client): Client => ({
  ...client,
  metadata: {
    ...client.metadata,
    grant_types: client.metadata.grant_types.filter((grantType) => grantType !== 'refresh_token'),
  },
})

/** Returns the instant, in whole seconds, at which an access token issued now expires. */
export const accessTokenExpiry = (as: AuthorizationServer, client: Client): number =>
  Math.floor(as.now) + lifetimesOf(as, client).accessToken

/**
 * Signs an access token with the claims of RFC 9068 2.2: ES256 and `at+jwt`, unless its resources ask
 * for another kind.
 */
export async function signAccessToken(
  as: AuthorizationServer,
  content: AccessTokenContent,
  signer: Signer,
): Promise<string> {
  const { client, user, targets, authorizationDetails = [] } = content
  const resource = targets.map(({ uri }) => uri)
  const [audience = as.issuer] = resource
  return signJwt(signer, tokenKindOf(targets).typ, {
    ...user?.claims,
    sub: user === undefined ? client.id : user.sub,
    ...content.more,
    iss: as.issuer,
    aud: resource.length > 1 ? resource : audience,
    client_id: client.id,
    exp: content.expiresAt,
    iat: Math.floor(as.now),
    jti: timeOrderedId(Math.max(as.now, content.issuedAfter ?? 0)),
    // No text is the empty scope (RFC 6749 3.3).
    ...(content.scope.length === 0 ? {} : { scope: content.scope.join(' ') }),
    ...(authorizationDetails.length === 0 ? {} : { authorization_details: authorizationDetails }),
    grant_id: content.grantId,
    // RFC 9449 6.1, RFC 8705 3.1
    cnf: content.confirmation,
    ...(content.signedIn === undefined ? {} : signInClaims(content.signedIn)),
  })
}

/** What a token request gives. */
type Issuance = Omit<AccessTokenContent, 'expiresAt' | 'user'> & {
  /** Absent for client_credentials. */
  user?: User
  /** When the access token expires at the latest, in whole seconds. */
  latest: number
  refreshToken?: string | undefined
  /** The sign-in that an ID token tells of; absent = there is no ID token. */
  signIn?: SignIn | undefined
}

type SignIn = SignInFacts &
  Pick<Grant, 'sessionId' | 'claimsRequest'> & {
    nonce?: string | undefined
  }

/**
 * Issues an access token and, where the scope has `openid` and there was a sign-in, an ID token.
 * @throws temporarily_unavailable
 */
export async function issue(
  as: AuthorizationServer,
  { latest, refreshToken, signIn, user, ...content }: Issuance,
): Promise<Issued> {
  const { client, scope, targets, authorizationDetails } = content
  const expiresAt = expiryAt(as, targets, latest)
  const stated = user === undefined ? undefined : await statedUser(client, user)
  const accessToken = await signAccessToken(
    as,
    { ...content, user: stated, expiresAt },
    await as.signingKeys.signer(tokenKindOf(targets).alg, as.now),
  )
  const expiresIn = expiresAt - Math.floor(as.now)
  const issued = { accessToken, expiresIn, scope, authorizationDetails, refreshToken, user }
  if (user === undefined || signIn === undefined || !scope.includes('openid')) return issued
  const token = { accessToken, expiresAt, scope, nonce: signIn.nonce }
  return { ...issued, idToken: await signIdToken(as, client, user, signIn, token) }
}

/** A grant that is not stored yet, and the refresh token whose digest it contains. */
export type PreparedGrant<Facts = NewGrant> = { grant: Facts; refreshToken: string | undefined }

type GrantBasis = {
  scope: readonly string[]
  resource: readonly string[]
  authTime: number
  amr: readonly string[]
  acr?: string | undefined
  sessionId?: string | undefined
  claimsRequest?: string | undefined
  /** As `keptDetails` writes it. */
  authorizationDetails?: string | undefined
  /** What the request proves; a public client's refresh tokens are bound to it (RFC 9449 5). */
  confirmation?: Confirmation | undefined
  /** The grant that the new one ends with. */
  endsWith?: string | undefined
  withRefreshToken: boolean
}

/** Prepares the row of a new grant; nothing is written yet. @throws temporarily_unavailable */
export async function prepareGrant(
  as: AuthorizationServer,
  client: Client,
  userId: number,
  basis: GrantBasis,
): Promise<PreparedGrant> {
  const { grant, refreshToken } = await prepareUnownedGrant(as, client, basis)
  return { grant: { ...grant, userId }, refreshToken }
}

/**
 * Prepares the row of a grant whose user storage finds while it is written.
 * @throws temporarily_unavailable
 */
export async function prepareUnownedGrant(
  as: AuthorizationServer,
  client: Client,
  basis: GrantBasis,
): Promise<PreparedGrant<Omit<NewGrant, 'userId'>>> {
  // The keys are read before anything is spent: a code must not be lost to a read that failed after it.
  await as.signingKeys.signer('ES256', as.now)
  const lifetimes = lifetimesOf(as, client)
  const id = randomSecret(16)
  const refreshToken = basis.withRefreshToken ? await firstRefreshToken(as.keys, id) : undefined
  const accessExpiresAt = accessTokenExpiry(as, client)
  const absoluteExpiresAt = basis.withRefreshToken
    ? as.now + lifetimes.refreshToken
    : accessExpiresAt
  const grant: Omit<NewGrant, 'userId'> = {
    id,
    clientId: client.id,
    sessionId: basis.sessionId ?? null,
    scope: basis.scope.join(' '),
    resource: basis.resource.length === 0 ? null : basis.resource.join(' '),
    keyThumbprint: boundKey(client, basis.confirmation),
    authTime: basis.authTime,
    amr: basis.amr.join(' '),
    acr: basis.acr ?? null,
    claimsRequest: basis.claimsRequest ?? null,
    authorizationDetails: basis.authorizationDetails ?? null,
    endsWith: basis.endsWith ?? null,
    offline: basis.scope.includes('offline_access'),
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
  return { grant, refreshToken }
}
