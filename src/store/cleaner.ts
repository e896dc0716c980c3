// What cron deletes, each in bounded bites over an index, so that nobody waits for it.
import type { Cleaner } from '../core/store.ts'
import { statement, type Database } from './database.ts'

// A code lives 10 minutes at most: until then, and 5 minutes more, its grant tells a replay.
const codeMargin = 900

// A page left open too long can still say what was asked, to start again.
const interactionMargin = 86_400

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
  { table: 'interactions', key: 'digest', column: 'expires_at', margin: interactionMargin },
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
  {
    table: 'grants',
    key: 'id',
    column: 'absolute_expires_at',
    // An access token may outlive the refresh tokens of its line, and lives by the row.
    also: 'access_expires_at',
    margin: codeMargin,
  },
]

export const openCleaner = (database: Database): Cleaner => ({
  async removeExpired(now, most, triesWindow) {
    let removed = 0
    for (const { table, key, column, also = column, margin } of tables(triesWindow)) {
      const rows = await database.all(
        statement(
          `DELETE FROM ${table} WHERE ${key} IN
             (SELECT ${key} FROM ${table} WHERE ${column} < ?1 AND ${also} < ?1 ORDER BY ${column} LIMIT ?2)
           RETURNING 1`,
          now - margin,
          most,
        ),
      )
      removed += rows.length
    }
    return removed
  },
})
