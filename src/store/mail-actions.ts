// One-time links, and what they do. A batch that uses one up first demands that it still counts; if it
// does not, D1 refuses the whole batch.
import type { SQL } from 'drizzle-orm'
import type { MailActionStore, NewMailAction } from '../core/people/mail/storage.ts'
import { auditIfChanged } from './audit.ts'
import { failUnless } from './changes.ts'
import { forgetOfUser } from './consents.ts'
import { Conflict, type Database } from './database.ts'
import { mailActions as actions } from './schema/mail.ts'
import { users } from './schema/people.ts'
import { clearTriesOfName } from './sign-in-attempts.ts'
import {
  type Statement,
  excluded,
  insertInto,
  prepared,
  selectedAs,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'
import { epochStart } from './standing.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'
import { endings } from './user-changes.ts'
import { wholeUser } from './user-rows.ts'

/** Whether the link in `mail_actions` counts for the user in `users`. */
const counts = (now: SQL): SQL => sql`(${actions.usedAt} IS NULL AND ${actions.expiresAt} > ${now}
  AND ${users.disabledAt} IS NULL AND ${actions.createdAt} >= ${users.notBefore}
  AND ${actions.createdAt} >= ${epochStart})`

const selectedUse = selection({ operation: actions.operation, usedAt: actions.usedAt })
const countsFlag = selectedAs('counts', 'boolean')

type Key = { purpose: string; digest: string; now: number }

const finding = prepared<Key>(
  ({ purpose, digest, now }) => sql`SELECT ${wholeUser.columns}, ${selectedUse.columns},
      ${countsFlag.column(counts(now))}
    FROM ${actions} JOIN ${users} ON ${users.id} = ${actions.userId}
    WHERE ${actions.digest} = ${digest} AND ${actions.purpose} = ${purpose}`,
)

/** Opens the one-time links. */
export const openMailActions = (database: Database): MailActionStore => {
  const find: MailActionStore['find'] = async (purpose, digest, now) => {
    const row = await database.first(finding({ purpose, digest, now }))
    if (row === null) return null
    return { user: wholeUser.read(row), ...selectedUse.read(row), counts: countsFlag.read(row) }
  }
  return {
    find,
    async setPassword(use, { userId, passwordHash, nameDigests, suspicion }, audit) {
      const { purpose, digest, operation, now } = use
      try {
        const results = await database.batch([
          failUnless(
            users,
            sql`${users.id} = ${userId}`,
            sql`EXISTS (SELECT 1 FROM ${actions} WHERE ${actions.digest} = ${digest}
              AND ${actions.purpose} = ${purpose} AND ${actions.userId} = ${users.id}
              AND ${counts(sql`${now}`)})`,
          ),
          statement(sql`UPDATE ${actions} ${set(actions, { usedAt: now, operation })}
            WHERE ${actions.digest} = ${digest}`),
          statement(
            sql`UPDATE ${users} ${set(users, {
              passwordHash,
              passwordState: null,
              notBefore: sql`MAX(${users.notBefore}, ${now})`,
              updatedAt: sql`MAX(${now}, ${users.updatedAt} + 0.001)`,
            })} WHERE ${users.id} = ${userId} RETURNING 1`,
          ),
          auditIfChanged(audit),
          ...endings(userId, audit),
          ...forgetOfUser({ userId }),
          ...endingsOfSuspectLinks(userId, suspicion, audit),
          ...nameDigests.map(clearTriesOfName),
        ])
        // A user who was deleted meanwhile has no row that the demand could fail on.
        return results[2]?.length === 1
      } catch (failure) {
        if (failure instanceof Conflict) return false
        // The outcome is unknown: a link that this form has used is one that it has just used.
        if ((await find(purpose, digest, now))?.operation === operation) return true
        throw failure
      }
    },
  }
}

/**
 * Stores a link of a user, in the batch that ends everything that was issued to them before: it counts
 * from then on. It takes the place of the one before.
 */
export const mailActionInsertion = (userId: number, action: NewMailAction): Statement =>
  statement(sql`
    ${insertInto(actions, {
      ...action,
      userId: users.id,
      createdAt: sql`MAX(${users.notBefore}, ${epochStart}, ${action.createdAt})`,
    })}
    FROM ${users} WHERE ${users.id} = ${userId}
    ON CONFLICT (user_id, purpose) DO UPDATE ${set(actions, {
      digest: excluded(actions.digest),
      createdAt: excluded(actions.createdAt),
      expiresAt: excluded(actions.expiresAt),
      usedAt: null,
      operation: null,
    })}`)
