// What cron deletes, in bounded bites, so that no request waits for it. Most tables have an index of
// their expiry. Those that a request writes to before it has an answer have none: an index would cost a
// row for each insertion, a sweep in the order of the key costs a thousandth of that for each row that
// it reads.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Cleaner, Sweep } from '../core/server/storage.ts'
import { timeOrderedId } from '../crypto/secret.ts'
import type { Database } from './database.ts'
import {
  clients,
  deviceCodes,
  grants,
  interactions,
  logoutNotices,
  parkedCodes,
  registrationTokens,
  revokedTokens,
  usedIdentifiers,
} from './schema/grants.ts'
import { importChunks, importClaims } from './schema/imports.ts'
import { registrationWindow } from './registrations.ts'
import { mailActions, mailCounts } from './schema/mail.ts'
import { sessions, signInAttempts, upstreamStates } from './schema/people.ts'
import { adminTokens } from './schema/server.ts'
import { type Statement, selection, set, sql, statement, text } from './sql.ts'
import { grantEnd } from './unneeded-clients.ts'

// A code lives 10 minutes at most. Until then, and for 5 minutes more, its grant detects a replay.
const codeMargin = 900

// So that the operator sees why a registration, or a request of their own, was refused.
const tokenMargin = 86_400

// An import that is resumed later finds its users by their external ids.
const chunkMargin = 2_592_000

// A dry run takes minutes.
const claimsMargin = 172_800

/** The rows of one table that expire. */
type Expiring = {
  key: SQLiteColumn
  /** The instant of this column must have passed. */
  column: SQLiteColumn
  /** And so must the instant of this one. */
  also?: SQLiteColumn
  /** Seconds. */
  margin: number
}

const expiring: readonly Expiring[] = [
  { key: interactions.digest, column: interactions.expiresAt, margin: 0 },
  { key: parkedCodes.digest, column: parkedCodes.expiresAt, margin: 0 },
  { key: upstreamStates.digest, column: upstreamStates.expiresAt, margin: 0 },
  { key: revokedTokens.jti, column: revokedTokens.expiresAt, margin: 120 },
  { key: logoutNotices.id, column: logoutNotices.expiresAt, margin: 0 },
  { key: mailActions.digest, column: mailActions.expiresAt, margin: 0 },
  { key: adminTokens.id, column: adminTokens.expiresAt, margin: tokenMargin },
  { key: registrationTokens.id, column: registrationTokens.expiresAt, margin: tokenMargin },
  { key: importChunks.id, column: importChunks.createdAt, margin: chunkMargin },
]

/** The tables without an index of the column. */
const swept = (triesWindow: number): Expiring[] => [
  { key: usedIdentifiers.digest, column: usedIdentifiers.expiresAt, margin: 120 },
  { key: mailCounts.bucket, column: mailCounts.expiresAt, margin: 0 },
  { key: deviceCodes.digest, column: deviceCodes.expiresAt, margin: 120 },
  { key: sessions.id, column: sessions.absoluteExpiresAt, margin: codeMargin },
  {
    key: signInAttempts.bucket,
    column: signInAttempts.windowStartedAt,
    margin: Math.max(triesWindow, registrationWindow),
  },
]

const expiringGrants: Expiring = {
  key: grants.id,
  column: grants.absoluteExpiresAt,
  // An access token may outlive the refresh tokens of its grant, and needs the row.
  also: grants.accessExpiresAt,
  margin: codeMargin,
}

/** Selects the keys of the rows that expired first, by the index. */
const due = ({ key, column, also = column }: Expiring, before: number, most: number): SQL => sql`
  SELECT ${key} FROM ${key.table} WHERE ${column} < ${before} AND ${also} < ${before}
  ORDER BY ${column} LIMIT ${most}`

/** Deletes expired rows. `unless` is a condition under which an expired row stays. */
const removal = (rows: Expiring, now: number, most: number, unless: SQL = sql`0`): Statement =>
  statement(sql`
    DELETE FROM ${rows.key.table}
    WHERE ${rows.key} IN (${due(rows, now - rows.margin, most)}) AND NOT (${unless})
    RETURNING 1`)

/** Selects when the session ends whose end the grant's client is told of; NULL if there is none. */
const sessionEnd = (before: number): SQL => sql`(
  SELECT ${sessions.absoluteExpiresAt}
  FROM ${sessions} JOIN ${clients} ON ${clients.id} = ${grants.clientId}
  WHERE ${sessions.id} = ${grants.sessionId} AND ${grants.revokedAt} IS NULL
    AND ${sessions.endedAt} IS NULL AND ${sessions.absoluteExpiresAt} > ${before}
    AND json_extract(${clients.metadata}, '$.backchannel_logout_uri') IS NOT NULL)`

/**
 * Deletes expired grants. A grant stays as long as the session whose end its client is told of (OpenID
 * Connect Back-Channel Logout 1.0): its absolute expiry moves there, so that the next runs skip it.
 * `idle_expires_at`, which was never later, keeps its refresh tokens expired.
 */
function grantRemoval(now: number, most: number): Statement[] {
  const before = now - expiringGrants.margin
  const end = sessionEnd(before)
  return [
    statement(sql`
      UPDATE ${grants} ${set(grants, { absoluteExpiresAt: end })}
      WHERE ${grants.id} IN (${due(expiringGrants, before, most)}) AND ${end} IS NOT NULL`),
    noteOfGrants(before, most),
    // Other rows have moved to the front, and some of them may have to stay, too.
    removal(expiringGrants, now, most, sql`${end} IS NOT NULL`),
  ]
}

/** Notes in a registered client's row when its grants ended, to within a day, before they go. */
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

/** Deletes what old dry runs have claimed: the ids of imports begin with their time. */
const claimRemoval = (now: number, most: number): Statement =>
  statement(sql`DELETE FROM ${importClaims} WHERE ${importClaims.id} IN (
    SELECT ${importClaims.id} FROM ${importClaims}
    WHERE ${importClaims.id} < ${timeOrderedId(now - claimsMargin)} LIMIT ${most}) RETURNING 1`)

/** Sweeps one table. The first statement finds the last key of the bite, the second one deletes. */
const sweepOf = (database: Database, { key, column, margin }: Expiring): Sweep => {
  const selectedKey = selection({ key: text(sql`${key}`) })
  return async (after, now, most) => {
    const row = await database.first(
      statement(sql`SELECT ${selectedKey.columns} FROM ${key.table} WHERE ${key} > ${after}
        ORDER BY ${key} LIMIT 1 OFFSET ${most - 1}`),
    )
    const last = row === null ? null : selectedKey.read(row).key
    await database.all(
      statement(sql`DELETE FROM ${key.table} WHERE ${key} > ${after}
        ${last === null ? sql`` : sql`AND ${key} <= ${last}`} AND ${column} < ${now - margin}`),
    )
    return last
  }
}

/** Opens the deletion of expired rows. */
export const openCleaner = (database: Database): Cleaner => ({
  async removeExpired(now, most) {
    let removed = 0
    for (const rows of expiring) {
      removed += (await database.all(removal(rows, now, most))).length
    }
    removed += (await database.all(claimRemoval(now, most))).length
    // One transaction: no session can end or go on between the two.
    const results = await database.batch(grantRemoval(now, most))
    return removed + (results.at(-1)?.length ?? 0)
  },
  sweeps: (triesWindow) => swept(triesWindow).map((rows) => sweepOf(database, rows)),
})
