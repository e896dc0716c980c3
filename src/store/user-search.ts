// The list of users under filters. Each filter has an index, and a page goes on where the last one ended
// in the order of that index: the ten thousandth page costs what the first one does.
import type { SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { foldLoginName } from '../core/people/login-name.ts'
import type { User, UserFilter } from '../core/people/storage.ts'
import type { Page } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { loginNames, users } from './schema/people.ts'
import { type Selected, optional, selection, sql, statement, text, verbatim } from './sql.ts'
import { wholeUser } from './user-rows.ts'

/** The name by which a user was found; NULL in the other orders. */
const found = { name: loginNames.foldedName }
const selectedName = selection(found)
const noName = selection({ name: optional(text(sql`NULL`)) })

/** Where the rows are, in which order, and from where on. */
type Order = { columns: SQL; source: SQL; after: SQL; by: SQL; cursorOf: (last: Found) => string }

type Found = { user: User; name: Selected<typeof found>['name'] | null }

/** Lists the users that a filter admits. */
export async function searchUsers(
  database: Database,
  filter: UserFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<User>> {
  const { columns, source, after, by, cursorOf } = orderOf(filter, cursor)
  const rows = await database.all(
    statement(sql`SELECT ${wholeUser.columns}, ${columns} FROM ${source}
      WHERE ${after} ${conditionsOf(filter)} ORDER BY ${by} LIMIT ${limit + 1}`),
  )
  const read = rows.map((row) => ({ user: wholeUser.read(row), name: noName.read(row).name }))
  const page = pageOf(read, limit, cursorOf)
  return {
    ...page,
    items: page.items.map(({ user }) => user).filter((user) => isNamed(user, filter)),
  }
}

/** A name finds the user who has it as a username or as an e-mail address; the filter says which. */
const isNamed = (user: User, { username, email }: UserFilter): boolean =>
  (username === undefined || foldLoginName(user.username) === username) &&
  (email === undefined || (user.email !== null && foldLoginName(user.email) === email))

function orderOf(filter: UserFilter, cursor: string | null): Order {
  if (filter.prefix !== undefined) return byName(filter.prefix, cursor)
  const isByCreation = filter.createdAfter !== undefined || filter.createdBefore !== undefined
  return isByCreation ? byCreation(cursor) : byId(filter, cursor)
}

const byId = ({ isDisabled, role }: UserFilter, cursor: string | null): Order => ({
  columns: noName.columns,
  // Few users are disabled, and SQLite does not know how few.
  source:
    isDisabled === true && role === undefined
      ? sql`${users} INDEXED BY ${verbatim('users_disabled')}`
      : sql`${users}`,
  after: sql`${users.id} > ${Number(cursor)}`,
  by: sql`${users.id}`,
  cursorOf: ({ user }) => String(user.id),
})

function byCreation(cursor: string | null): Order {
  const [createdAt = 0, id = 0] = cursor === null ? [] : cursor.split('-').map(Number)
  return {
    columns: noName.columns,
    source: sql`${users}`,
    after: sql`(${users.createdAt}, ${users.id}) > (${createdAt}, ${id})`,
    by: sql`${users.createdAt}, ${users.id}`,
    cursorOf: ({ user }) => `${user.createdAt}-${user.id}`,
  }
}

const other = alias(loginNames, 'other')

/** The first text, by code points, after all that begin with a prefix. */
const endOf = (prefix: string): string => `${prefix}\u{10ffff}`

/** A user whose names both begin with the prefix is listed at the first of them. */
const byName = (prefix: string, cursor: string | null): Order => ({
  columns: selectedName.columns,
  source: sql`${loginNames} JOIN ${users} ON ${users.id} = ${loginNames.userId}`,
  after: sql`${loginNames.foldedName} >= ${prefix} AND ${loginNames.foldedName} < ${endOf(prefix)}
    AND ${loginNames.foldedName} > ${cursor ?? ''}
    AND NOT EXISTS (SELECT 1 FROM ${loginNames} ${other} WHERE ${other.userId} = ${users.id}
      AND ${other.foldedName} >= ${prefix} AND ${other.foldedName} < ${loginNames.foldedName})`,
  by: sql`${loginNames.foldedName}`,
  cursorOf: ({ name }) => name ?? '',
})

const named = (name: string): SQL =>
  sql`AND ${users.id} = (SELECT ${loginNames.userId} FROM ${loginNames}
    WHERE ${loginNames.foldedName} = ${name})`

function conditionsOf(filter: UserFilter): SQL {
  const { username, email, sub, isDisabled, role, createdAfter, createdBefore } = filter
  return sql`${username === undefined ? sql`` : named(username)}
    ${email === undefined ? sql`` : named(email)}
    ${sub === undefined ? sql`` : sql`AND ${users.sub} = ${sub}`}
    ${isDisabled === undefined ? sql`` : isDisabled ? sql`AND ${users.disabledAt} IS NOT NULL` : sql`AND ${users.disabledAt} IS NULL`}
    ${role === undefined ? sql`` : sql`AND ${users.role} = ${role}`}
    ${createdAfter === undefined ? sql`` : sql`AND ${users.createdAt} >= ${createdAfter}`}
    ${createdBefore === undefined ? sql`` : sql`AND ${users.createdAt} < ${createdBefore}`}`
}
