// Logout notices that wait: taken by one sender at a time, removed once delivered.
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

/** Doublings of a retry interval; more would leave the range of an integer. */
const doublingsAtMost = 20

const notices = alias(logoutNotices, 'n')

/** The `nth` notice of a client in the order in which they have its turn. */
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

// Seeks from client to client and looks at two notices of each: a client that does not answer may
// have any number of them waiting. One statement, so of two senders one takes a notice.
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

/** Seconds for which a notice is tried again. */
const noticeLifetime = 86_400

/**
 * The statement that makes one notice for each client with a grant in question that registered for
 * logout notices; where it requires a `sid`, of grants of a session alone. `ending` is a condition
 * over `grants`. Belongs before the statements that end those grants.
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

export const noticesOfUser = noticesTo<{ userId: number; now: number }>(
  ({ userId }) => sql`${grants.userId} = ${userId}`,
)
