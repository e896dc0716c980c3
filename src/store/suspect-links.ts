// The links to providers that a new password ends with the sessions and grants: an intruder may have
// added them as a way back. They have their own file because provider-links.ts imports user-changes.ts.
import type { LinkSuspicion } from '../core/people/storage.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditRowOf } from './audit.ts'
import { providerLinks, users } from './schema/people.ts'
import { auditEvents } from './schema/server.ts'
import { type Statement, insertInto, sql, statement } from './sql.ts'

/**
 * Deletes the suspect links of a user, with an audit row for each, in the batch of the new password.
 */
export function endingsOfSuspectLinks(
  userId: number,
  { since, kept }: LinkSuspicion,
  audit: AuditEvent,
): Statement[] {
  const keys = JSON.stringify(kept.map(({ issuer, subject }) => ({ issuer, subject })))
  const isSuspect = sql`${providerLinks.userId} = ${userId} AND ${providerLinks.createdAt} >= ${since}
    AND ${providerLinks.createdAt} >
      (SELECT ${users.createdAt} FROM ${users} WHERE ${users.id} = ${userId})
    AND NOT EXISTS (SELECT 1 FROM json_each(${keys}) kept
      WHERE kept.value ->> 'issuer' = ${providerLinks.issuer}
        AND kept.value ->> 'subject' = ${providerLinks.subject})`
  const row = {
    ...auditRowOf({ ...audit, kind: 'user.provider-unlinked', userId, key: undefined }),
    detail: sql`json_object('issuer', ${providerLinks.issuer}, 'reason', ${audit.kind})`,
  }
  return [
    statement(sql`${insertInto(auditEvents, row)} FROM ${providerLinks} WHERE ${isSuspect}`),
    statement(sql`DELETE FROM ${providerLinks} WHERE ${isSuspect}`),
  ]
}
