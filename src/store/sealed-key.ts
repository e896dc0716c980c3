import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { sql } from './sql.ts'

/**
 * Selects the id of the master key that a value is sealed under (`<id>.<box>`), or NULL. The index
 * `users_by_totp_key` is over exactly this expression, so its values are literals.
 */
export const sealedKeyId = (sealed: SQLiteColumn | SQL): SQL =>
  sql`substr(${sealed}, 1, instr(${sealed}, '.') - 1)`
