// A user as a row of D1.
import { getTableColumns } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { User } from '../core/records.ts'
import { once } from '../protocol/once.ts'
import { users } from './schema/people.ts'
import { selection, type Row } from './sql.ts'

const selected = selection(getTableColumns(users), 'user.')

/** What is selected of `users`, beside the columns of other tables. */
export const userColumns = selected.columns

export function userOf(row: Row): User {
  const user = selected.read(row)
  return { ...user, claims: claimsOf(user.claims) }
}

const claimsSchema = once(() => z.record(z.string(), z.unknown()))

const claimsOf = (text: string): Record<string, unknown> =>
  text === '{}' ? {} : claimsSchema().parse(JSON.parse(text))
