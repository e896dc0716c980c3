// Changes of a row that was read before. D1 decides whether the row is still as it was read.
import type { SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { Conflict } from './database.ts'
import { usedIdentifiers } from './schema/grants.ts'
import { insertInto, sql, statement, type Statement } from './sql.ts'

/**
 * Refuses the whole batch with a Conflict if `condition` is not true of the row that `key` finds: the
 * statement then inserts that row a second time. An UPDATE that matches nothing would not stop a batch.
 */
export const failUnless = (table: SQLiteTable, key: SQL, condition: SQL): Statement =>
  statement(
    sql`INSERT INTO ${table} SELECT * FROM ${table} WHERE ${key} AND (${condition}) IS NOT TRUE`,
  )

/** Waits for a batch; false if `failUnless` or a unique column refused it. */
export async function isDone(batch: Promise<unknown>): Promise<boolean> {
  try {
    await batch
    return true
  } catch (failure) {
    if (failure instanceof Conflict) return false
    throw failure
  }
}

/** How often a change is tried while others come first. */
const mostRounds = 20

/**
 * Finds a row and changes it, and starts again if another change came first: `write` demands by
 * `failUnless` that `updated_at`, which only rises, is as it was read. Returns null if there is no such
 * row.
 * @throws Conflict if another unique column refuses the change; temporarily_unavailable if other
 *   changes come first too often
 */
export async function changeRow<Stored extends { updatedAt: number }, Result>(
  find: () => Promise<Stored | null>,
  write: (before: Stored) => Promise<Result>,
): Promise<Result | null> {
  let last: { updatedAt: number; conflict: Conflict } | undefined
  for (let round = 0; round < mostRounds; round++) {
    const before = await find()
    if (before === null) return null
    // The last round conflicted although nobody changed the row: another unique column refused it.
    if (before.updatedAt === last?.updatedAt) throw last.conflict
    try {
      return await write(before)
    } catch (failure) {
      if (!(failure instanceof Conflict)) throw failure
      last = { updatedAt: before.updatedAt, conflict: failure }
    }
  }
  throw temporarilyUnavailable(new Error('too many changes of one row at once'))
}

/** Returns the `updated_at` for a changed row, in seconds: always later than before. */
export const nextVersion = (before: { updatedAt: number }, now: number): number =>
  Math.max(now, before.updatedAt + 0.001)

/**
 * Refuses the whole batch with a Conflict unless `condition` holds: the statement then inserts one key
 * twice. It works without a row that `failUnless` could find.
 */
export const demanding = (condition: SQL): SQL =>
  sql`${insertInto(usedIdentifiers, { digest: '-', expiresAt: 0 })}
    FROM json_each('[1,2]') WHERE (${condition}) IS NOT TRUE`

/** `demanding` as a statement for one call. */
export const demand = (condition: SQL): Statement => statement(demanding(condition))
