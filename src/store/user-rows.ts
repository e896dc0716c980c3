// Users as rows of D1.
import { getTableColumns, type SQL } from 'drizzle-orm'
import type { User } from '../core/people/storage.ts'
import type { Database } from './database.ts'
import { users } from './schema/people.ts'
import { type Statement, selection, sql } from './sql.ts'

/** All of `users`, beside the columns of other tables. */
export const wholeUser = selection(getTableColumns(users), 'user.')

/** The query for users that meet a condition. */
export const userWhere = (condition: SQL): SQL =>
  sql`SELECT ${wholeUser.columns} FROM ${users} WHERE ${condition}`

/** The user whom a query of `userWhere` finds. */
export async function findUser(database: Database, query: Statement): Promise<User | null> {
  const row = await database.first(query)
  return row === null ? null : wholeUser.read(row)
}
