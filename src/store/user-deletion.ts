// The deletion of a user: by the operator, or because they asked for it. Names are free again. Grants stay
// as revoked tombstones, so that no code comes back to life, and events keep the number alone.
import type { AuditEvent } from '../core/server/storage.ts'
import { auditIfChanged } from './audit.ts'
import { forgetOfUser } from './consents.ts'
import { noticesOfUser } from './logout-notices.ts'
import { deletionOfRecords, endingOfUser } from './revocations.ts'
import { credentials } from './schema/factors.ts'
import { mailActions, mails } from './schema/mail.ts'
import { loginNames, providerLinks, sessions, users } from './schema/people.ts'
import { auditEvents } from './schema/server.ts'
import { type Row, type Statement, set, sql, statement } from './sql.ts'

/** Deletes a user with everything that is theirs. `isDeleted` reads the results of the batch. */
export const deletionOfUser = (id: number, audit: AuditEvent): Statement[] => [
  noticesOfUser({ userId: id, now: audit.at }),
  deletionOfRecords(id, audit.at),
  ...endingOfUser(id, audit.at, 'user.deleted'),
  ...belongings(id),
  forgettingEvents(id),
  statement(sql`DELETE FROM ${users} WHERE ${users.id} = ${id} RETURNING ${users.id}`),
  auditIfChanged(audit),
]

/** Returns whether the batch that ended with `deletionOfUser` has deleted a user. */
export const isDeleted = (results: readonly Row[][]): boolean => results.at(-2)?.length === 1

/** Deletes what belongs to a user alone and is of no use without them. */
const belongings = (id: number): Statement[] => [
  ...[sessions, providerLinks, loginNames, mailActions, mails, credentials].map((table) =>
    statement(sql`DELETE FROM ${table} WHERE ${table.userId} = ${id}`),
  ),
  ...forgetOfUser({ userId: id }),
]

/**
 * Takes the address and the browser out of the events of a user; in the key of merged events stands the
 * address, too. Those of an operator's own requests stay. One statement: its rows are those of the
 * retention at most, and it runs once in an account's life.
 */
const forgettingEvents = (id: number): Statement =>
  statement(sql`UPDATE ${auditEvents}
    ${set(auditEvents, { address: null, userAgent: null, mergeKey: null })}
    WHERE ${auditEvents.userId} = ${id}
      AND (${auditEvents.actor} IS NULL OR ${auditEvents.actor} = ${`user:${id}`}
        OR ${auditEvents.actor} LIKE 'client:%')`)
