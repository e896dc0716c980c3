// Users as an administrator creates, lists, changes and deletes them.
import type { User, UserAdministration } from '../core/people/storage.ts'
import { resetPassword } from '../crypto/stored-password.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { mailActionInsertion } from './mail-actions.ts'
import { credentials } from './schema/factors.ts'
import { users } from './schema/people.ts'
import { set, sql, statement } from './sql.ts'
import { changeUser, createUser } from './user-changes.ts'
import { deletionOfUser, isDeleted } from './user-deletion.ts'
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
    return isDeleted(await database.batch(deletionOfUser(id, audit)))
  },
})
