import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { sql } from './sql.ts'

/**
 * Selects the name of a client from its metadata as searches compare it: without the case of A to Z. The
 * index `clients_by_name` is over exactly this expression.
 */
export const clientNameKey = (metadata: SQLiteColumn | SQL): SQL =>
  sql`lower(json_extract(${metadata}, '$.client_name'))`

/** Returns a text as `clientNameKey` selects one. */
export const foldClientName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
