// Refreshing: one compare-and-set decides, the row it leaves classifies everyone else.
// RFC 6749 6, RFC 9700 4.14.
import { type RefreshToken, successorOf } from '../../../crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../../crypto/secret.ts'
import {
  type RefreshReason,
  invalidGrant,
  invalidScope,
  temporarilyUnavailable,
} from '../../../protocol/error.ts'
import { type Parameters, requireParameter } from '../../../protocol/parameters.ts'
import { isWithin, parseScope, storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isConfidential } from '../../clients/authentication.ts'
import type { Client } from '../../clients/storage.ts'
import { auditOf } from '../../server/audit.ts'
import { tellEdge } from '../../server/edge.ts'
import { signIdToken } from '../../tokens/id-token.ts'
import {
  type Issued,
  accessTokenExpiry,
  lifetimesOf,
  signAccessToken,
} from '../../tokens/issuance.ts'
import { readPresentedRefreshToken } from '../../tokens/presented-refresh-token.ts'
import { narrowedTargets, remainingTargets, requestedTargets } from '../../tokens/resource.ts'
import type { Grant, GrantLine, RefreshRecord, Rotation } from '../../tokens/storage.ts'
import { expiryAt, grantScopeAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Rotates a refresh token. Parallel requests and retries within the grace get the same successor;
 * a superseded token after that ends its line.
 * @throws invalid_grant, invalid_scope and invalid_target (both without rotating, unless client or
 *   user has lost all of the scope, or the client all of the resources, since)
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters }: TokenRequest,
): Promise<Issued> {
  const text = requireParameter(parameters, 'refresh_token')
  const token = await readPresentedRefreshToken(as, text)
  if (token === null) throw refused('refresh_unknown')
  const digest = await digestOf(text)
  const narrowed = await narrowing(as, client, token, parameters)

  const lifetimes = lifetimesOf(as, client)
  const expiresAt = accessTokenExpiry(as, client)
  const successor = await successorOf(as.keys, token)
  const { rotated, line } = await as.store.grants.rotate({
    grantId: token.grantId,
    clientId: client.id,
    presentedDigest: digest,
    successorDigest: await digestOf(successor),
    operation: randomSecret(16),
    now: as.now,
    idleExpiresAt: as.now + lifetimes.refreshTokenIdle,
    accessExpiresAt: expiresAt,
    retryable: retryableRotations(as, client),
  })
  if (line === null) throw refused('refresh_unknown')
  if (rotated) {
    if (token.generation === 0) recordLine(as, line.grant)
    return issue(as, client, line, successor, expiresAt, narrowed)
  }
  const again = await classify(as, client, token, digest, line)
  return issue(as, client, line, again, await expiryOfRetry(as, client, line, expiresAt), narrowed)
}

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

type Narrowed = { scope: readonly string[] | null; resource: readonly string[] | null }

/** What the request narrows, judged before any write: a refusal here must not rotate. */
async function narrowing(
  as: AuthorizationServer,
  client: Client,
  token: RefreshToken,
  parameters: Parameters,
): Promise<Narrowed> {
  const scope = parameters.get('scope')
  const named = await requestedTargets(as, client, parameters)
  if (scope === undefined && named.length === 0) return { scope: null, resource: null }
  const requested = scope === undefined ? null : parseScope(scope)
  const granted = await grantedTo(as, token)
  if (granted === null) throw refused('refresh_unknown')
  if (granted.clientId !== client.id) throw refused('refresh_foreign')
  // "The requested scope MUST NOT include any scope not originally granted by the resource owner."
  if (requested !== null && !isWithin(requested, storedScope(granted.scope))) {
    throw invalidScope('the scope is wider than what was granted', { reason: 'scope_wider' })
  }
  const ofGrant = storedScope(granted.resource ?? '')
  const targets = await narrowedTargets(as, client, ofGrant, parameters)
  return { scope: requested, resource: targets.map(({ uri }) => uri) }
}

/**
 * What the line was granted, from KV if it has been refreshed before, else from D1. A miss is not
 * told to KV again: whatever emptied it may have brought a crowd, and a key takes one write a second.
 */
async function grantedTo(
  as: AuthorizationServer,
  token: RefreshToken,
): Promise<RefreshRecord | null> {
  const known = token.generation > 0 ? await as.store.edge.findRefreshRecord(token.grantId) : null
  return known ?? (await as.store.grants.find(token.grantId, as.now))?.grant ?? null
}

/**
 * Puts into KV what no refresh of a line changes, after the answer; failing changes nothing. Once a
 * line, by its first refresh, which D1 lets one request win: a line that is never refreshed needs no
 * record, and a put is billed like five rows written to D1.
 */
function recordLine(as: AuthorizationServer, grant: Grant): void {
  const { clientId, scope, resource, keyThumbprint } = grant
  const record = { clientId, scope, resource, keyThumbprint }
  const lifetime = grant.absoluteExpiresAt - as.now
  as.waitUntil(as.store.edge.putRefreshRecord(grant.id, record, lifetime))
}

/**
 * The token was not current. Gives the successor again where this is a retry; else refuses, and
 * ends the line where the token was surely used before.
 */
async function classify(
  as: AuthorizationServer,
  client: Client,
  token: RefreshToken,
  digest: string,
  line: GrantLine,
): Promise<string> {
  const { grant, previousDigest } = line
  if (grant.clientId !== client.id) throw refused('refresh_foreign')
  if (grant.revokedAt !== null || line.barred) throw refused('refresh_revoked')
  if (grant.idleExpiresAt <= as.now || grant.absoluteExpiresAt <= as.now)
    throw refused('refresh_expired')
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
  // "If a refresh token is compromised and subsequently used by both the attacker and the
  // legitimate client, one of them will present an invalidated refresh token, which will inform
  // the authorization server of the breach." RFC 9700 4.14.2: the whole line ends.
  as.log({ event: 'refresh token reused', grant_id: grant.id, client_id: client.id })
  const audit = auditOf(as, 'refresh token reused', { userId: grant.userId, clientId: client.id })
  await as.store.grants.revoke(grant.id, 'refresh token reused', audit)
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
  narrowed: Narrowed,
): Promise<Issued> {
  const { grant, user } = line
  // What client or user has lost since is not given anew.
  const asked = narrowed.scope?.join(' ') ?? grant.scope
  const granted = narrowed.resource ?? storedScope(grant.resource ?? '')
  const targets = await remainingTargets(as, client, granted)
  const scope = grantScopeAt(targets, asked, client.metadata.scope, user.scope)
  const expiresAt = expiryAt(as, targets, latest)
  const accessToken = await signAccessToken(as, {
    client,
    user,
    grantId: grant.id,
    scope,
    targets,
    authTime: grant.authTime,
    expiresAt,
  })
  const expiresIn = expiresAt - Math.floor(as.now)
  // OpenID Connect Core 12.2: same iss, sub, aud and auth_time as the first one, no nonce needed.
  const idToken =
    line.fromCode && scope.includes('openid')
      ? await signIdToken(as, client, user, grant, { accessToken, expiresAt, scope })
      : undefined
  return { accessToken, expiresIn, scope, refreshToken, idToken, user }
}

const refused = (reason: RefreshReason) =>
  invalidGrant('the refresh token is not valid', { reason })
