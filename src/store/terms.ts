// The terms that people have agreed to.
import type { TermsStore } from '../core/people/sign-up/storage.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { users } from './schema/people.ts'
import { set, sql, statement } from './sql.ts'

/** Opens the terms. */
export const openTerms = (database: Database): TermsStore => ({
  async accept(userId, version, audit) {
    await database.batch([
      statement(
        sql`UPDATE ${users} ${set(users, {
          termsVersion: version,
          termsAcceptedAt: audit.at,
        })} WHERE ${users.id} = ${userId} AND ${users.termsVersion} IS NOT ${version}`,
      ),
      auditIfChanged(audit),
    ])
  },
})
