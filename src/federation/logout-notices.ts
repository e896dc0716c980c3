// Sends logout tokens to clients (OpenID Connect Back-Channel Logout 1.0). Notices wait in D1. They
// are sent after the response and by cron, until the client accepts them or they are too old. A
// slow or failing client delays no other: it gets two requests at a time, with increasing pauses
// between them.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { LogoutNotice } from '../core/authorization/storage.ts'
import type { Client } from '../core/clients/storage.ts'
import { subjectFor } from '../core/tokens/subject.ts'
import { signJwt } from '../crypto/jwt.ts'
import { timeOrderedId } from '../crypto/secret.ts'
import { clientAllowance } from './client-address.ts'
import { guardedFetch } from './outbound.ts'

/** Seconds before a notice is sent again: one minute at first, one hour at most. */
const retryInterval = { first: 60, longest: 3_600 }

/** Lifetime of a logout token in seconds ("recommended ... not more than two minutes"). */
const tokenLifetime = 120

const mostAtOnce = 20

/** A client that accepts its notices gets the next ones at once, but one run must end. */
const mostBatches = 10

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** Sends the notices that are due. Concurrent senders never send the same notice. Never rejects. */
export async function sendLogoutNotices(as: AuthorizationServer): Promise<void> {
  try {
    for (let batch = 0; batch < mostBatches; batch++) {
      const notices = await as.store.logoutNotices.take(as.now, retryInterval, mostAtOnce)
      if (notices.length === 0) return
      await Promise.all(notices.map((notice) => send(as, notice)))
    }
  } catch (failure) {
    as.log({ event: 'logout notices not sent', cause: String(failure) })
  }
}

async function send(as: AuthorizationServer, notice: LogoutNotice): Promise<void> {
  const client = await as.clients.find(notice.clientId, as.now)
  const uri = client?.metadata.backchannel_logout_uri
  if (client === null || uri === undefined) return as.store.logoutNotices.remove(notice.id)
  try {
    const body = new URLSearchParams({ logout_token: await logoutToken(as, client, notice) })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const { status } = await guardedFetch(
      as,
      uri,
      { method: 'POST', body: body.toString(), headers },
      clientAllowance(uri),
    )
    // "the RP MUST respond with HTTP 200 OK"; 204 is also in use; 400 = the client will never
    // accept it.
    if (status === 200 || status === 204 || status === 400) {
      return await as.store.logoutNotices.remove(notice.id)
    }
    as.log({ event: 'logout notice refused', client_id: client.id, status })
  } catch (failure) {
    as.log({ event: 'logout notice not delivered', client_id: client.id, cause: String(failure) })
  }
}

/**
 * Creates a logout token: type logout+jwt, with events, sub and sid, never a nonce (OpenID Connect
 * Back-Channel Logout 2.4).
 */
async function logoutToken(
  as: AuthorizationServer,
  client: Client,
  notice: LogoutNotice,
): Promise<string> {
  const user = await as.store.users.findBySub(notice.sub)
  // The pairwise subject of a deleted user cannot be computed, so only `sid` names the session.
  const isUnknown = user === null && client.metadata.subject_type === 'pairwise'
  const alg = client.metadata.id_token_signed_response_alg
  const iat = Math.floor(as.now)
  return signJwt(await as.signingKeys.signer(alg, as.now), 'logout+jwt', {
    iss: as.issuer,
    ...(isUnknown ? {} : { sub: user === null ? notice.sub : await subjectFor(client, user) }),
    aud: client.id,
    iat,
    exp: iat + tokenLifetime,
    jti: timeOrderedId(as.now),
    events: { [logoutEvent]: {} },
    ...(notice.sessionId === null ? {} : { sid: notice.sessionId }),
  })
}
