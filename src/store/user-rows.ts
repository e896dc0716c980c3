// Users as rows of D1.
import { getTableColumns, type SQL } from 'drizzle-orm'
import type { User } from '../core/people/storage.ts'
import type { Database } from './database.ts'
import { loginNames, users } from './schema/people.ts'
import { type Statement, number, prepared, selection, sql } from './sql.ts'
import { epochStart } from './standing.ts'

/**
 * Every column of `users`, under names that keep them apart from those of other tables. The epoch ends
 * what is older, as the user's own instant does.
 */
export const wholeUser = selection(
  {
    ...getTableColumns(users),
    notBefore: number(sql`MAX(${users.notBefore}, ${epochStart})`),
  },
  'user.',
)

/** Returns the query for the users that meet a condition. */
export const userWhere = (condition: SQL): SQL =>
  sql`SELECT ${wholeUser.columns} FROM ${users} WHERE ${condition}`

/** Returns the query for the user of a folded username or e-mail address. */
export const userByName = prepared<{ foldedName: string }>(({ foldedName }) =>
  userWhere(sql`${users.id} = (SELECT ${loginNames.userId} FROM ${loginNames}
    WHERE ${loginNames.foldedName} = ${foldedName})`),
)

/** Runs a query of `userWhere` for one user; null if there is none. */
export async function findUser(database: Database, query: Statement): Promise<User | null> {
  const row = await database.first(query)
  return row === null ? null : wholeUser.read(row)
}
