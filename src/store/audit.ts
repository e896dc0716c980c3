// The audit row of a change. The batch that makes the change inserts it. Its size is bounded, and so is
// the number of rows a minute that one person can cause by repeating an action.
import type { SQL } from 'drizzle-orm'
import type { AuditKind } from '../core/server/events.ts'
import type { AuditEvent, AuditOutcome } from '../core/server/storage.ts'
import { grants } from './schema/grants.ts'
import { auditEvents } from './schema/server.ts'
import {
  type Placeholders,
  type Statement,
  type Value,
  insertInto,
  prepared,
  set,
  sql,
} from './sql.ts'

/** The most rows of one repeatable kind that one person can cause in a minute. */
const mostPerMinute = 20

/** How many of a person's latest rows are looked at to find those of the last minute. */
const latest = 200

/** What somebody who is signed in can repeat as often as they like. */
const repeatableKinds: readonly AuditKind[] = [
  'consent.given',
  'consent.withdrawn',
  'user.passkey-added',
  'user.passkey-removed',
  'user.password-changed',
  'user.profile-changed',
  'user.provider-linked',
  'user.provider-unlinked',
  'user.recovery-codes-created',
  'user.signed-out',
  'user.signed-out-elsewhere',
  'user.totp-added',
  'user.totp-removed',
]

/** The most characters of values that may come from a request. */
const longestName = 255
const longestUserAgent = 128
const longestDetail = 2_000

/** The columns of an audit row that the event tells. */
type AuditRow = {
  at: number
  kind: string
  userId: number | null
  clientId: string | null
  requestId: string
  detail: string
  actor: string | null
  address: string | null
  userAgent: string | null
  outcome: AuditOutcome
  sessionId: string | null
  mergeKey: string | null
}

/** Inserts the audit row of a change that happens whenever its batch does. */
export const auditStatement = (event: AuditEvent): Statement => always(event, {})

/** Inserts the audit row only if the statement before it in the batch changed a row. */
export const auditIfChanged = (event: AuditEvent): Statement => ifChanged(event, {})

/**
 * Builds the statement that inserts an audit row only if a condition holds. The names of the
 * condition's values must differ from those of `AuditRow`. `known` supplies columns that
 * only the database knows.
 */
export function auditWhere<Values extends Record<string, Value>>(
  condition: (value: Placeholders<Values>) => SQL,
  known: (value: Placeholders<Values>) => Partial<Columns> = () => ({}),
): (event: AuditEvent, values: Values) => Statement {
  const insertion = (value: Placeholders<Values & AuditRow>): SQL =>
    insertInto(auditEvents, { ...columnsOf(value), ...known(value) })
  const ofAll = prepared<Values & AuditRow>(
    (value) => sql`${insertion(value)} WHERE ${condition(value)}`,
  )
  const ofRepeatable = prepared<Values & AuditRow>(
    (value) => sql`${insertion(value)} WHERE ${condition(value)} AND ${isSeldom(value)}`,
  )
  return (event, values) => {
    const { kind, userId } = event
    const isCounted = userId !== undefined && repeatableKinds.includes(kind)
    return (isCounted ? ofRepeatable : ofAll)({ ...values, ...auditRowOf(event) })
  }
}

/**
 * Inserts the audit row of a grant that the statement before it in the batch opened, or no row if it
 * opened none. Only the database knows whose grant it is.
 */
export const auditOfOpened = (event: AuditEvent, grantId: string): Statement =>
  ofOpened(event, { grantId })

const ofOpened = auditWhere<{ grantId: string }>(
  () => sql`changes() > 0`,
  ({ grantId }) => ({
    userId: sql`(SELECT ${grants.userId} FROM ${grants} WHERE ${grants.id} = ${grantId})`,
  }),
)

const always = auditWhere(() => sql`TRUE`)
const ifChanged = auditWhere(() => sql`changes() > 0`)

type Columns = Placeholders<AuditRow>

const columnsOf = (value: Columns): Columns => ({
  at: value.at,
  kind: value.kind,
  userId: value.userId,
  clientId: value.clientId,
  requestId: value.requestId,
  detail: value.detail,
  actor: value.actor,
  address: value.address,
  userAgent: value.userAgent,
  outcome: value.outcome,
  sessionId: value.sessionId,
  mergeKey: value.mergeKey,
})

/** Looks at a bounded number of rows, in the index by user. */
const isSeldom = ({ userId, kind, at }: Columns): SQL =>
  sql`(SELECT COUNT(*) FROM (
      SELECT ${auditEvents.kind}, ${auditEvents.at} FROM ${auditEvents}
      WHERE ${auditEvents.userId} = ${userId}
      ORDER BY ${auditEvents.id} DESC LIMIT ${latest}) latest
    WHERE latest.kind = ${kind} AND latest.at > ${at} - 60) < ${mostPerMinute}`

/** Returns the row of an event, with bounded values. */
export const auditRowOf = (event: AuditEvent): AuditRow => ({
  at: event.at,
  kind: event.kind,
  userId: event.userId ?? null,
  clientId: event.clientId?.slice(0, longestName) ?? null,
  requestId: event.requestId,
  detail: detailOf(event),
  actor: event.actor?.slice(0, longestName) ?? null,
  address: event.address?.slice(0, longestName) ?? null,
  userAgent: event.userAgent?.slice(0, longestUserAgent) ?? null,
  outcome: event.outcome ?? 'ok',
  sessionId: event.sessionId ?? null,
  mergeKey: event.key ?? null,
})

/** The most events that one row counts: then nothing more is written, however many there are. */
const mostOccurrences = 1_000

/**
 * Inserts the audit row of something that anyone can repeat. Events with one key share a row, which
 * counts up to `mostOccurrences` of them.
 */
export const auditMerged = (event: AuditEvent, mergeKey: string): Statement =>
  merging({ ...auditRowOf(event), mergeKey })

const merging = prepared<AuditRow>(
  (value) => sql`${insertInto(auditEvents, columnsOf(value))}
    WHERE TRUE
    ON CONFLICT (merge_key) WHERE merge_key IS NOT NULL DO UPDATE
    ${set(auditEvents, { occurrences: sql`${auditEvents.occurrences} + 1` })}
    WHERE ${auditEvents.occurrences} < ${mostOccurrences}`,
)

function detailOf({ detail = {} }: AuditEvent): string {
  const text = JSON.stringify(detail)
  return text.length <= longestDetail
    ? text
    : JSON.stringify({ shortened: text.slice(0, longestDetail) })
}
