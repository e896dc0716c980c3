// Signing in by password: the tries, and the hash.
import type { PasswordStore } from '../core/people/storage.ts'
import { resetPassword } from '../crypto/stored-password.ts'
import { auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { users } from './schema/people.ts'
import {
  clearTriesOfName,
  countTry,
  readTries,
  takeBackTry,
  tryOutcome,
} from './sign-in-attempts.ts'
import { set, sql, statement } from './sql.ts'
import { userByName, wholeUser } from './user-rows.ts'

/** Opens the password tries and hashes. */
export const openPasswords = (database: Database): PasswordStore => ({
  async countTry(attempt, now, limits) {
    const [found = [], counted = [], tried = []] = await database.batch([
      userByName({ foldedName: attempt.foldedName }),
      countTry(attempt, now, limits),
      readTries(attempt, now, limits),
    ])
    const [row] = found
    return {
      user: row === undefined ? null : wholeUser.read(row),
      outcome: tryOutcome(attempt, limits, counted, tried),
    }
  },
  async takeBackTry(bucket) {
    await database.all(takeBackTry(bucket))
  },
  async clearTries(nameDigests, audit) {
    await database.batch([...nameDigests.map(clearTriesOfName), auditStatement(audit)])
  },
  async upgrade(userId, from, to) {
    await database.all(
      statement(sql`UPDATE ${users} ${set(users, { passwordHash: to })}
        WHERE ${users.id} = ${userId} AND ${users.passwordHash} = ${from}`),
    )
  },
  async adopt(userId, hash) {
    await database.all(
      statement(sql`UPDATE ${users} ${set(users, { passwordHash: hash, passwordState: null })}
        WHERE ${users.id} = ${userId} AND ${users.passwordHash} = ${resetPassword}
          AND ${users.passwordState} = 'ask'`),
    )
  },
})
