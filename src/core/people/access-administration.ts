// What an administrator ends of a user's access: one session, one grant. Whoever calls also sends the
// logout notices, which are not the core's.
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'

/** Revokes a grant with its tokens; false if there is none that counts. */
export async function endGrantById(as: AuthorizationServer, grantId: string): Promise<boolean> {
  const found = await as.store.grants.find(grantId, as.now)
  if (found === null) return false
  const { id, userId, clientId, sessionId } = found.grant
  const audit = auditOf(as, 'grant.revoked', {
    userId,
    clientId,
    sessionId: sessionId ?? undefined,
    detail: { grant: id },
  })
  await as.store.grants.revoke(id, 'grant.revoked', audit)
  tellKv(as)
  return true
}

/** Ends a session with the grants that live by it; false if there is none that lives. */
export async function endSessionById(as: AuthorizationServer, sessionId: string): Promise<boolean> {
  const userId = await as.store.sessions.findOwner(sessionId, as.now)
  if (userId === null) return false
  const audit = auditOf(as, 'session.ended', { userId, sessionId })
  await as.store.sessions.end(sessionId, userId, audit)
  tellKv(as)
  return true
}
