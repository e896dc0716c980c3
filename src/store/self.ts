// What people see of their own account and change of it.
import type { SQL } from 'drizzle-orm'
import type { SelfStore } from '../core/people/self/storage.ts'
import { accessOf } from './access.ts'
import { auditStatement } from './audit.ts'
import { demand, isDone } from './changes.ts'
import type { Database } from './database.ts'
import { endingOfDeletion } from './leaving.ts'
import { mailActionInsertion, usingUp } from './mail-actions.ts'
import { mailInsertion } from './mails.ts'
import { credentials } from './schema/factors.ts'
import { mailActions } from './schema/mail.ts'
import { sessions, users } from './schema/people.ts'
import { isAlive } from './session-rows.ts'
import { number, selection, set, sql, statement } from './sql.ts'
import { changeUser } from './user-changes.ts'

const credentialsOf = (userId: number, kind: 'passkey' | 'recovery'): SQL =>
  sql`(SELECT COUNT(*) FROM ${credentials}
    WHERE ${credentials.userId} = ${userId} AND ${credentials.kind} = ${kind})`

const later = (now: number): SQL => sql`MAX(${now}, ${users.updatedAt} + 0.001)`

/** Opens what people see of their own account and change of it. */
export const openSelf = (database: Database): SelfStore => ({
  async counts(userId, now) {
    const selected = selection({
      passkeys: number(credentialsOf(userId, 'passkey')),
      recoveryCodes: number(credentialsOf(userId, 'recovery')),
      sessions: number(sql`(SELECT COUNT(*) FROM ${sessions}
        WHERE ${sessions.userId} = ${userId} AND ${isAlive(sql`${now}`)})`),
      apps: number(sql`(SELECT COUNT(*) FROM (${accessOf(sql`${userId}`, sql`${now}`)}))`),
    })
    const row = await database.first(statement(sql`SELECT ${selected.columns}`))
    if (row === null) throw new Error('a SELECT without FROM has one row')
    return selected.read(row)
  },
  async setLocale(userId, locale, now) {
    await database.all(
      statement(sql`UPDATE ${users} ${set(users, { locale, updatedAt: later(now) })}
        WHERE ${users.id} = ${userId} AND ${users.locale} IS NOT ${locale}`),
    )
  },
  setFirstPassword: ({ id, passwordHash: before }, passwordHash, audit) =>
    isDone(
      database.batch([
        // Of two forms at once the first one sets the password.
        demand(sql`EXISTS (SELECT 1 FROM ${users}
          WHERE ${users.id} = ${id} AND ${users.passwordHash} IS ${before})`),
        statement(
          sql`UPDATE ${users} ${set(users, {
            passwordHash,
            passwordState: null,
            updatedAt: later(audit.at),
          })} WHERE ${users.id} = ${id}`,
        ),
        statement(sql`DELETE FROM ${mailActions}
          WHERE ${mailActions.userId} = ${id} AND ${mailActions.purpose} = 'reset'`),
        auditStatement(audit),
      ]),
    ),
  async canUndoAddress(userId, now) {
    const row = await database.first(
      statement(sql`SELECT 1 FROM ${mailActions} WHERE ${mailActions.userId} = ${userId}
        AND ${mailActions.purpose} = 'undo-address' AND ${mailActions.usedAt} IS NULL
        AND ${mailActions.expiresAt} > ${now}`),
    )
    return row !== null
  },
  async changeAddress(use, { userId, email, isVerified, undo, mails }, endsEverything, audit) {
    const beside = [
      ...(undo === null ? [] : [mailActionInsertion(userId, undo)]),
      ...mails.map(mailInsertion),
      ...(endsEverything ? endingOfDeletion(userId) : []),
    ]
    const decide = () => ({ email, emailVerified: isVerified })
    // A link that does not count refuses the batch as a name does that is taken: nothing is written.
    const changed = await changeUser(
      ...([database, userId, decide, endsEverything, audit, null, beside, usingUp(use)] as const),
    )
    return changed !== 'taken' && changed !== null
  },
})
