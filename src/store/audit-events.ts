// Audit events as they are listed and deleted. Most filters have no index, because each would make every
// event cost a row more: a page looks at a bounded number of rows and says where to go on.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { AuditStore, EventFilter, ListedEvent, Page } from '../core/server/storage.ts'
import { auditMerged } from './audit.ts'
import type { Database } from './database.ts'
import { clients } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { auditEvents } from './schema/server.ts'
import {
  type Row,
  type Statement,
  number,
  optional,
  selection,
  sql,
  statement,
  text,
} from './sql.ts'

/** The most rows that one page looks at. */
const depth = 5_000

/** Seconds by which the instant of a row may be behind that of a row with a smaller id: clocks differ. */
const disorder = 300

/** Opens the audit events. */
export const openAuditEvents = (database: Database): AuditStore => ({
  async merge(event, key) {
    await database.all(auditMerged(event, key))
  },
  async isKnown(key) {
    const found = statement(
      sql`SELECT 1 FROM ${auditEvents} WHERE ${auditEvents.mergeKey} = ${key}`,
    )
    return (await database.first(found)) !== null
  },
  list: (filter, limit, cursor) => list(database, filter, limit, cursor),
  async removeBefore(instant, most) {
    // The oldest rows have the smallest ids, so that a run without any that is due reads one bite. The
    // newest row stays, however old: the next id is one more than its own, and cursors rely on that.
    const rows = await database.all(
      statement(sql`DELETE FROM ${auditEvents} WHERE ${auditEvents.id} IN (
          SELECT ${auditEvents.id} FROM ${auditEvents}
          WHERE ${auditEvents.id} < (SELECT MAX(${auditEvents.id}) FROM ${auditEvents})
          ORDER BY ${auditEvents.id} LIMIT ${most})
        AND ${auditEvents.at} < ${instant} RETURNING 1`),
    )
    return rows.length
  },
})

const actorName = sql`(SELECT ${users.username} FROM ${users}
  WHERE ${auditEvents.actor} LIKE 'user:%'
    AND ${users.id} = CAST(substr(${auditEvents.actor}, 6) AS INTEGER))`

const selectedEvent = selection({
  id: auditEvents.id,
  at: auditEvents.at,
  kind: auditEvents.kind,
  outcome: auditEvents.outcome,
  occurrences: auditEvents.occurrences,
  actor: auditEvents.actor,
  actorName: optional(text(actorName)),
  userId: auditEvents.userId,
  username: optional(
    text(sql`(SELECT ${users.username} FROM ${users}
    WHERE ${users.id} = ${auditEvents.userId})`),
  ),
  clientId: auditEvents.clientId,
  clientName: optional(
    text(sql`(SELECT json_extract(${clients.metadata}, '$.client_name')
    FROM ${clients} WHERE ${clients.id} = ${auditEvents.clientId})`),
  ),
  sessionId: auditEvents.sessionId,
  address: auditEvents.address,
  userAgent: auditEvents.userAgent,
  requestId: auditEvents.requestId,
  detail: auditEvents.detail,
})

const selectedEnd = selection({
  looked: number(sql`COUNT(*)`),
  last: optional(number(sql`MIN(looked.id)`)),
})

async function list(
  database: Database,
  filter: EventFilter,
  limit: number,
  cursor: number | null,
): Promise<Page<ListedEvent>> {
  return eventPage(await database.batch(listedEvents(filter, limit, cursor)), limit)
}

/**
 * Selects the events that a filter admits, newest first and one more than `limit`, and where the rows end
 * that were looked at.
 */
export function listedEvents(
  filter: EventFilter,
  limit: number,
  cursor: number | null,
): [listed: Statement, end: Statement] {
  const { since, until, userId } = filter
  const from = since === undefined ? sql`0` : firstIdAt(since - disorder)
  const looked = sql`SELECT ${auditEvents.id} AS id FROM ${auditEvents}
    WHERE ${auditEvents.id} >= ${from}
      ${cursor === null ? sql`` : sql`AND ${auditEvents.id} < ${cursor}`}
      ${until === undefined ? sql`` : sql`AND ${auditEvents.id} < ${firstIdAt(until + disorder)}`}
      ${userId === undefined ? sql`` : sql`AND ${auditEvents.userId} = ${userId}`}
    ORDER BY ${auditEvents.id} DESC LIMIT ${depth}`
  return [
    statement(sql`SELECT ${selectedEvent.columns} FROM ${auditEvents}
      WHERE ${auditEvents.id} IN (${looked}) ${conditionsOf(filter)}
      ORDER BY ${auditEvents.id} DESC LIMIT ${limit + 1}`),
    statement(sql`SELECT ${selectedEnd.columns} FROM (${looked}) looked`),
  ]
}

/** Returns the page that the rows of `listedEvents` are. */
export function eventPage(
  [rows = [], ends = []]: readonly (readonly Row[])[],
  limit: number,
): Page<ListedEvent> {
  const [end] = ends
  const items = rows.slice(0, limit).map(selectedEvent.read)
  const lastItem = items.at(-1)
  if (rows.length > limit && lastItem !== undefined) {
    return { items, nextCursor: String(lastItem.id) }
  }
  const { looked: count, last } =
    end === undefined ? { looked: 0, last: null } : selectedEnd.read(end)
  return { items, nextCursor: count === depth && last !== null ? String(last) : null }
}

function conditionsOf(filter: EventFilter): SQL {
  const { since, until, clientId, kind, actor, outcome, address } = filter
  const equals = (column: SQLiteColumn, value: string | undefined): SQL =>
    value === undefined ? sql`` : sql`AND ${column} = ${value}`
  return sql`${since === undefined ? sql`` : sql`AND ${auditEvents.at} >= ${since}`}
    ${until === undefined ? sql`` : sql`AND ${auditEvents.at} < ${until}`}
    ${equals(auditEvents.clientId, clientId)} ${equals(auditEvents.kind, kind)}
    ${equals(auditEvents.actor, actor)} ${equals(auditEvents.outcome, outcome)}
    ${equals(auditEvents.address, address)}`
}

/** The instant of the first row from the middle on. */
const middle = sql`(SELECT ${auditEvents.at} FROM ${auditEvents}
  WHERE ${auditEvents.id} >= (low + high) / 2 ORDER BY ${auditEvents.id} LIMIT 1)`

/** The first id from which on no row is earlier: instants rise with ids, so halving finds it. */
const firstIdAt = (instant: number): SQL =>
  sql`(WITH RECURSIVE halving (low, high) AS (
      SELECT COALESCE((SELECT MIN(${auditEvents.id}) FROM ${auditEvents}), 0),
        COALESCE((SELECT MAX(${auditEvents.id}) FROM ${auditEvents}), 0) + 1
      UNION ALL
      SELECT CASE WHEN ${middle} < ${instant} THEN (low + high) / 2 + 1 ELSE low END,
        CASE WHEN ${middle} < ${instant} THEN high ELSE (low + high) / 2 END
      FROM halving WHERE low < high)
    SELECT halving.low FROM halving WHERE low >= high)`
