// Refreshing: one compare-and-set decides, the row it leaves classifies everyone else.
// RFC 6749 6, RFC 9700 4.14.
import { type RefreshToken, successorOf } from '../../../crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../../crypto/secret.ts'
import {
  type OAuthError,
  type RefreshReason,
  invalidDpopProof,
  invalidGrant,
  temporarilyUnavailable,
} from '../../../protocol/error.ts'
import { requireParameter } from '../../../protocol/parameters.ts'
import { storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isConfidential } from '../../clients/authentication.ts'
import { isFapi2 } from '../../clients/profile.ts'
import type { Client } from '../../clients/storage.ts'
import { auditOfClient } from '../../server/audit.ts'
import { tellEdge } from '../../server/edge.ts'
import { remainingDetails } from '../../tokens/details.ts'
import { signIdToken } from '../../tokens/id-token.ts'
import {
  type Issued,
  accessTokenExpiry,
  lifetimesOf,
  signAccessToken,
} from '../../tokens/issuance.ts'
import { readPresentedRefreshToken } from '../../tokens/presented-refresh-token.ts'
import { nameableBy, notNameable, remainingTargets } from '../../tokens/resource.ts'
import type { GrantLine, Rotation } from '../../tokens/storage.ts'
import { expiryAt, grantScopeAt, requireProofAt } from '../../tokens/target.ts'
import { type Asked, type Narrowed, askedOf, narrowing } from '../narrowing.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Refreshes a grant. Where the refresh token rotates, parallel requests and retries within the grace
 * get the same successor, and a superseded token after that ends its grant. Where it does not, every
 * request gets the same refresh token again.
 * @throws invalid_grant, the refusal of a replayed identifier, and without changing the grant
 *   invalid_dpop_proof, invalid_scope, invalid_target and invalid_authorization_details (these three
 *   after changing it if the client or user has lost all of the scope, or the client all of the
 *   resources or authorization details, since)
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  request: TokenRequest,
): Promise<Issued> {
  const { parameters, confirmation, spends } = request
  const text = requireParameter(parameters, 'refresh_token')
  const token = await readPresentedRefreshToken(as, text)
  if (token === null) throw refused('refresh_unknown')
  const digest = await digestOf(text)
  const asked = await askedOf(as, client, request)

  const lifetimes = lifetimesOf(as, client)
  const expiresAt = accessTokenExpiry(as, client)
  const successor = await successorOf(as.keys, token)
  const { details: _, ...judged } = asked
  const { refreshed, line } = await as.store.grants.rotate(
    {
      ...judged,
      nameable: nameableBy(as, client),
      grantId: token.grantId,
      clientId: client.id,
      presentedDigest: digest,
      successorDigest: await digestOf(successor),
      rotates: rotates(client),
      operation: randomSecret(16),
      now: as.now,
      idleExpiresAt: as.now + lifetimes.refreshTokenIdle,
      accessExpiresAt: expiresAt,
      retryable: retryableRotations(as, client),
      audit:
        token.generation === 0
          ? auditOfClient(as, 'token.refreshed', { clientId: client.id })
          : null,
    },
    spends,
  )
  if (line === null) throw refused('refresh_unknown')
  if (refreshed) {
    const next = line.currentDigest === digest ? text : successor
    return issue(as, client, line, next, expiresAt, {
      ...narrowing(line.grant, asked),
      confirmation,
    })
  }
  const narrowed = { ...requireUsable(as, client, line, asked), confirmation }
  if (digest === line.currentDigest) throw await refusalOfResource(as, client, line, confirmation)
  const again = await successorOfRetry(as, client, token, digest, line)
  return issue(as, client, line, again, await expiryOfRetry(as, client, line, expiresAt), narrowed)
}

/**
 * Whether the client's refresh tokens rotate. That of a grant that is bound to a key never does,
 * whatever the client: the statement that reads the grant decides that. A refresh token that only its
 * owner can use need not rotate (RFC 9700 4.14.2), and many processes may then share it. FAPI 2.0
 * 5.3.2.1: "shall not use refresh token rotation".
 */
const rotates = (client: Client): boolean =>
  !isFapi2(client) && (client.metadata.refresh_token_rotation ?? true)

/**
 * A retry's access token must not outlive what the row says was given out: for so long KV is told of
 * a revocation. Where little of that is left (a lifetime shorter than the grace), the row hears first.
 */
async function expiryOfRetry(
  as: AuthorizationServer,
  client: Client,
  { grant }: GrantLine,
  expiresAt: number,
): Promise<number> {
  const isLongEnough = grant.accessExpiresAt - as.now >= lifetimesOf(as, client).accessToken / 2
  if (isLongEnough) return Math.min(expiresAt, grant.accessExpiresAt)
  if (await as.store.grants.raiseAccessExpiry(grant.id, expiresAt)) return expiresAt
  throw refused('refresh_revoked')
}

/**
 * Judges what the deciding statement judged, in words: it changed nothing, and this tells why. Returns
 * what the request narrows the grant to where the reason is none of these.
 * @throws invalid_grant, invalid_dpop_proof, invalid_scope, invalid_target,
 *   invalid_authorization_details
 */
function requireUsable(
  as: AuthorizationServer,
  client: Client,
  { grant, barred }: GrantLine,
  asked: Asked,
): Narrowed {
  if (grant.clientId !== client.id) throw refused('refresh_foreign')
  if (grant.revokedAt !== null || barred) throw refused('refresh_revoked')
  if (grant.idleExpiresAt <= as.now || grant.absoluteExpiresAt <= as.now)
    throw refused('refresh_expired')
  // "the refresh token is bound to the respective public key": whoever lacks the key has proved
  // nothing, so that the grant stays as it is. RFC 9449 5.
  if (grant.keyThumbprint !== null && grant.keyThumbprint !== asked.keyThumbprint) {
    throw invalidDpopProof('the refresh token is bound to another key')
  }
  return narrowing(grant, asked)
}

/**
 * Returns why the deciding statement refused a refresh token that is current: the resources of the
 * grant have been closed to the client, or one of them demands a proof by now. D1 decided that, and
 * what this isolate remembers of resources may be older.
 */
async function refusalOfResource(
  as: AuthorizationServer,
  client: Client,
  { grant }: GrantLine,
  confirmation: TokenRequest['confirmation'],
): Promise<OAuthError> {
  as.resources.forget()
  requireProofAt(
    await remainingTargets(as, client, storedScope(grant.resource ?? '')),
    confirmation,
  )
  return notNameable()
}

/**
 * Returns the successor of a superseded token again where this is a retry; else refuses, and ends the
 * grant where the token was surely used before.
 */
async function successorOfRetry(
  as: AuthorizationServer,
  client: Client,
  token: RefreshToken,
  digest: string,
  line: GrantLine,
): Promise<string> {
  const { grant, previousDigest } = line
  if (digest === previousDigest) {
    const successor = await unusedSuccessor(as, token, line)
    if (successor === null) throw derivedElsewhere()
    const { from, until } = retryableRotations(as, client)
    const rotatedAt = line.rotatedAt ?? 0
    if (from <= rotatedAt && rotatedAt <= until && mayRetry(as, client, line)) return successor
  } else if (token.generation >= grant.generation - 1) {
    // Ahead of the row, or unknown at its generation: the database was restored or a key was lost.
    // That is nobody's theft, so nothing is revoked.
    throw refused('refresh_unknown')
  }
  // The thief of a bound token cannot have used it.
  if (grant.keyThumbprint !== null) throw refused('refresh_superseded')
  // "If a refresh token is compromised and subsequently used by both the attacker and the
  // legitimate client, one of them will present an invalidated refresh token, which will inform
  // the authorization server of the breach." RFC 9700 4.14.2: the whole line ends.
  as.log({ event: 'refresh token reused', grant_id: grant.id, client_id: client.id })
  const audit = auditOfClient(as, 'token.refresh-reused', {
    userId: grant.userId,
    clientId: client.id,
  })
  await as.store.grants.revoke(grant.id, 'token.refresh-reused', audit)
  tellEdge(as)
  throw refused('refresh_superseded')
}

/** Seconds by which the clocks of two machines may differ. */
const clockDifference = 60

/**
 * Which rotations are within the grace. One that lies further ahead than clocks differ was noted
 * before the clock was set back: nobody knows how long ago.
 */
function retryableRotations(as: AuthorizationServer, client: Client): Rotation['retryable'] {
  const { refreshTokenGrace: grace } = lifetimesOf(as, client)
  const from = as.now - grace
  return { from, until: grace === 0 ? from - 1 : as.now + clockDifference }
}

/** Rounds of retries that may be lost answers. */
const mostRounds = 2

/**
 * Whether the grace still holds for the line. It is there for a lost answer: the token before comes
 * again, once or often, until its successor is used. A thief who keeps in step with the owner looks
 * the same, but cannot miss a generation: each of the two rotates what the other must then ask for
 * again. So the pattern is a retry whose successor was used, and a retry again in the very next
 * generation. The first such pair may still be two answers lost in a row and is answered; from then
 * on the line has no grace, and whoever comes second ends it (RFC 9700 4.14.2).
 *
 * A confidential client's refresh token is worth nothing without its credentials (RFC 6749 10.4), and
 * many processes of one may refresh with one token at once, every time: its grace stays.
 */
function mayRetry(as: AuthorizationServer, client: Client, line: GrantLine): boolean {
  if (isConfidential(client) || line.retryRounds < mostRounds) return true
  as.log({ event: 'refresh grace ended', grant_id: line.grant.id, client_id: client.id })
  return line.retryRounds === mostRounds
}

/**
 * The previous token's successor is current, and so was never used; it was derived under a master
 * key that only other isolates have. Whether this is a retry or a theft is for one of them to say.
 */
const derivedElsewhere = () =>
  temporarilyUnavailable(new Error('no key of MASTER_KEY derives the current refresh token'))

/** The successor of `token`, the line's previous one; null if no listed master key derived it. */
async function unusedSuccessor(
  as: AuthorizationServer,
  token: RefreshToken,
  line: GrantLine,
): Promise<string | null> {
  // Under every master key: the one that derived it may have been superseded a moment ago.
  for (const keyId of as.keys.ids) {
    const successor = await successorOf(as.keys, token, keyId)
    if ((await digestOf(successor)) === line.currentDigest) return successor
  }
  return null
}

async function issue(
  as: AuthorizationServer,
  client: Client,
  line: GrantLine,
  refreshToken: string,
  latest: number,
  narrowed: Narrowed & Pick<TokenRequest, 'confirmation'>,
): Promise<Issued> {
  const { grant, user } = line
  // What client or user has lost since is not given anew.
  const targets = await remainingTargets(as, client, narrowed.resource)
  requireProofAt(targets, narrowed.confirmation)
  const { scope: ofClient } = client.metadata
  const scope = grantScopeAt(targets, narrowed.scope.join(' '), ofClient, user.scope)
  const authorizationDetails = await remainingDetails(as, client, narrowed.details, targets)
  const expiresAt = expiryAt(as, targets, latest)
  const accessToken = await signAccessToken(as, {
    client,
    user,
    grantId: grant.id,
    scope,
    targets,
    authorizationDetails,
    authTime: grant.authTime,
    confirmation: narrowed.confirmation,
    expiresAt,
  })
  const expiresIn = expiresAt - Math.floor(as.now)
  // OpenID Connect Core 12.2: same iss, sub, aud and auth_time as the first one, no nonce needed.
  const idToken =
    line.fromCode && scope.includes('openid')
      ? await signIdToken(as, client, user, grant, { accessToken, expiresAt, scope })
      : undefined
  return { accessToken, expiresIn, scope, authorizationDetails, refreshToken, idToken, user }
}

const refused = (reason: RefreshReason) =>
  invalidGrant('the refresh token is not valid', { reason })
