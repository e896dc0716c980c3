// What is in storage, for metrics: counted through an index, and up to a bound.
import type { SQL } from 'drizzle-orm'
import type { GaugeStore } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import { grants, logoutNotices, revocationOutbox } from './schema/grants.ts'
import { sessions } from './schema/people.ts'
import { number, optional, selection, sql, statement } from './sql.ts'

const mostCounted = 100_000

const counted = selection({ rows: number(sql`COUNT(*)`) })
const oldest = selection({
  rows: number(sql`COUNT(*)`),
  since: optional(number(sql`MIN(looked.since)`)),
})

const counting = (rows: SQL) =>
  statement(sql`SELECT ${counted.columns} FROM (SELECT 1 FROM ${rows} LIMIT ${mostCounted}) looked`)

/** Opens the gauges. */
export const openGauges = (database: Database): GaugeStore => ({
  async read(now) {
    const { rows, size } = await database.measuredBatch([
      counting(sql`${grants} WHERE ${grants.absoluteExpiresAt} > ${now}
        AND ${grants.idleExpiresAt} > ${now} AND ${grants.revokedAt} IS NULL`),
      // Sessions have no index of their expiry: this one walks through their ids.
      counting(sql`${sessions} WHERE ${sessions.id} > '' AND ${sessions.endedAt} IS NULL
        AND ${sessions.idleExpiresAt} > ${now} AND ${sessions.absoluteExpiresAt} > ${now}`),
      counting(sql`${logoutNotices} WHERE ${logoutNotices.expiresAt} > ${now}`),
      statement(sql`SELECT ${oldest.columns} FROM (
        SELECT ${revocationOutbox.revokedAt} AS since FROM ${revocationOutbox}
        LIMIT ${mostCounted}) looked`),
    ])
    const [ofGrants, ofSessions, ofNotices, ofOutbox] = rows.map(([row = {}]) => row)
    const count = (row = {}): number => counted.read(row).rows
    const { rows: waitingRevocations, since } = oldest.read(ofOutbox ?? {})
    return {
      liveGrants: count(ofGrants),
      liveSessions: count(ofSessions),
      waitingLogoutNotices: count(ofNotices),
      waitingRevocations,
      oldestRevocation: since,
      databaseSize: size,
    }
  },
})
