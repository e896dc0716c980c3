// Ending lines: the row in D1 and, in the same batch, the outbox row from which KV is told. The
// order inside a batch matters: the outbox is filled from the rows that are still alive.
import { statement, type Statement, type Value } from './database.ts'

/** Which lines end, as a condition over `grants`; values start at ?3. */
type Lines = { where: string; values: readonly Value[] }

export const lineOf = (grantId: string): Lines => ({ where: 'id = ?3', values: [grantId] })
export const lineOfClient = (grantId: string, clientId: string): Lines => ({
  where: 'id = ?3 AND client_id = ?4',
  values: [grantId, clientId],
})
export const linesOfUser = (userId: number): Lines => ({
  where: 'user_id = ?3',
  values: [userId],
})
export const linesOfClient = (clientId: string): Lines => ({
  where: 'client_id = ?3',
  values: [clientId],
})
export const linesOfUserAtClient = (userId: number, clientId: string): Lines => ({
  where: 'user_id = ?3 AND client_id = ?4',
  values: [userId, clientId],
})
/** The lines of a user's browser session that do not outlive it. */
export const linesOfSession = (sessionId: string, userId: number): Lines => ({
  where: 'session_id = ?3 AND user_id = ?4 AND offline = 0',
  values: [sessionId, userId],
})

/** The same of the session with this digest, once the browser has the one with `successor`. */
export const linesOfReplaced = (digest: string | null, successor: string): Lines => ({
  where: `(user_id, session_id) =
      (SELECT user_id, id FROM sessions WHERE digest = ?3 AND ended_at IS NULL)
    AND offline = 0 AND EXISTS (SELECT 1 FROM sessions WHERE digest = ?4)`,
  values: [digest, successor],
})

/**
 * The statements that end lines: outbox first, then the rows. KV forgets a line once no access
 * token of it can be alive; 60 s is the least that KV takes.
 */
export function revocationStatements(lines: Lines, now: number, reason: string): Statement[] {
  return [
    statement(
      `INSERT INTO revocation_outbox (key, revoked_at, expires_at)
       SELECT 'rev:grant:' || id, ?1, MAX(access_expires_at, ?1) + 60 FROM grants
       WHERE ${lines.where} AND revoked_at IS NULL AND ?2 IS NOT NULL
       ON CONFLICT (key) DO NOTHING`,
      now,
      reason,
      ...lines.values,
    ),
    statement(
      `UPDATE grants SET revoked_at = ?1, revoked_reason = ?2
       WHERE ${lines.where} AND revoked_at IS NULL`,
      now,
      reason,
      ...lines.values,
    ),
  ]
}
