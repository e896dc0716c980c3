// The grace of a refresh token: which presentations of a superseded one are retries after a lost
// answer, and which are reuse, which ends the grant. RFC 6749 10.4, RFC 9700 4.14.2.
import { type RefreshToken, successorOf } from '../../crypto/refresh-token.ts'
import { digestOf } from '../../crypto/secret.ts'
import { type RefreshReason, invalidGrant, temporarilyUnavailable } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isConfidential, isSelfDescribedApp } from '../clients/authentication.ts'
import type { Client } from '../clients/storage.ts'
import { auditOfClient } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { lifetimesOf } from '../tokens/issuance.ts'
import type { FoundGrant, Rotation } from '../tokens/storage.ts'

/**
 * Returns the expiry of a retry's access token, in seconds. It must not be later than the row says,
 * because KV holds a revocation only until then. If too little of that time is left (the lifetime is
 * shorter than the grace), the row is updated first.
 * @throws invalid_grant if the grant was revoked meanwhile
 */
export async function expiryOfRetry(
  as: AuthorizationServer,
  client: Client,
  { grant }: FoundGrant,
  expiresAt: number,
): Promise<number> {
  const isLongEnough = grant.accessExpiresAt - as.now >= lifetimesOf(as, client).accessToken / 2
  if (isLongEnough) return Math.min(expiresAt, grant.accessExpiresAt)
  if (await as.store.grants.raiseAccessExpiry(grant.id, expiresAt)) return expiresAt
  throw refreshRefusal('refresh_revoked')
}

/**
 * Returns the successor of a superseded token again if this is a retry. Otherwise rejects the token,
 * and revokes the grant if the successor was used. RFC 9700 4.14.2.
 * @throws invalid_grant; temporarily_unavailable if another isolate has the master key
 */
export async function successorOfRetry(
  as: AuthorizationServer,
  client: Client,
  token: RefreshToken,
  digest: string,
  found: FoundGrant,
): Promise<string> {
  const { grant, previousDigest } = found
  if (digest === previousDigest) {
    const successor = await unusedSuccessor(as, token, found)
    if (successor === null) throw derivedElsewhere()
    const { from, until } = retryableRotations(as, client)
    const rotatedAt = found.rotatedAt ?? 0
    if (from <= rotatedAt && rotatedAt <= until && mayRetry(as, client, found)) return successor
    if (await as.outage.wasGivenBack(as, digest, found)) return successor
  } else if (token.generation >= grant.generation - 1) {
    // Ahead of the row, or unknown at its generation: the database was restored or a key was lost.
    // That is nobody's theft, so nothing is revoked.
    throw refreshRefusal('refresh_unknown')
  }
  // The thief of a bound token cannot have used it.
  if (grant.keyThumbprint !== null) throw refreshRefusal('refresh_superseded')
  // "If a refresh token is compromised and subsequently used by both the attacker and the
  // legitimate client, one of them will present an invalidated refresh token, which will inform
  // the authorization server of the breach." RFC 9700 4.14.2: the whole grant ends.
  as.log({ event: 'refresh token reused', grant_id: grant.id, client_id: client.id })
  const about = { userId: grant.userId, clientId: client.id }
  const audit = auditOfClient(as, 'token.refresh-reused', about)
  await as.store.grants.revoke(grant.id, audit.kind, audit)
  tellKv(as)
  throw refreshRefusal('refresh_superseded')
}

/** Seconds by which the clocks of two machines may differ. */
const clockDifference = 60

/**
 * Returns between which instants a rotation is within the grace. A rotation further in the future than
 * clocks differ was recorded before the clock was set back, so its age is unknown.
 */
export function retryableRotations(as: AuthorizationServer, client: Client): Rotation['retryable'] {
  const { refreshTokenGrace: grace } = lifetimesOf(as, client)
  const from = as.now - grace
  const until = grace === 0 ? from - 1 : as.now + clockDifference
  return { from, until, countedUntil: isSelfDescribedApp(client) ? as.now - atOnce : until }
}

/**
 * Seconds within which the processes of one agent refresh "at once". They share one refresh token and
 * wake at the same expiry, every time: that is no pattern of a theft. A thief who manages to be as near
 * to the agent in every generation stays hidden by this; binding the token to a key (DPoP) shuts them
 * out.
 */
const atOnce = 10

/** Rounds of retries that may be lost answers. */
const mostRounds = 2

/**
 * Returns whether the grant still has its grace. The grace is for lost responses: the previous token is
 * presented again, once or often, until its successor is used. A thief who keeps in step with the owner
 * looks the same, but cannot miss a generation: each of the two rotates what the other must then ask
 * for again. So the pattern is a retry whose successor was used, and a retry again in the very next
 * generation. The first such pair may still be two answers lost in a row and is answered; from then on
 * the grant has no grace, and whoever comes second ends it (RFC 9700 4.14.2).
 *
 * A confidential client's refresh token is worth nothing without its credentials (RFC 6749 10.4), and
 * many processes of one may refresh with one token at once, every time: its grace stays.
 */
function mayRetry(as: AuthorizationServer, client: Client, found: FoundGrant): boolean {
  if (isConfidential(client) || found.retryRounds < mostRounds) return true
  as.log({ event: 'refresh grace ended', grant_id: found.grant.id, client_id: client.id })
  return found.retryRounds === mostRounds
}

/**
 * Returns the refusal if the current token was derived under a master key that only other isolates
 * have. Only such an isolate can decide whether this is a retry or a theft.
 */
const derivedElsewhere = () =>
  temporarilyUnavailable(new Error('no key of MASTER_KEY derives the current refresh token'))

/**
 * Returns the successor of `token`, the grant's previous one; null if no listed master key derived it.
 */
async function unusedSuccessor(
  as: AuthorizationServer,
  token: RefreshToken,
  found: FoundGrant,
): Promise<string | null> {
  // Under every master key: the one that derived it may have been superseded a moment ago.
  for (const keyId of as.keys.ids) {
    const successor = await successorOf(as.keys, token, keyId)
    if ((await digestOf(successor)) === found.currentDigest) return successor
  }
  return null
}

/** Returns the refusal of a refresh token: for its holder the same, whatever the reason. */
export const refreshRefusal = (reason: RefreshReason) =>
  invalidGrant('the refresh token is not valid', { reason })
