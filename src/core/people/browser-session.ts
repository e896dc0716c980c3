// The session of a browser. It is found by the digest of its cookie, gets a new secret at every sign-in
// (session fixation: somebody else could have planted the old one), and ends with its grants.
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { ConsentQuery } from '../clients/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { requireLater } from '../server/later.ts'
import type { Answer } from '../server/storage.ts'
import type { ProvedUser } from './sign-in.ts'
import type { NewSession, SessionRenewal, SessionStanding } from './storage.ts'

/**
 * Seconds between two writes of a session's last use, for an idle lifetime in seconds: most requests
 * write nothing, and yet a session in use never expires as idle.
 */
const touchInterval = (idleLifetime: number): number => Math.min(600, idleLifetime / 10)

/**
 * Finds the live session of a cookie's secret, with the consents that `consentFor` asks for, and notes
 * its use after the response. Returns null if there is no such session.
 */
export async function findSession(
  as: AuthorizationServer,
  secret: string | undefined,
  consentFor?: ConsentQuery,
): Promise<SessionStanding | null> {
  if (secret === undefined || !/^[\w-]{43}$/.test(secret)) return null
  const digest = await digestOf(secret)
  const standing = await as.store.sessions.find(digest, as.now, consentFor)
  if (standing === null || standing.session.face !== 'browser') return null
  const { sessionIdle } = as.settings.lifetimes
  if (as.now - standing.session.lastSeenAt > touchInterval(sessionIdle)) {
    const idleExpiresAt = as.now + sessionIdle
    as.waitUntil(as.store.sessions.touch(digest, as.now, idleExpiresAt).catch(() => undefined))
  }
  return standing
}

/**
 * Returns a new session, not yet stored, for a user who has just proved who they are, and the secret
 * for its cookie.
 * @throws temporarily_unavailable if it would count for nothing yet (`requireLater`)
 */
export async function newSession(
  as: AuthorizationServer,
  { user, amr, authTime = as.now, ...proved }: Omit<ProvedUser, 'provedBuckets'>,
): Promise<{ session: NewSession; secret: string }> {
  requireLater(as, user.notBefore)
  const { lifetimes } = as.settings
  const secret = randomSecret()
  const absoluteExpiresAt = as.now + lifetimes.session
  const session: NewSession = {
    id: randomSecret(16),
    digest: await digestOf(secret),
    face: 'browser',
    userId: user.id,
    authTime,
    amr: amr.join(' '),
    secondFactorAt: proved.hasSecondFactor === true ? as.now : (proved.secondFactorAt ?? null),
    userAgent: as.userAgent,
    place: as.place,
    createdAt: as.now,
    lastSeenAt: as.now,
    idleExpiresAt: Math.min(as.now + lifetimes.sessionIdle, absoluteExpiresAt),
    absoluteExpiresAt,
  }
  return { session, secret }
}

/**
 * A session that has just begun or goes on, and the new secret for its cookie. `endedAnother` = the
 * browser named a session that did not go on, such as one of another user.
 */
export type BegunSession = { secret: string; standing: SessionStanding; endedAnother: boolean }

/**
 * Begins a session as the answer to a screen. If the browser had a session of the same user, that
 * session continues under a new secret, with the later `auth_time`; a session of another user ends.
 * Returns null if another answer came first, or if the user is disabled or has another password by now.
 * @throws temporarily_unavailable if it would count for nothing yet (`requireLater`)
 */
export async function beginSession(
  as: AuthorizationServer,
  answer: Answer,
  proved: ProvedUser,
  replacedSecret: string | undefined,
  consentFor?: ConsentQuery,
): Promise<BegunSession | null> {
  const { user, amr } = proved
  const { session, secret } = await newSession(as, proved)
  const replaced = replacedSecret === undefined ? null : await digestOf(replacedSecret)
  const audit = auditOf(as, 'user.signed-in', { userId: user.id })
  const standing = await as.store.sessions.beginFor(
    answer,
    session,
    replaced,
    proved,
    audit,
    consentFor,
  )
  if (standing === null) return null
  as.log({ event: 'signed in', user_id: user.id, amr })
  const endedAnother = replaced !== null && standing.session.id === session.id
  if (endedAnother) tellKv(as)
  return { secret, standing, endedAnother }
}

/** Returns a new secret for the session with `secret`, and the renewal that makes storage accept it. */
export async function renewSession(
  { session }: SessionStanding,
  secret: string,
): Promise<{ renewal: SessionRenewal; successor: string }> {
  const successor = randomSecret()
  const [digest, successorDigest] = await Promise.all([digestOf(secret), digestOf(successor)])
  return { renewal: { sessionId: session.id, digest, successorDigest }, successor }
}

/**
 * Raises a session in which the user has just proved a second factor by these methods (RFC 8176), and
 * gives it a new secret: a copy of the old one is worth nothing. Returns null if another request has
 * renewed or ended the session first; storage decides.
 */
export async function raiseSession(
  as: AuthorizationServer,
  standing: SessionStanding,
  secret: string | undefined,
  methods: readonly string[],
  consentFor?: ConsentQuery,
): Promise<BegunSession | null> {
  const { session, user } = standing
  const { renewal, successor } = await renewSession(standing, secret ?? '')
  const amr = [...new Set([...session.amr.split(' '), ...methods])].join(' ')
  const about = { userId: user.id, sessionId: session.id }
  const raised = await as.store.sessions.raise(
    { ...renewal, amr, now: as.now },
    auditOf(as, 'user.stepped-up', about),
    consentFor,
  )
  return raised && { secret: successor, standing: raised, endedAnother: false }
}

/** Ends a session of that user with the grants that live by it. Idempotent. */
export async function endSession(
  as: AuthorizationServer,
  sessionId: string,
  userId: number,
): Promise<void> {
  await as.store.sessions.end(
    sessionId,
    userId,
    auditOf(as, 'user.signed-out', { userId, sessionId }),
  )
  tellKv(as)
}
