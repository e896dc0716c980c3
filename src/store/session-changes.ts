// The statements that end sessions, replace their secret, and replace the password of their user.
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

/** Ends one session. The notices come first: afterwards nothing tells its grants from ended ones. */
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

/**
 * Ends every session of a user except one, with all grants and consents, and forgets the browsers that
 * are remembered. The instant is noted in the user's row as it is in KV, so that both say the same of a
 * token that an isolate with a slow clock issues afterwards. The batch has renewed the session before,
 * which refuses another user's.
 */
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
  statement(
    sql`UPDATE ${users} ${set(users, {
      rememberedNotBefore: audit.at,
      notBefore: sql`MAX(${users.notBefore}, ${audit.at})`,
    })} WHERE ${users.id} = ${userId}`,
  ),
  // `not_before` would end the remaining session, too.
  statement(
    sql`UPDATE ${sessions} ${set(sessions, {
      authTime: sql`MAX(${sessions.authTime}, ${audit.at})`,
      statedAuthTime: sql`COALESCE(${sessions.statedAuthTime}, ${sessions.authTime})`,
    })} WHERE ${sessions.id} = ${sessionId}`,
  ),
  ...forgetOfUser({ userId }),
  auditStatement(audit),
]

/**
 * Replaces the secret of a session; refuses the batch if the session no longer has the presented one.
 * If two requests present the same secret, the first one renews it and the second one is refused.
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

/**
 * Replaces the password; refuses the batch if it is no longer the one that was proved. The batch has
 * renewed the session before, and ends all else of the user afterwards.
 */
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
      passwordState: null,
      updatedAt: sql`MAX(${at}, ${users.updatedAt} + 0.001)`,
    })} WHERE ${users.id} = ${proof.user.id}`,
  ),
  // The person has just proved the password in this session.
  statement(sql`UPDATE ${sessions} ${set(sessions, { statedAuthTime: at })}
    WHERE ${sessions.id} = ${sessionId}`),
  ...clearTries(proof),
]
