// How accounts end at the wish of their people: noted, taken back, or done.
import type { LeavingStore } from '../core/people/self/storage.ts'
import { auditStatement } from './audit.ts'
import { demand, isDone } from './changes.ts'
import type { Database } from './database.ts'
import { isUsed, mailActionInsertion } from './mail-actions.ts'
import { mailInsertion } from './mails.ts'
import { mailActions } from './schema/mail.ts'
import { users } from './schema/people.ts'
import { type Statement, number, selection, set, sql, statement } from './sql.ts'
import { answering } from './used-identifiers.ts'
import { endings } from './user-changes.ts'
import { deletionOfUser, isDeleted } from './user-deletion.ts'

const selectedId = selection({ id: users.id, deleteAt: number(sql`${users.deleteAt}`) })

/** Demands that a user is there whose deletion waits, or does not. */
const demandWaiting = (id: number, isWaiting: boolean): Statement =>
  demand(sql`EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${id}
    AND ${users.deleteAt} IS ${isWaiting ? sql`NOT NULL` : sql`NULL`})`)

const later = (now: number) => sql`MAX(${now}, ${users.updatedAt} + 0.001)`

/** Seconds for which it is known by which link an account was deleted. */
const markedFor = 60

/** The link that was used stays, so that a second click is known as one. */
const endingOfDeletionLinks = (userId: number): Statement =>
  statement(sql`DELETE FROM ${mailActions} WHERE ${mailActions.userId} = ${userId}
    AND ${mailActions.purpose} IN ('delete', 'restore') AND ${mailActions.usedAt} IS NULL`)

/** Returns what takes the deletion of an account back, if one waits. */
export const endingOfDeletion = (userId: number): Statement[] => [
  statement(sql`UPDATE ${users} ${set(users, { deleteAt: null })} WHERE ${users.id} = ${userId}`),
  endingOfDeletionLinks(userId),
]

/** Opens the ends of accounts. */
export const openLeaving = (database: Database): LeavingStore => ({
  request({ userId, deleteAt, use, restore, mails }, audit) {
    const { at } = audit
    const batch = [
      // Of two requests at once the first one decides when the account ends, and whose link counts.
      demandWaiting(userId, false),
      statement(
        sql`UPDATE ${users} ${set(users, {
          deleteAt,
          notBefore: sql`MAX(${users.notBefore}, ${at})`,
          updatedAt: later(at),
        })} WHERE ${users.id} = ${userId}`,
      ),
      ...endings(userId, audit),
      ...(restore === null ? [] : [mailActionInsertion(userId, restore)]),
      ...mails.map(mailInsertion),
      auditStatement(audit),
    ]
    return use === null ? isDone(database.batch(batch)) : isUsed(database, use, batch)
  },
  restore(userId, use, audit) {
    const batch = [
      demandWaiting(userId, true),
      statement(sql`UPDATE ${users} ${set(users, { deleteAt: null, updatedAt: later(audit.at) })}
        WHERE ${users.id} = ${userId}`),
      endingOfDeletionLinks(userId),
      auditStatement(audit),
    ]
    return use === null ? isDone(database.batch(batch)) : isUsed(database, use, batch)
  },
  async remove(userId, use, audit) {
    const deletion = deletionOfUser(userId, audit)
    if (use !== null) {
      // The link goes with its user. This tells a second click, which must not look like a failure.
      const mark = answering({ ...use, expiresAt: use.now + markedFor })
      return isUsed(database, use, [mark, ...deletion])
    }
    return isDeleted(await database.batch(deletion))
  },
  async removeDue(now, most, auditOf) {
    const rows = await database.all(
      statement(sql`SELECT ${selectedId.columns} FROM ${users} WHERE ${users.deleteAt} <= ${now}
        ORDER BY ${users.deleteAt} LIMIT ${most}`),
    )
    for (const { id, deleteAt } of rows.map(selectedId.read)) {
      // A restoration that came first, also one with a new deletion after it, refuses the batch.
      const isStillDue = demand(sql`EXISTS (SELECT 1 FROM ${users}
        WHERE ${users.id} = ${id} AND ${users.deleteAt} = ${deleteAt})`)
      await isDone(database.batch([isStillDue, ...deletionOfUser(id, auditOf(id))]))
    }
    return rows.length
  },
})
