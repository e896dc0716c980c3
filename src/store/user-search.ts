// The list of users under filters. Each filter has an index, and a page goes on where the last one ended
// in the order of that index: the ten thousandth page costs what the first one does. Of several filters
// one leads, and the others are asked of the rows that it finds.
import type { SQL } from 'drizzle-orm'
import { alias, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { lastNoteBefore } from '../core/people/last-sign-in.ts'
import { foldLoginName } from '../core/people/login-name.ts'
import type { User, UserFilter } from '../core/people/storage.ts'
import type { Page } from '../core/server/storage.ts'
import { type Position, allOf, listBounded, positionOf } from './bounded-list.ts'
import type { Database } from './database.ts'
import { loginNames, users } from './schema/people.ts'
import { sql, verbatim } from './sql.ts'
import { wholeUser } from './user-rows.ts'

/** Lists the users that a filter admits. */
export async function searchUsers(
  database: Database,
  filter: UserFilter,
  now: number,
  limit: number,
  cursor: string | null,
): Promise<Page<User>> {
  const { answers, source, value, first, after } = leadOf(filter)
  const conditions = conditionsOf(filter, now)
  // Who is found by a name has it: the source of `byName` says so already.
  const led = conditions
    .filter(({ of }) => answers.includes(of) && of !== 'prefix')
    .map(({ holds }) => holds)
  const others = conditions.filter(({ of }) => !answers.includes(of)).map(({ holds }) => holds)
  const isAfter = after(...(cursor === null ? first : positionOf(cursor)))
  const page = await listBounded(database, {
    limit,
    looked: sql`SELECT ${value} AS value, ${users.id} AS key FROM ${source}
      WHERE ${allOf([isAfter, ...led])} ORDER BY ${value}, ${users.id}`,
    columns: wholeUser.columns,
    read: wholeUser.read,
    join: sql`JOIN ${users} ON ${users.id} = looked.key`,
    others,
  })
  return { ...page, items: page.items.filter((user) => isNamed(user, filter)) }
}

/** A name finds the user who has it as a username or as an e-mail address; the filter says which. */
const isNamed = (user: User, { username, email }: UserFilter): boolean =>
  (username === undefined || foldLoginName(user.username) === username) &&
  (email === undefined || (user.email !== null && foldLoginName(user.email) === email))

type Name = keyof UserFilter

/** Returns the condition over `users` of each filter that is there. */
function conditionsOf(filter: UserFilter, now: number): { of: Name; holds: SQL }[] {
  const { username, email, sub, externalId, importId, managedBy, prefix } = filter
  const { isDisabled, role, createdAfter, createdBefore, notSignedInSince } = filter
  const conditions: [of: Name, holds: SQL | false][] = [
    ['username', username !== undefined && named(username)],
    ['email', email !== undefined && named(email)],
    ['sub', sub !== undefined && sql`${users.sub} = ${sub}`],
    ['externalId', externalId !== undefined && sql`${users.externalId} = ${externalId}`],
    ['importId', importId !== undefined && sql`${users.importId} = ${importId}`],
    ['managedBy', managedBy !== undefined && sql`${users.managedBy} = ${managedBy}`],
    ['prefix', prefix !== undefined && hasNameFrom(prefix)],
    ['isDisabled', isDisabled === true && sql`${users.disabledAt} IS NOT NULL`],
    ['isDisabled', isDisabled === false && sql`${users.disabledAt} IS NULL`],
    ['role', role !== undefined && sql`${users.role} = ${role}`],
    ['createdAfter', createdAfter !== undefined && sql`${users.createdAt} >= ${createdAfter}`],
    ['createdBefore', createdBefore !== undefined && sql`${users.createdAt} < ${createdBefore}`],
    [
      'notSignedInSince',
      notSignedInSince !== undefined &&
        sql`${users.lastSignedInAt} < ${lastNoteBefore(notSignedInSince, now)}`,
    ],
  ]
  return conditions.flatMap(([of, holds]) => (holds === false ? [] : [{ of, holds }]))
}

const named = (name: string): SQL =>
  sql`${users.id} = (SELECT ${loginNames.userId} FROM ${loginNames}
    WHERE ${loginNames.foldedName} = ${name})`

const beginning = alias(loginNames, 'beginning')

const hasNameFrom = (prefix: string): SQL =>
  sql`EXISTS (SELECT 1 FROM ${loginNames} ${beginning} WHERE ${beginning.userId} = ${users.id}
    AND ${startsWith(beginning.foldedName, prefix)})`

const startsWith = (name: SQLiteColumn, prefix: string): SQL =>
  sql`${name} >= ${prefix} AND ${name} < ${endOf(prefix)}`

/** The first text, by code points, after all that begin with a prefix. */
const endOf = (prefix: string): string => `${prefix}\u{10ffff}`

/** How an index leads through the users. */
type Lead = {
  /** The filters that it answers. */
  answers: readonly Name[]
  source: SQL
  /** What it orders the users by, before their ids. */
  value: SQL
  /** What comes before all users. */
  first: Position
  /** The condition that a user comes after the last one of a page. */
  after: (...last: Position) => SQL
}

function leadOf(filter: UserFilter): Lead {
  const { username, email, sub, externalId, importId, managedBy, prefix } = filter
  const { role, isDisabled, createdAfter, createdBefore, notSignedInSince } = filter
  if ((username ?? email ?? sub) !== undefined) return byId(['username', 'email', 'sub'])
  if (externalId !== undefined) return byId(['externalId'])
  if (prefix !== undefined) return byName(prefix)
  if ((createdAfter ?? createdBefore) !== undefined) {
    return byInstant(users.createdAt, ['createdAfter', 'createdBefore'])
  }
  if (notSignedInSince !== undefined) return byInstant(users.lastSignedInAt, ['notSignedInSince'])
  if (importId !== undefined) return byId(['importId'])
  if (managedBy !== undefined) return byId(['managedBy'])
  if (role !== undefined) return byId(['role'])
  // Few users are disabled, and SQLite does not know how few.
  return isDisabled === true
    ? byId(['isDisabled'], sql`${users} INDEXED BY ${verbatim('users_disabled')}`)
    : byId([])
}

const byId = (answers: readonly Name[], source = sql`${users}`): Lead => ({
  answers,
  source,
  value: sql`${users.id}`,
  first: [0, 0],
  after: (_value, id) => sql`${users.id} > ${id}`,
})

const byInstant = (column: SQLiteColumn, answers: readonly Name[]): Lead => ({
  answers,
  source: sql`${users}`,
  value: sql`${column}`,
  first: [-1, 0],
  after: (value, id) => sql`(${column}, ${users.id}) > (${value}, ${id})`,
})

const earlier = alias(loginNames, 'earlier')

/**
 * A user whose names both begin with the prefix is listed at the first of them. There is one lower bound:
 * of two, SQLite may search by the weaker one, and read every name before the prefix.
 */
const byName = (prefix: string): Lead => ({
  answers: ['prefix'],
  source: sql`${loginNames} CROSS JOIN ${users} ON ${users.id} = ${loginNames.userId}
    AND ${loginNames.foldedName} < ${endOf(prefix)}
    AND NOT EXISTS (SELECT 1 FROM ${loginNames} ${earlier} WHERE ${earlier.userId} = ${users.id}
      AND ${earlier.foldedName} >= ${prefix} AND ${earlier.foldedName} < ${loginNames.foldedName})`,
  value: sql`${loginNames.foldedName}`,
  first: ['', 0],
  after: (name) =>
    name === ''
      ? sql`${loginNames.foldedName} >= ${prefix}`
      : sql`${loginNames.foldedName} > ${name}`,
})
