// Accounts that people create by the link of a mail.
import type { SignUpStore } from '../core/people/sign-up/storage.ts'
import type { Database } from './database.ts'
import { isUsed, usingUp } from './mail-actions.ts'
import { createUser } from './user-changes.ts'

/** Opens the accounts that people create. */
export const openSignUps = (database: Database): SignUpStore => ({
  async create(use, user, audit) {
    const created = await createUser(database, user, audit, usingUp(use))
    return created === 'taken' ? null : created
  },
  use: (use) => isUsed(database, use, []),
})
