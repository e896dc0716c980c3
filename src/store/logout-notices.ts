// Logout notices that wait: taken by one sender at a time, removed once delivered.
import type { SQL } from 'drizzle-orm'
import type { LogoutNoticeStore } from '../core/store.ts'
import {
  numberOf,
  optionalTextOf,
  statement,
  textOf,
  type Database,
  type Statement,
} from './database.ts'
import { clients, grants, logoutNotices } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { insertInto, sql, statement as sqlStatement } from './sql.ts'

/** Doublings of a retry interval; more would leave the range of an integer. */
const doublingsAtMost = 20

/** The `nth` notice of a client in the order in which they have its turn. */
const inTurn = (nth: 0 | 1): string => `(SELECT id FROM logout_notices
  WHERE logout_notices.client_id = waiting.client_id
  ORDER BY attempts DESC, next_attempt_at DESC LIMIT 1 OFFSET ${nth})`

// Seeks from client to client and looks at two notices of each: a client that does not answer may
// have any number of them waiting. One statement, so of two senders one takes a notice.
const takeSql = `
  WITH RECURSIVE waiting (client_id) AS (
    SELECT (SELECT MIN(client_id) FROM logout_notices)
    UNION ALL
    SELECT (SELECT MIN(logout_notices.client_id) FROM logout_notices
      WHERE logout_notices.client_id > waiting.client_id)
    FROM waiting WHERE waiting.client_id IS NOT NULL),
  turns (id) AS (
    SELECT ${inTurn(0)} FROM waiting UNION ALL SELECT ${inTurn(1)} FROM waiting)
  UPDATE logout_notices SET attempts = attempts + 1,
    next_attempt_at = ?1 + MIN(?2 * (1 << MIN(attempts, ?4)), ?3)
  WHERE id IN (
    SELECT n.id FROM turns JOIN logout_notices n ON n.id = turns.id
    WHERE n.next_attempt_at <= ?1 ORDER BY n.attempts, n.next_attempt_at LIMIT ?5)
  RETURNING id, client_id, sub, session_id, attempts`

export const openLogoutNotices = (database: Database): LogoutNoticeStore => ({
  async take(now, retry, most) {
    const rows = await database.all(
      statement(takeSql, now, retry.first, retry.longest, doublingsAtMost, most),
    )
    return rows.map((row) => ({
      id: textOf(row, 'id'),
      clientId: textOf(row, 'client_id'),
      sub: textOf(row, 'sub'),
      sessionId: optionalTextOf(row, 'session_id'),
      attempts: numberOf(row, 'attempts'),
    }))
  },
  async remove(id) {
    await database.all(statement('DELETE FROM logout_notices WHERE id = ?1', id))
  },
})

/** Seconds for which a notice is tried again. */
const noticeLifetime = 86_400

/**
 * One notice for each client with a line in question that registered for logout notices; where it
 * requires a `sid`, of lines of a session alone. `lines` is a condition over `grants` (with its
 * `users` and `clients`). Belongs before the statements that end those lines.
 */
export function noticesTo(lines: SQL, now: number): Statement {
  const notice = {
    id: sql`lower(hex(randomblob(16)))`,
    clientId: grants.clientId,
    sub: users.sub,
    sessionId: grants.sessionId,
    nextAttemptAt: now,
    expiresAt: now + noticeLifetime,
  }
  return sqlStatement(sql`${insertInto(logoutNotices, notice)} FROM ${grants}
    JOIN ${users} ON ${users.id} = ${grants.userId}
    JOIN ${clients} ON ${clients.id} = ${grants.clientId}
    WHERE ${lines} AND ${grants.revokedAt} IS NULL
      AND json_extract(${clients.metadata}, '$.backchannel_logout_uri') IS NOT NULL
      AND (${grants.sessionId} IS NOT NULL OR
        json_extract(${clients.metadata}, '$.backchannel_logout_session_required') IS NOT 1)
    GROUP BY ${grants.clientId}, ${grants.sessionId}`)
}
