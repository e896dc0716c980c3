// The audit row of a change: it rides in the batch that makes the change, is never larger than a
// bound, and of what one person can do over and over there is no more than so much a minute.
import type { SQL } from 'drizzle-orm'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditEvents, isRepeatable, repeatableKinds } from './schema/server.ts'
import { type Placeholders, type Statement, type Value, insertInto, prepared, sql } from './sql.ts'

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
export const auditStatement = (event: AuditEvent): Statement => always(event, {})

/** Only where the last change of the batch before it changed a row: nothing done, nothing said. */
export const auditIfChanged = (event: AuditEvent): Statement => ifChanged(event, {})

/** Only where a condition holds. Its values have other names than what is stored of an event. */
export function auditWhere<Values extends Record<string, Value>>(
  condition: (value: Placeholders<Values>) => SQL,
): (event: AuditEvent, values: Values) => Statement {
  const ofAll = prepared<Values & AuditRow>(
    (value) => sql`${insertInto(auditEvents, columnsOf(value))} WHERE ${condition(value)}`,
  )
  const ofRepeatable = prepared<Values & AuditRow>(
    (value) => sql`${insertInto(auditEvents, columnsOf(value))}
      WHERE ${condition(value)} AND ${isSeldom(value)}`,
  )
  return (event, values) => {
    const { kind, userId } = event
    const isCounted = userId !== undefined && repeatableKinds.includes(kind)
    return (isCounted ? ofRepeatable : ofAll)({ ...values, ...rowOf(event) })
  }
}

const always = auditWhere(() => sql`TRUE`)
const ifChanged = auditWhere(() => sql`changes() > 0`)

type Columns = Placeholders<AuditRow>

const columnsOf = ({ at, kind, userId, clientId, requestId, detail }: Columns): Columns => ({
  at,
  kind,
  userId,
  clientId,
  requestId,
  detail,
})

/** By an index of these kinds alone: the rows of tokens and sign-ins pay nothing for it. */
const isSeldom = ({ userId, kind, at }: Columns): SQL =>
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
