// The audit row of a change. The batch that makes the change inserts it. Its size is bounded, and so is
// the number of rows a minute that one person can cause by repeating an action.
import type { SQL } from 'drizzle-orm'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditEvents, isRepeatable, repeatableKinds } from './schema/server.ts'
import { type Placeholders, type Statement, type Value, insertInto, prepared, sql } from './sql.ts'

/** The most rows of one repeatable kind that one person can cause in a minute. */
const mostPerMinute = 20

/** The most characters of values that may come from a request. */
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

/** Inserts the audit row of a change that happens whenever its batch does. */
export const auditStatement = (event: AuditEvent): Statement => always(event, {})

/** Inserts the audit row only if the statement before it in the batch changed a row. */
export const auditIfChanged = (event: AuditEvent): Statement => ifChanged(event, {})

/**
 * Builds the statement that inserts an audit row only if a condition holds. The names of the
 * condition's values must differ from those of `AuditRow`.
 */
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

/** Uses an index of the repeatable kinds alone, for which rows of tokens and sign-ins do not pay. */
const isSeldom = ({ userId, kind, at }: Columns): SQL =>
  sql`NOT EXISTS (
    SELECT 1 FROM ${auditEvents}
    WHERE ${auditEvents.userId} = ${userId} AND ${auditEvents.kind} = ${kind}
      AND ${auditEvents.at} > ${at} - 60
      AND ${isRepeatable}
    LIMIT 1 OFFSET ${mostPerMinute - 1})`

/** Returns the row of an event, with bounded values. */
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
