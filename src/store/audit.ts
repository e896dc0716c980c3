// The audit row of a change: it rides in the batch that makes the change.
import type { AuditEvent } from '../core/records.ts'
import { statement, type Statement } from './database.ts'

export const auditStatement = (event: AuditEvent): Statement =>
  statement(
    `INSERT INTO audit_events (at, kind, user_id, client_id, request_id, detail)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
    event.at,
    event.kind,
    event.userId ?? null,
    event.clientId ?? null,
    event.requestId,
    JSON.stringify(event.detail ?? {}),
  )
