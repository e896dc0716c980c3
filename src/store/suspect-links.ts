// The links that a new password ends with the sessions and lines: an intruder may have made them to
// come back by. In a file of its own, because users are changed below links.
import type { LinkSuspicion } from '../core/provider.ts'
import type { AuditEvent } from '../core/records.ts'
import { statement, type Statement } from './database.ts'

const suspect = `user_id = ?1 AND created_at >= ?2
  AND created_at > (SELECT u.created_at FROM users u WHERE u.id = ?1) AND NOT EXISTS (
  SELECT 1 FROM json_each(?3) k
  WHERE k.value ->> 'issuer' = issuer AND k.value ->> 'subject' = subject)`

/** Ends the suspect links of a user, with an audit row for each, in the batch of the new password. */
export function endingsOfSuspectLinks(
  userId: number,
  { since, kept }: LinkSuspicion,
  audit: AuditEvent,
): Statement[] {
  const keys = JSON.stringify(kept.map(({ issuer, subject }) => ({ issuer, subject })))
  return [
    statement(
      `INSERT INTO audit_events (at, kind, user_id, client_id, request_id, detail)
       SELECT ?4, 'provider unlinked', ?1, NULL, ?5, json_object('issuer', issuer, 'reason', ?6)
       FROM provider_links WHERE ${suspect}`,
      userId,
      since,
      keys,
      audit.at,
      audit.requestId,
      audit.kind,
    ),
    statement(`DELETE FROM provider_links WHERE ${suspect}`, userId, since, keys),
  ]
}
