// What cron deletes, each in bounded bites over an index, so that nobody waits for it.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Cleaner } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import {
  clients,
  grants,
  interactions,
  logoutNotices,
  parkedCodes,
  registrationTokens,
  revokedTokens,
  usedIdentifiers,
} from './schema/grants.ts'
import { registrationWindow } from './registrations.ts'
import { sessions, signInAttempts, upstreamStates } from './schema/people.ts'
import { type Statement, set, sql, statement } from './sql.ts'
import { grantEnd } from './unneeded-clients.ts'

// A code lives 10 minutes at most: until then, and 5 minutes more, its grant tells a replay.
const codeMargin = 900

// So that the operator sees why a registration was refused.
const tokenMargin = 86_400

/** The rows of one table that expire. */
type Expiring = {
  /** What names a row. */
  key: SQLiteColumn
  /** The indexed column that must have passed. */
  column: SQLiteColumn
  /** Another that must, too. */
  also?: SQLiteColumn
  /** Seconds. */
  margin: number
}

const expiring = (triesWindow: number): Expiring[] => [
  { key: interactions.digest, column: interactions.expiresAt, margin: 0 },
  { key: parkedCodes.digest, column: parkedCodes.expiresAt, margin: 0 },
  { key: usedIdentifiers.digest, column: usedIdentifiers.expiresAt, margin: 120 },
  { key: upstreamStates.digest, column: upstreamStates.expiresAt, margin: 0 },
  { key: revokedTokens.jti, column: revokedTokens.expiresAt, margin: 120 },
  { key: sessions.id, column: sessions.absoluteExpiresAt, margin: codeMargin },
  { key: logoutNotices.id, column: logoutNotices.expiresAt, margin: 0 },
  { key: registrationTokens.id, column: registrationTokens.expiresAt, margin: tokenMargin },
  {
    key: signInAttempts.bucket,
    column: signInAttempts.windowStartedAt,
    margin: Math.max(triesWindow, registrationWindow),
  },
]

const expiringGrants: Expiring = {
  key: grants.id,
  column: grants.absoluteExpiresAt,
  // An access token may outlive the refresh tokens of its grant, and lives by the row.
  also: grants.accessExpiresAt,
  margin: codeMargin,
}

/** The keys of the next rows to go, by the index. */
const due = ({ key, column, also = column }: Expiring, before: number, most: number): SQL => sql`
  SELECT ${key} FROM ${key.table} WHERE ${column} < ${before} AND ${also} < ${before}
  ORDER BY ${column} LIMIT ${most}`

/** `unless` is a condition under which a row that is due stays. */
const removal = (rows: Expiring, now: number, most: number, unless: SQL = sql`0`): Statement =>
  statement(sql`
    DELETE FROM ${rows.key.table}
    WHERE ${rows.key} IN (${due(rows, now - rows.margin, most)}) AND NOT (${unless})
    RETURNING 1`)

/** When the session will end of whose end a grant's client is to be told; NULL where there is none. */
const sessionEnd = (before: number): SQL => sql`(
  SELECT ${sessions.absoluteExpiresAt}
  FROM ${sessions} JOIN ${clients} ON ${clients.id} = ${grants.clientId}
  WHERE ${sessions.id} = ${grants.sessionId} AND ${grants.revokedAt} IS NULL
    AND ${sessions.endedAt} IS NULL AND ${sessions.absoluteExpiresAt} > ${before}
    AND json_extract(${clients.metadata}, '$.backchannel_logout_uri') IS NOT NULL)`

/**
 * A grant stays as long as the session whose end its client is to be told of (OpenID Connect
 * Back-Channel Logout 1.0). Its own end moves there, so that it is looked at once and not in every
 * run; `idle_expires_at`, which was never later, keeps its refresh tokens expired.
 */
function grantRemoval(now: number, most: number): Statement[] {
  const before = now - expiringGrants.margin
  const end = sessionEnd(before)
  return [
    statement(sql`
      UPDATE ${grants} ${set(grants, { absoluteExpiresAt: end })}
      WHERE ${grants.id} IN (${due(expiringGrants, before, most)}) AND ${end} IS NOT NULL`),
    noteOfGrants(before, most),
    // Further rows have become due: among them may be others to keep.
    removal(expiringGrants, now, most, sql`${end} IS NOT NULL`),
  ]
}

/** A registered client's row says when its grants had ended, to within a day: they cannot any more. */
function noteOfGrants(before: number, most: number): Statement {
  const isGoing = sql`${grants.id} IN (${due(expiringGrants, before, most)})`
  const end = sql`(SELECT MAX(${grantEnd}) FROM ${grants}
    WHERE ${grants.clientId} = ${clients.id} AND ${isGoing})`
  return statement(sql`
    UPDATE ${clients} ${set(clients, { grantedUntil: end })}
    WHERE ${clients.id} IN (SELECT ${grants.clientId} FROM ${grants} WHERE ${isGoing})
      AND ${clients.keptUntil} IS NOT NULL
      AND COALESCE(${clients.grantedUntil}, 0) < ${end} - 86400`)
}

export const openCleaner = (database: Database): Cleaner => ({
  async removeExpired(now, most, triesWindow) {
    let removed = 0
    for (const rows of expiring(triesWindow)) {
      removed += (await database.all(removal(rows, now, most))).length
    }
    // One transaction: no session can end or go on between the two.
    const results = await database.batch(grantRemoval(now, most))
    return removed + (results.at(-1)?.length ?? 0)
  },
})
