// The session of the Traffic Ops cookie. It has no grants, every use extends it, and logging out
// ends it on the server.
import type { AuthorizationServer } from '../../core/authorization-server.ts'
import { newSession } from '../../core/people/browser-session.ts'
import type { ProvedUser } from '../../core/people/sign-in.ts'
import type { SessionStanding } from '../../core/people/storage.ts'
import { auditOf } from '../../core/server/audit.ts'
import { digestOf } from '../../crypto/secret.ts'

/** The name of this face in storage, audit and log. */
const face = 'traffic-ops'

/** Seconds without use after which a cookie expires. */
export const faceSessionIdle = 3_600

/**
 * Minimum seconds between two updates of the last use. The session outlives its cookie by this
 * time.
 */
const touchInterval = 60

/** Starts a session and returns the secret for its cookie, or null if the user was disabled. */
export async function beginFaceSession(
  as: AuthorizationServer,
  proved: ProvedUser,
): Promise<string | null> {
  const { user, amr } = proved
  const { session, secret } = await newSession(as, { user, amr })
  const about = { userId: user.id, sessionId: session.id, detail: { face } }
  const audit = auditOf(as, 'user.signed-in', about)
  const idleExpiresAt = Math.min(
    as.now + faceSessionIdle + touchInterval,
    session.absoluteExpiresAt,
  )
  const begun = await as.store.sessions.begin({ ...session, face, idleExpiresAt }, proved, audit)
  if (begun !== 'begun') return null
  as.log({ event: 'signed in', user_id: user.id, amr, face })
  return secret
}

/** Returns the live session for a cookie's secret, or null, and extends it. */
export async function findFaceSession(
  as: AuthorizationServer,
  secret: string | undefined,
): Promise<SessionStanding | null> {
  if (secret === undefined || !/^[\w-]{43}$/.test(secret)) return null
  const digest = await digestOf(secret)
  const standing = await as.store.sessions.find(digest, as.now)
  if (standing === null || standing.session.face !== face) return null
  if (as.now - standing.session.lastSeenAt > touchInterval) {
    const until = as.now + faceSessionIdle + touchInterval
    as.waitUntil(as.store.sessions.touch(digest, as.now, until).catch(() => undefined))
  }
  return standing
}
