// The audit row of a change: it rides in the batch that makes the change, is never larger than a
// bound, and of what one person can do over and over there is no more than so much a minute.
import type { SQL } from 'drizzle-orm'
import type { AuditEvent } from '../core/records.ts'
import { auditEvents, isRepeatable, repeatableKinds } from './schema/server.ts'
import { insertInto, prepared, sql, statement, type Placeholders, type Statement } from './sql.ts'

/** Rows of one repeatable kind that one person can cause in a minute. */
const mostPerMinute = 20

/** Characters of what may have come with a request. */
const longestName = 255
const longestDetail = 2_000

type AuditRow = {
  at: number
  kind: string
  userId: number | null
  clientId: string | null
  requestId: string
  detail: string
}

/** The audit row of a change that happens whenever its batch does. */
export const auditStatement = (event: AuditEvent): Statement => always[groupOf(event)](rowOf(event))

/** Only where the last change of the batch before it changed a row: nothing done, nothing said. */
export const auditIfChanged = (event: AuditEvent): Statement =>
  ifChanged[groupOf(event)](rowOf(event))

/** Only where a condition holds. */
export function auditWhere(condition: SQL, event: AuditEvent): Statement {
  const row = rowOf(event)
  const isSeldom = groupOf(event) === 'repeatable' ? isSeldomOf(row) : sql`TRUE`
  return statement(sql`${insertInto(auditEvents, row)} WHERE ${condition} AND ${isSeldom}`)
}

const groupOf = ({ kind, userId }: AuditEvent): 'repeatable' | 'others' =>
  userId !== undefined && repeatableKinds.includes(kind) ? 'repeatable' : 'others'

const preparedFor = (condition: SQL) => ({
  others: prepared<AuditRow>((row) => sql`${insertInto(auditEvents, row)} WHERE ${condition}`),
  repeatable: prepared<AuditRow>(
    (row) => sql`${insertInto(auditEvents, row)} WHERE ${condition} AND ${isSeldomOf(row)}`,
  ),
})

const always = preparedFor(sql`TRUE`)
const ifChanged = preparedFor(sql`changes() > 0`)

/** By an index of these kinds alone: the rows of tokens and sign-ins pay nothing for it. */
const isSeldomOf = ({ userId, kind, at }: AuditRow | Placeholders<AuditRow>): SQL =>
  sql`NOT EXISTS (
    SELECT 1 FROM ${auditEvents}
    WHERE ${auditEvents.userId} = ${userId} AND ${auditEvents.kind} = ${kind}
      AND ${auditEvents.at} > ${at} - 60
      AND ${isRepeatable}
    LIMIT 1 OFFSET ${mostPerMinute - 1})`

/** What is stored of an event. */
const rowOf = (event: AuditEvent): AuditRow => ({
  at: event.at,
  kind: event.kind,
  userId: event.userId ?? null,
  clientId: event.clientId?.slice(0, longestName) ?? null,
  requestId: event.requestId,
  detail: detailOf(event),
})

function detailOf({ detail = {} }: AuditEvent): string {
  const text = JSON.stringify(detail)
  return text.length <= longestDetail
    ? text
    : JSON.stringify({ shortened: text.slice(0, longestDetail) })
}
