// Changes of a row that was read before: D1 decides whether it is still the one that was read.
import type { SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { Conflict } from './database.ts'
import { sql, statement, type Statement } from './sql.ts'

/**
 * Refuses the whole batch with a Conflict where `condition` does not hold of the row that `key`
 * finds: it would insert that row once more. An UPDATE that matches nothing would not stop the batch.
 */
export const failUnless = (table: SQLiteTable, key: SQL, condition: SQL): Statement =>
  statement(
    sql`INSERT INTO ${table} SELECT * FROM ${table} WHERE ${key} AND (${condition}) IS NOT TRUE`,
  )

/** Whether a batch was done: false where `failUnless` or a unique column refused it. */
export async function isDone(batch: Promise<unknown>): Promise<boolean> {
  try {
    await batch
    return true
  } catch (failure) {
    if (failure instanceof Conflict) return false
    throw failure
  }
}

/** How often a change is tried again where others come first. */
const mostRounds = 20

/**
 * Finds a row, writes what becomes of it, and starts again where another change came first: `write`
 * demands by `failUnless` that `updated_at`, which only rises, is as it was read. Null if there is no
 * such row.
 *
 * @throws Conflict where another unique column refuses the change
 */
export async function changeRow<Stored extends { updatedAt: number }, Result>(
  find: () => Promise<Stored | null>,
  write: (before: Stored) => Promise<Result>,
): Promise<Result | null> {
  let last: { updatedAt: number; conflict: Conflict } | undefined
  for (let round = 0; round < mostRounds; round++) {
    const before = await find()
    if (before === null) return null
    // The last round conflicted and yet nobody changed the row: then it was another unique column.
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

/** The `updated_at` of a changed row. */
export const nextVersion = (before: { updatedAt: number }, now: number): number =>
  Math.max(now, before.updatedAt + 0.001)
