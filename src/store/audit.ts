// The audit row of a change: it rides in the batch that makes the change, is never larger than a
// bound, and of what one person can do over and over there is no more than so much a minute.
import type { AuditEvent } from '../core/records.ts'
import { statement, type Statement, type Value } from './database.ts'

/** What somebody who is signed in can do over and over: the kinds of the partial index. */
const repeatable = [
  'access ended by the user',
  'consent given',
  'password changed',
  'provider linked',
  'provider unlinked',
  'signed out',
  'signed out everywhere else',
]

/** Rows of one repeatable kind that one person can cause in a minute. */
const mostPerMinute = 20

/** Characters of what may have come with a request. */
const longestName = 255
const longestDetail = 2_000

export const auditStatement = (event: AuditEvent): Statement => auditWhere('1', event)

/** Only where the last change of the batch before it changed a row: nothing done, nothing said. */
export const auditIfChanged = (event: AuditEvent): Statement => auditWhere('changes() > 0', event)

/** Only where `condition` holds: SQL over the event's values and `values`, which are ?7 and on. */
export const auditWhere = (condition: string, event: AuditEvent, ...values: Value[]): Statement =>
  statement(
    `INSERT INTO audit_events (at, kind, user_id, client_id, request_id, detail)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ${condition}${isRepeatable(event) ? isSeldom : ''}`,
    event.at,
    event.kind,
    event.userId ?? null,
    event.clientId?.slice(0, longestName) ?? null,
    event.requestId,
    detailOf(event),
    ...values,
  )

const isRepeatable = ({ kind, userId }: AuditEvent): boolean =>
  userId !== undefined && repeatable.includes(kind)

/** By an index of these kinds alone: the rows of tokens and sign-ins pay nothing for it. */
const isSeldom = ` AND NOT EXISTS (
  SELECT 1 FROM audit_events WHERE user_id = ?3 AND kind = ?2 AND at > ?1 - 60 AND kind IN (${repeatable.map((kind) => `'${kind}'`).join(', ')})
  LIMIT 1 OFFSET ${mostPerMinute - 1})`

function detailOf({ detail = {} }: AuditEvent): string {
  const text = JSON.stringify(detail)
  return text.length <= longestDetail
    ? text
    : JSON.stringify({ shortened: text.slice(0, longestDetail) })
}
