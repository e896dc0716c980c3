// What cron deletes, each in bounded bites over an index, so that nobody waits for it.
import type { Cleaner } from '../core/store.ts'
import { statement, type Database, type Statement } from './database.ts'

// A code lives 10 minutes at most: until then, and 5 minutes more, its grant tells a replay.
const codeMargin = 900

type Expiring = {
  table: string
  key: string
  /** The indexed column that must have passed. */
  column: string
  /** Another that must, too. */
  also?: string
  /** Seconds. */
  margin: number
}

const tables = (triesWindow: number): Expiring[] => [
  { table: 'interactions', key: 'digest', column: 'expires_at', margin: 0 },
  { table: 'parked_codes', key: 'digest', column: 'expires_at', margin: 0 },
  { table: 'used_identifiers', key: 'digest', column: 'expires_at', margin: 120 },
  { table: 'upstream_states', key: 'digest', column: 'expires_at', margin: 0 },
  { table: 'revoked_tokens', key: 'jti', column: 'expires_at', margin: 120 },
  { table: 'sessions', key: 'id', column: 'absolute_expires_at', margin: codeMargin },
  { table: 'logout_notices', key: 'id', column: 'expires_at', margin: 0 },
  {
    table: 'sign_in_attempts',
    key: 'bucket',
    column: 'window_started_at',
    margin: triesWindow,
  },
]

const grants: Expiring = {
  table: 'grants',
  key: 'id',
  column: 'absolute_expires_at',
  // An access token may outlive the refresh tokens of its line, and lives by the row.
  also: 'access_expires_at',
  margin: codeMargin,
}

/** The keys of the next rows to go, by the index: ?1 = the instant, ?2 = how many. */
const due = ({ table, key, column, also = column }: Expiring): string =>
  `SELECT ${key} FROM ${table} WHERE ${column} < ?1 AND ${also} < ?1 ORDER BY ${column} LIMIT ?2`

const removal = (expiring: Expiring, now: number, most: number, unless = '0'): Statement =>
  statement(
    `DELETE FROM ${expiring.table} WHERE ${expiring.key} IN (${due(expiring)}) AND NOT (${unless})
     RETURNING 1`,
    now - expiring.margin,
    most,
  )

/** When the session will end of whose end a line's client is to be told; NULL where there is none. */
const sessionEnd = `(SELECT s.absolute_expires_at
  FROM sessions s JOIN clients c ON c.id = grants.client_id
  WHERE s.id = grants.session_id AND grants.revoked_at IS NULL
    AND s.ended_at IS NULL AND s.absolute_expires_at > ?1
    AND json_extract(c.metadata, '$.backchannel_logout_uri') IS NOT NULL)`

/**
 * A line stays as long as the session whose end its client is to be told of (OpenID Connect
 * Back-Channel Logout 1.0). Its own end moves there, so that it is looked at once and not in every
 * run; `idle_expires_at`, which was never later, keeps its refresh tokens expired.
 */
const keeping = (now: number, most: number): Statement =>
  statement(
    `UPDATE grants SET absolute_expires_at = ${sessionEnd}
     WHERE id IN (${due(grants)}) AND ${sessionEnd} IS NOT NULL`,
    now - grants.margin,
    most,
  )

export const openCleaner = (database: Database): Cleaner => ({
  async removeExpired(now, most, triesWindow) {
    let removed = 0
    for (const expiring of tables(triesWindow)) {
      const rows = await database.all(removal(expiring, now, most))
      removed += rows.length
    }
    // One transaction: no session can end or go on between the two.
    const [, lines = []] = await database.batch([
      keeping(now, most),
      // Further rows have become due: among them may be others to keep.
      removal(grants, now, most, `${sessionEnd} IS NOT NULL`),
    ])
    return removed + lines.length
  },
})
