// Users as an administrator creates, lists, changes and deletes them.
import type { UserAdministration } from '../core/people/storage.ts'
import { auditIfChanged } from './audit.ts'
import { forgetOfUser } from './consents.ts'
import type { Database } from './database.ts'
import { noticesOfUser } from './logout-notices.ts'
import { endingOfUser } from './revocations.ts'
import { loginNames, providerLinks, sessions, users } from './schema/people.ts'
import { type Statement, sql, statement } from './sql.ts'
import { changeUser, createUser } from './user-changes.ts'
import { searchUsers } from './user-search.ts'

/** Opens the administration of users. */
export const openUserAdministration = (database: Database): UserAdministration => ({
  create: (user, audit) => createUser(database, user, audit),
  list: (filter, limit, cursor) => searchUsers(database, filter, limit, cursor),
  change: (id, decide, endsEverything, audit, suspicion) =>
    changeUser(database, id, decide, endsEverything, audit, suspicion),
  async delete(id, audit) {
    const results = await database.batch([
      noticesOfUser({ userId: id, now: audit.at }),
      ...endingOfUser(id, audit.at, 'user.deleted'),
      ...belongings(id),
      statement(sql`DELETE FROM ${users} WHERE ${users.id} = ${id} RETURNING ${users.id}`),
      auditIfChanged(audit),
    ])
    return results.at(-2)?.length === 1
  },
})

/** Deletes what belongs to a user alone and is of no use without them. */
const belongings = (id: number): Statement[] => [
  ...[sessions, providerLinks, loginNames].map((table) =>
    statement(sql`DELETE FROM ${table} WHERE ${table.userId} = ${id}`),
  ),
  ...forgetOfUser({ userId: id }),
]
