// What happens to sessions that have begun: the statements that end them, give them another secret
// and give their user another password.
import type { Proof, SessionRenewal } from '../core/people/storage.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { failUnless } from './changes.ts'
import { forgetOfUser } from './consents.ts'
import { noticesOfUser, noticesTo } from './logout-notices.ts'
import { endingOfSession, endingOfUser } from './revocations.ts'
import { grants } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { clearTries } from './sign-in-attempts.ts'
import { type Statement, prepared, set, sql, statement } from './sql.ts'
import { asProved } from './standing.ts'

/** Ends one session: the notices first, while its lines can still be told from others. */
export function endings(sessionId: string, userId: number, audit: AuditEvent): Statement[] {
  const values = { sessionId, userId, now: audit.at }
  return [
    noticesOfSession(values),
    ...endingOfSession({ ...values, reason: audit.kind }),
    endOfSession(values),
    auditIfChanged(audit),
  ]
}

const noticesOfSession = noticesTo<{ sessionId: string; userId: number; now: number }>(
  ({ sessionId, userId }) =>
    sql`${grants.sessionId} = ${sessionId} AND ${grants.userId} = ${userId}`,
)

const endOfSession = prepared<{ sessionId: string; userId: number; now: number }>(
  ({ sessionId, userId, now }) => sql`UPDATE ${sessions} ${set(sessions, { endedAt: now })}
    WHERE ${sessions.id} = ${sessionId} AND ${sessions.userId} = ${userId}
      AND ${sessions.endedAt} IS NULL`,
)

/** Ends everything of a user but one session. */
export const endingsOfOthers = (
  userId: number,
  sessionId: string,
  audit: AuditEvent,
): Statement[] => [
  noticesOfUser({ userId, now: audit.at }),
  ...endingOfUser(userId, audit.at, audit.kind),
  statement(sql`UPDATE ${sessions} ${set(sessions, { endedAt: audit.at })}
    WHERE ${sessions.userId} = ${userId} AND ${sessions.endedAt} IS NULL
      AND ${sessions.id} <> ${sessionId}`),
  ...forgetOfUser({ userId }),
  auditStatement(audit),
]

/**
 * Gives the session its new secret; refuses the batch where it no longer has the presented one. Of
 * two who hold one secret and both ask for the next, the first gets it.
 */
export const renewal = (
  userId: number,
  { sessionId, digest, successorDigest }: SessionRenewal,
): Statement[] => [
  failUnless(
    sessions,
    sql`${sessions.id} = ${sessionId}`,
    sql`${sessions.userId} = ${userId} AND ${sessions.digest} = ${digest}
      AND ${sessions.endedAt} IS NULL`,
  ),
  statement(sql`UPDATE ${sessions} ${set(sessions, { digest: successorDigest })}
    WHERE ${sessions.id} = ${sessionId}`),
]

/** Refuses the batch where the password is no longer the one that was proved. */
export const newPassword = (
  proof: Proof,
  sessionId: string,
  passwordHash: string,
  { at }: AuditEvent,
): Statement[] => [
  failUnless(users, sql`${users.id} = ${proof.user.id}`, asProved(proof.user)),
  statement(
    sql`UPDATE ${users} ${set(users, {
      passwordHash,
      notBefore: sql`MAX(${users.notBefore}, ${at})`,
      updatedAt: sql`MAX(${at}, ${users.updatedAt} + 0.001)`,
    })} WHERE ${users.id} = ${proof.user.id}`,
  ),
  // The proof was one of this session, too: it goes on from here.
  statement(sql`UPDATE ${sessions} ${set(sessions, { authTime: at, statedAuthTime: at })}
    WHERE ${sessions.id} = ${sessionId} AND ${sessions.userId} = ${proof.user.id}`),
  ...clearTries(proof),
]
