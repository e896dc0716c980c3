import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { sql } from './sql.ts'

/**
 * Selects the id of the master key that a user's password hash is sealed under (`...k=<id>$...`), or
 * NULL. The index `users_by_password_key` is over exactly this expression, so its values are literals.
 */
export const passwordKeyId = (hash: SQLiteColumn | SQL): SQL =>
  sql`CASE WHEN instr(${hash}, 'k=') > 0 THEN
  substr(${hash}, instr(${hash}, 'k=') + 2,
    instr(substr(${hash}, instr(${hash}, 'k=') + 2), '$') - 1) END`
