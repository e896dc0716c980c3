// The audit row of a change: it rides in the batch that makes the change.
import type { AuditEvent } from '../core/records.ts'
import { statement, type Statement, type Value } from './database.ts'

export const auditStatement = (event: AuditEvent): Statement => auditWhere('1', event)

/** Only where the last change of the batch before it changed a row: nothing done, nothing said. */
export const auditIfChanged = (event: AuditEvent): Statement => auditWhere('changes() > 0', event)

/** Only where `condition` holds: SQL over `values`, from ?7 on. */
export const auditWhere = (condition: string, event: AuditEvent, ...values: Value[]): Statement =>
  statement(
    `INSERT INTO audit_events (at, kind, user_id, client_id, request_id, detail)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ${condition}`,
    event.at,
    event.kind,
    event.userId ?? null,
    event.clientId ?? null,
    event.requestId,
    JSON.stringify(event.detail ?? {}),
    ...values,
  )
