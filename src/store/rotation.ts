// Refreshing in D1: of all requests with one refresh token, one finds its digest current. After a
// failure with unknown outcome the row's `last_operation` tells whose write it was.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Spending } from '../core/server/storage.ts'
import type { Rotation, RotationOutcome } from '../core/tokens/storage.ts'
import { auditWhere } from './audit.ts'
import type { Database } from './database.ts'
import { decideWithLook } from './decision.ts'
import { grantById, grantOfRow, selectedTurn } from './grant-rows.ts'
import { isStillGiven } from './granted-resources.ts'
import { clients, grants } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { type Placeholders, prepared, set, sql } from './sql.ts'
import { barred } from './standing.ts'

type RotationValues = Omit<
  Rotation,
  'retryable' | 'audit' | 'scope' | 'resource' | 'authorizationDetails' | 'nameable'
> & {
  retryableFrom: number
  retryableUntil: number
  countedUntil: number
  /** A JSON array of names; null = the request does not narrow the scope. */
  scope: string | null
  /** A JSON array of arrays of words; null = the request names no resource. */
  resource: string | null
  /** A JSON array of the texts of entries; null = the request names none. */
  authorizationDetails: string | null
  unregistered: boolean
  /** A JSON array of keys; null = the client's registration limits none. */
  listed: string | null
}

/**
 * Whether the grant gives the request what it asks for: it is the client's, it is bound to no other
 * key, its resources are still open to the client, and it covers the scope, the resources and the
 * authorization details that are named. A refusal writes nothing.
 */
const covers = (value: Placeholders<RotationValues>): SQL => sql`
  ${isTheirs(value)}
  AND ${isStillGiven(value, true)}
  AND NOT EXISTS (SELECT 1 FROM json_each(${value.scope}) asked
    WHERE NOT ${hasWord(grants.scope, sql`asked.value`)})
  AND NOT EXISTS (SELECT 1 FROM json_each(${value.resource}) asked
    WHERE NOT EXISTS (SELECT 1 FROM json_each(asked.value) word
      WHERE ${hasWord(grantedResources, sql`word.value`)}))
  AND NOT EXISTS (SELECT 1 FROM json_each(${value.authorizationDetails}) asked
    WHERE asked.value NOT IN (SELECT entry.value FROM json_each(${grants.authorizationDetails}) entry))`

/** As `covers` for a request that names nothing, of a client whose registration limits no resource. */
const coversWhole = (value: Placeholders<RotationValues>): SQL =>
  sql`${isTheirs(value)} AND ${isStillGiven(value, false)}`

const isTheirs = (value: Placeholders<RotationValues>): SQL => sql`
  ${grants.clientId} = ${value.clientId}
  AND (${grants.keyThumbprint} IS NULL OR ${grants.keyThumbprint} = ${value.keyThumbprint})`

/** Grants of the release before have no keys: their resources are compared by their spelling. */
const grantedResources = sql`COALESCE(${grants.resourceKeys}, ${grants.resource}, '')`

/** Whether words with a space between each two hold that word. */
const hasWord = (words: SQL | SQLiteColumn, word: SQL): SQL =>
  sql`instr(' ' || ${words} || ' ', ' ' || ${word} || ' ')`

/**
 * Of all requests with one digest, one finds it current. Where the refresh token does not rotate, each
 * finds it current, and none changes it. FAPI 2.0 5.3.2.1: "shall not use refresh token rotation".
 */
const rotating = (value: Placeholders<RotationValues>, isCovered: SQL): SQL => {
  const rotated = (next: SQL, current: SQLiteColumn): SQL =>
    sql`CASE WHEN ${value.rotates} AND ${grants.keyThumbprint} IS NULL
      THEN ${next} ELSE ${current} END`
  return sql`UPDATE ${grants} ${set(grants, {
    generation: rotated(sql`${grants.generation} + 1`, grants.generation),
    previousDigest: rotated(sql`${grants.currentDigest}`, grants.previousDigest),
    currentDigest: rotated(value.successorDigest, grants.currentDigest),
    rotatedAt: rotated(value.now, grants.rotatedAt),
    lastOperation: value.operation,
    firstRefresh: sql`COALESCE(${grants.firstRefresh}, ${value.operation})`,
    lastUsedAt: value.now,
    idleExpiresAt: sql`MIN(${value.idleExpiresAt}, ${grants.absoluteExpiresAt})`,
    accessExpiresAt: sql`MAX(${grants.accessExpiresAt}, ${value.accessExpiresAt})`,
  })}
  WHERE ${grants.id} = ${value.grantId} AND ${grants.currentDigest} = ${value.presentedDigest}
    AND ${isCovered} AND ${grants.revokedAt} IS NULL
    AND ${grants.idleExpiresAt} > ${value.now} AND ${grants.absoluteExpiresAt} > ${value.now}
    AND EXISTS (SELECT 1 FROM ${users} JOIN ${clients} ON ${clients.id} = ${grants.clientId}
      WHERE ${users.id} = ${grants.userId} AND NOT ${barred(value.now)})`
}

/** Most refreshes name nothing. Their statement is shorter: SQLite parses its text for every request. */
const rotatingWhole = prepared<RotationValues>((value) => rotating(value, coversWhole(value)))
const rotatingCovered = prepared<RotationValues>((value) => rotating(value, covers(value)))

/**
 * Counts the round where the digest is the one before: once a generation, however many ask at once. No
 * retry is answered uncounted but those that come so soon after the rotation that they do not count.
 */
const countingRetry = prepared<RotationValues>(
  (value) => sql`UPDATE ${grants} ${set(grants, {
    retriedGeneration: grants.generation,
    retryRounds: sql`CASE
      WHEN ${grants.retryRounds} >= 2 OR ${grants.retriedGeneration} = ${grants.generation} - 1
      THEN ${grants.retryRounds} + 1 ELSE 1 END`,
  })}
  WHERE ${grants.id} = ${value.grantId} AND ${grants.previousDigest} = ${value.presentedDigest}
    AND ${covers(value)} AND ${grants.revokedAt} IS NULL
    AND ${grants.rotatedAt} BETWEEN ${value.retryableFrom} AND ${value.retryableUntil}
    AND ${grants.rotatedAt} <= ${value.countedUntil}
    AND ${grants.retriedGeneration} IS NOT ${grants.generation}`,
)

const isFirstOf = ({ grantId, operation }: Placeholders<{ grantId: string; operation: string }>) =>
  sql`${grants.id} = ${grantId} AND ${grants.firstRefresh} = ${operation}`

/** Notes the first refresh alone: a row for each would double what a refresh costs. */
const auditOfFirst = auditWhere<{ grantId: string; operation: string }>(
  (value) => sql`EXISTS (SELECT 1 FROM ${grants} WHERE ${isFirstOf(value)})`,
  (value) => ({
    userId: sql`(SELECT ${grants.userId} FROM ${grants} WHERE ${isFirstOf(value)})`,
  }),
)

/** Refreshes a grant: the compare-and-set, and the row as it leaves it, in one batch. */
export async function rotate(
  database: Database,
  { retryable, audit, scope, resource, authorizationDetails, nameable, ...facts }: Rotation,
  spends: readonly Spending[],
): Promise<RotationOutcome> {
  const values = {
    ...facts,
    retryableFrom: retryable.from,
    retryableUntil: retryable.until,
    countedUntil: retryable.countedUntil,
    scope: scope === null ? null : JSON.stringify(scope),
    unregistered: nameable.unregistered,
    listed: nameable.listed === null ? null : JSON.stringify(nameable.listed),
    resource: resource === null ? null : JSON.stringify(resource),
    authorizationDetails:
      authorizationDetails === null ? null : JSON.stringify(authorizationDetails),
  }
  const isWhole =
    scope === null && resource === null && authorizationDetails === null && values.listed === null
  const rotated = isWhole ? rotatingWhole(values) : rotatingCovered(values)
  const look = grantById({ grantId: facts.grantId, now: facts.now })
  const { grantId, operation } = facts
  const statements = [
    rotated,
    ...(audit === null ? [] : [auditOfFirst(audit, { grantId, operation })]),
  ]
  const row = await decideWithLook(database, spends, statements, look, (found) => {
    const { currentDigest, lastOperation } = selectedTurn.read(found)
    return currentDigest === facts.presentedDigest && lastOperation !== facts.operation
  })
  if (row === null) return { refreshed: false, found: null }
  const found = grantOfRow(row)
  if (selectedTurn.read(row).lastOperation === facts.operation) {
    return { refreshed: true, found }
  }
  if (found.previousDigest !== facts.presentedDigest) return { refreshed: false, found }
  // A second batch, so that only a retry pays for being counted; the row is what it is after that.
  const [, [counted] = []] = await database.batch([countingRetry(values), look])
  return { refreshed: false, found: counted === undefined ? null : grantOfRow(counted) }
}
