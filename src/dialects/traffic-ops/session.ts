// The session behind the Traffic Ops cookie: no lines live by it, it slides with every use, and it
// ends here, not in the cookie.
import type { AuthorizationServer } from '../../core/authorization-server.ts'
import { newSession } from '../../core/people/browser-session.ts'
import type { ProvedUser } from '../../core/people/sign-in.ts'
import type { SessionStanding } from '../../core/people/storage.ts'
import { auditOf } from '../../core/server/audit.ts'
import { digestOf } from '../../crypto/secret.ts'

/** Whose sessions these are, as storage, the audit and the log name it. */
const face = 'traffic-ops'

/** Seconds that a cookie of the face is good for without use. */
export const faceSessionIdle = 3_600

/** Seconds between two notes of use; the session outlives its cookie by as much. */
const touchInterval = 60

/** Begins a session; gives the secret for its cookie, or null where the user has been disabled. */
export async function beginFaceSession(
  as: AuthorizationServer,
  proved: ProvedUser,
): Promise<string | null> {
  const { user, amr } = proved
  const { session, secret } = await newSession(as, user, amr)
  const audit = auditOf(as, 'signed in', { userId: user.id, detail: { face } })
  const idleExpiresAt = Math.min(
    as.now + faceSessionIdle + touchInterval,
    session.absoluteExpiresAt,
  )
  const begun = await as.store.sessions.begin({ ...session, face, idleExpiresAt }, proved, audit)
  if (begun !== 'begun') return null
  as.log({ event: 'signed in', user_id: user.id, amr, face })
  return secret
}

/** The live session of the cookie's secret, if any; moves its end on. */
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
