// Accounts that people create by the link of a mail.
import type { SignUpStore } from '../core/people/sign-up/storage.ts'
import { auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { isUsed, mailActionInsertion, usingUp } from './mail-actions.ts'
import { mailInsertion } from './mails.ts'
import { users } from './schema/people.ts'
import { sql, statement } from './sql.ts'
import { createUser } from './user-changes.ts'
import { findUser, userWhere } from './user-rows.ts'

/** Opens the accounts that people create. */
export const openSignUps = (database: Database): SignUpStore => ({
  async invite(action, mails, audit) {
    await database.batch([
      mailActionInsertion(null, action),
      ...mails.map(mailInsertion),
      auditStatement(audit),
    ])
  },
  async create(use, user, audit) {
    try {
      const created = await createUser(database, user, audit, usingUp(use))
      return created === 'taken' ? null : created
    } catch (failure) {
      // The outcome is unknown: a user with this random `sub` is the one that was to be created.
      const created = await findUser(
        database,
        statement(userWhere(sql`${users.sub} = ${user.sub}`)),
      )
      if (created === null) throw failure
      return created
    }
  },
  use: (use) => isUsed(database, use, []),
})
