// Logout notices that wait for delivery. One sender at a time takes a notice; delivery removes it.
import type { SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { LogoutNoticeStore, RetryInterval } from '../core/authorization/storage.ts'
import type { Database } from './database.ts'
import { clients, grants, logoutNotices } from './schema/grants.ts'
import { users } from './schema/people.ts'
import {
  type Placeholders,
  type Statement,
  type Value,
  insertInto,
  prepared,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'

/** The most doublings of a retry interval; more would exceed the range of an integer. */
const doublingsAtMost = 20

const notices = alias(logoutNotices, 'n')

/** Selects the `nth` notice of a client in the order in which its notices are tried. */
const inTurn = (nth: 0 | 1): SQL => sql`(
  SELECT ${notices.id} FROM ${logoutNotices} ${notices} WHERE ${notices.clientId} = waiting.client_id
  ORDER BY ${notices.attempts} DESC, ${notices.nextAttemptAt} DESC LIMIT 1 OFFSET ${nth})`

const taken = selection({
  id: logoutNotices.id,
  clientId: logoutNotices.clientId,
  sub: logoutNotices.sub,
  sessionId: logoutNotices.sessionId,
  attempts: logoutNotices.attempts,
})

// Goes from client to client by the index and looks at two notices of each: a client that does not
// answer may have any number waiting. One statement, so that only one of two senders takes a notice.
function taking(now: number, retry: RetryInterval, most: number): SQL {
  const { attempts } = logoutNotices
  const interval = sql`${retry.first} * (1 << MIN(${attempts}, ${doublingsAtMost}))`
  const next = {
    attempts: sql`${attempts} + 1`,
    nextAttemptAt: sql`${now} + MIN(${interval}, ${retry.longest})`,
  }
  return sql`
    WITH RECURSIVE waiting (client_id) AS (
      SELECT (SELECT MIN(${notices.clientId}) FROM ${logoutNotices} ${notices})
      UNION ALL
      SELECT (SELECT MIN(${notices.clientId}) FROM ${logoutNotices} ${notices}
        WHERE ${notices.clientId} > waiting.client_id)
      FROM waiting WHERE waiting.client_id IS NOT NULL),
    turns (id) AS (
      SELECT ${inTurn(0)} FROM waiting UNION ALL SELECT ${inTurn(1)} FROM waiting)
    UPDATE ${logoutNotices} ${set(logoutNotices, next)}
    WHERE ${logoutNotices.id} IN (
      SELECT ${notices.id} FROM turns JOIN ${logoutNotices} ${notices} ON ${notices.id} = turns.id
      WHERE ${notices.nextAttemptAt} <= ${now}
      ORDER BY ${notices.attempts}, ${notices.nextAttemptAt} LIMIT ${most})
    RETURNING ${taken.columns}`
}

/** Opens the logout notices that wait for delivery. */
export const openLogoutNotices = (database: Database): LogoutNoticeStore => ({
  async take(now, retry, most) {
    const rows = await database.all(statement(taking(now, retry, most)))
    return rows.map(taken.read)
  },
  async remove(id) {
    await database.all(
      statement(sql`DELETE FROM ${logoutNotices} WHERE ${logoutNotices.id} = ${id}`),
    )
  },
})

/** Seconds for which a notice is retried. */
const noticeLifetime = 86_400

/**
 * Builds the statement that inserts one notice for each client with a grant about to end that
 * registered a `backchannel_logout_uri` (OpenID Connect Back-Channel Logout 1.0); if the client
 * requires a `sid`, only for grants of a session. `ending` is a condition over `grants`. The statement
 * must come before those that end the grants.
 */
export const noticesTo = <Values extends { now: number } & Record<string, Value>>(
  ending: (value: Placeholders<Values>) => SQL,
): ((values: Values) => Statement) =>
  prepared<Values>(
    (value) => sql`
      ${insertInto(logoutNotices, {
        id: sql`lower(hex(randomblob(16)))`,
        clientId: grants.clientId,
        sub: users.sub,
        sessionId: grants.sessionId,
        nextAttemptAt: value.now,
        expiresAt: sql`${value.now} + ${noticeLifetime}`,
      })}
      FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
        JOIN ${clients} ON ${clients.id} = ${grants.clientId}
      WHERE ${ending(value)} AND ${grants.revokedAt} IS NULL
        AND json_extract(${clients.metadata}, '$.backchannel_logout_uri') IS NOT NULL
        AND (${grants.sessionId} IS NOT NULL
          OR json_extract(${clients.metadata}, '$.backchannel_logout_session_required') IS NOT 1)
      GROUP BY ${grants.clientId}, ${grants.sessionId}`,
  )

/** Inserts the notices of every grant of a user. */
export const noticesOfUser = noticesTo<{ userId: number; now: number }>(
  ({ userId }) => sql`${grants.userId} = ${userId}`,
)
