// Telling clients that a session has ended: OpenID Connect Back-Channel Logout 1.0. Notices wait in
// D1 and are sent after the answer and by cron until they are taken or too old. A slow or broken
// client keeps nobody waiting: it has two attempts at a time, and ever longer pauses between them.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { LogoutNotice } from '../core/authorization/storage.ts'
import type { Client } from '../core/clients/storage.ts'
import { subjectFor } from '../core/tokens/subject.ts'
import { signJwt } from '../crypto/jwt.ts'
import { timeOrderedId } from '../crypto/secret.ts'
import { type OutboundAllowance, guardedFetch } from './outbound.ts'

/** Until a notice that was not taken is tried again: a minute at first, an hour in the end. */
const retryInterval = { first: 60, longest: 3_600 }

/** Seconds that a logout token counts ("recommended ... not more than two minutes"). */
const tokenLifetime = 120

const mostAtOnce = 20

/** A client that takes its notices is sent the next ones at once, but one run must end. */
const mostBatches = 10

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** Sends the notices that are due; each is taken by one sender at a time. Never rejects. */
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
      noticeAllowance(uri),
    )
    // "the RP MUST respond with HTTP 200 OK"; 204 is said, too; 400 = it will never take this one.
    if (status === 200 || status === 204 || status === 400) {
      return await as.store.logoutNotices.remove(notice.id)
    }
    as.log({ event: 'logout notice refused', client_id: client.id, status })
  } catch (failure) {
    as.log({ event: 'logout notice not delivered', client_id: client.id, cause: String(failure) })
  }
}

/** What a notice may reach: an operator registered the address, and its port with it. */
export function noticeAllowance(uri: string): OutboundAllowance {
  const port = URL.canParse(uri) ? Number(new URL(uri).port) : 0
  return { loopback: true, ports: port >= 1024 ? [port] : [] }
}

/** Back-Channel Logout 2.4: `typ` logout+jwt, events, sub and sid, never a nonce. */
async function logoutToken(
  as: AuthorizationServer,
  client: Client,
  notice: LogoutNotice,
): Promise<string> {
  const user = await as.store.users.findBySub(notice.sub)
  // Of a user who is gone, a client with subjects of its own knows no name but the session's.
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
