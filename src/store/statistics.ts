// Counting the audit by day. Every statement of a batch begins after the last event that was counted, as
// the database knows it then, and the batch moves that on: of two runs at once the second one counts
// what the first one has left.
import type { StatisticsStore } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import { auditEvents, countedEvents, dailyCounts, dailyUsers } from './schema/server.ts'
import { excluded, insertInto, number, optional, selection, set, sql, statement } from './sql.ts'

const lastCounted = sql`COALESCE(
  (SELECT ${countedEvents.lastId} FROM ${countedEvents} WHERE ${countedEvents.id} = 1), 0)`

/** The first of the events that are too young; events with larger ids wait for it. */
const firstYoung = (until: number) => sql`MIN(CASE WHEN looked.at >= ${until} THEN looked.id END)`

const selectedCount = selection({
  kind: dailyCounts.kind,
  day: dailyCounts.day,
  count: dailyCounts.count,
})

/** Opens the counts. */
export const openStatistics = (database: Database): StatisticsStore => ({
  count: (until, oldest, most) => count(database, until, oldest, most),
  async list(since, kinds) {
    const rows = await database.all(
      statement(sql`SELECT ${selectedCount.columns} FROM ${dailyCounts}
        WHERE ${dailyCounts.day} >= ${since}
          AND ${dailyCounts.kind} IN (SELECT value FROM json_each(${JSON.stringify(kinds)}))
        ORDER BY ${dailyCounts.day}`),
    )
    return rows.map(selectedCount.read).flatMap(({ kind: name, ...of }) => {
      const kind = kinds.find((one) => one === name)
      return kind === undefined ? [] : [{ kind, ...of }]
    })
  },
})

async function count(
  database: Database,
  until: number,
  oldest: number,
  most: number,
): Promise<number> {
  const bite = selection({
    looked: number(sql`COUNT(*)`),
    last: optional(number(sql`COALESCE(${firstYoung(until)} - 1, MAX(looked.id))`)),
  })
  const row = await database.first(
    statement(sql`SELECT ${bite.columns} FROM (
      SELECT ${auditEvents.id} AS id, ${auditEvents.at} AS at FROM ${auditEvents}
      WHERE ${auditEvents.id} > ${lastCounted} ORDER BY ${auditEvents.id} LIMIT ${most}) looked`),
  )
  const { looked, last } = row === null ? { looked: 0, last: null } : bite.read(row)
  if (last === null) return 0
  await database.batch(countingUpTo(last, oldest, most))
  return looked
}

const dayOf = sql`CAST(${auditEvents.at} / 86400 AS INTEGER)`

function countingUpTo(last: number, oldest: number, most: number) {
  const isNew = sql`${auditEvents.id} > ${lastCounted} AND ${auditEvents.id} <= ${last}`
  // An operator who changes a user is no activity of that user.
  const active = sql`SELECT DISTINCT ${dayOf} AS day, ${auditEvents.userId} AS user_id
    FROM ${auditEvents} WHERE ${isNew} AND ${auditEvents.userId} IS NOT NULL
      AND (${auditEvents.actor} = 'user:' || ${auditEvents.userId}
        OR ${auditEvents.actor} LIKE 'client:%')`
  const adding = sql`ON CONFLICT (day, kind) DO UPDATE
    ${set(dailyCounts, { count: sql`${dailyCounts.count} + ${excluded(dailyCounts.count)}` })}`
  const events = { day: dayOf, kind: auditEvents.kind, count: sql`SUM(${auditEvents.occurrences})` }
  const users = { day: sql`active.day`, kind: 'user.active', count: sql`COUNT(*)` }
  return [
    sql`${insertInto(dailyCounts, events)} FROM ${auditEvents} WHERE ${isNew} GROUP BY 1, 2 ${adding}`,
    sql`${insertInto(dailyCounts, users)} FROM (${active}) active
      WHERE NOT EXISTS (SELECT 1 FROM ${dailyUsers} WHERE ${dailyUsers.day} = active.day
        AND ${dailyUsers.userId} = active.user_id) GROUP BY 1 ${adding}`,
    sql`${insertInto(dailyUsers, { day: sql`active.day`, userId: sql`active.user_id` })}
      FROM (${active}) active WHERE TRUE ON CONFLICT DO NOTHING`,
    // As many rows as a bite may add, of days that no further event can be of.
    sql`DELETE FROM ${dailyUsers} WHERE (${dailyUsers.day}, ${dailyUsers.userId}) IN (
      SELECT ${dailyUsers.day}, ${dailyUsers.userId} FROM ${dailyUsers}
      WHERE ${dailyUsers.day} < (SELECT ${dayOf} - 1 FROM ${auditEvents}
        WHERE ${auditEvents.id} <= ${last} ORDER BY ${auditEvents.id} DESC LIMIT 1)
      ORDER BY ${dailyUsers.day} LIMIT ${most})`,
    sql`DELETE FROM ${dailyCounts} WHERE ${dailyCounts.day} < ${oldest}`,
    sql`${insertInto(countedEvents, { id: 1, lastId: last })} WHERE TRUE
      ON CONFLICT (id) DO UPDATE ${set(countedEvents, {
        lastId: sql`MAX(${countedEvents.lastId}, ${excluded(countedEvents.lastId)})`,
      })}`,
  ].map(statement)
}
