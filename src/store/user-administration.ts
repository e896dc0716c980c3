// Users as an administrator creates, lists, changes and deletes them.
import type { User, UserAdministration } from '../core/people/storage.ts'
import { resetPassword } from '../crypto/stored-password.ts'
import { auditIfChanged } from './audit.ts'
import { forgetOfUser } from './consents.ts'
import type { Database } from './database.ts'
import { noticesOfUser } from './logout-notices.ts'
import { mailActionInsertion } from './mail-actions.ts'
import { endingOfUser } from './revocations.ts'
import { credentials } from './schema/factors.ts'
import { mailActions, mails } from './schema/mail.ts'
import { loginNames, providerLinks, sessions, users } from './schema/people.ts'
import { type Statement, set, sql, statement } from './sql.ts'
import { changeUser, createUser } from './user-changes.ts'
import { searchUsers } from './user-search.ts'

/** Opens the administration of users. */
export const openUserAdministration = (database: Database): UserAdministration => ({
  create: (user, audit) => createUser(database, user, audit),
  list: (filter, now, limit, cursor) => searchUsers(database, filter, now, limit, cursor),
  change: (id, decide, endsEverything, audit, suspicion) =>
    changeUser(database, id, decide, endsEverything, audit, suspicion),
  async startReset(id, link, check, suspicion, audit) {
    const withoutPassword = (user: User) => {
      check(user)
      return { passwordHash: resetPassword }
    }
    const beside = [mailActionInsertion(id, link)]
    const user = await changeUser(database, id, withoutPassword, true, audit, suspicion, beside)
    if (user === 'taken') throw new Error('a reset changes no name')
    return user
  },
  async removeSecondFactors(id, audit) {
    await database.batch([
      statement(sql`UPDATE ${users} ${set(users, { sealedTotp: null, userHandle: null })}
        WHERE ${users.id} = ${id}
          AND (${users.sealedTotp} IS NOT NULL OR ${users.userHandle} IS NOT NULL)`),
      auditIfChanged(audit),
      statement(sql`DELETE FROM ${credentials} WHERE ${credentials.userId} = ${id}`),
    ])
  },
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
  ...[sessions, providerLinks, loginNames, mailActions, mails, credentials].map((table) =>
    statement(sql`DELETE FROM ${table} WHERE ${table.userId} = ${id}`),
  ),
  ...forgetOfUser({ userId: id }),
]
