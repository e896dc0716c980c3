// Audit events: who did what, in which request.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { AuditKind } from './events.ts'
import type { AuditEvent } from './storage.ts'

/** Creates the audit event for something that happens in this request. */
export const auditOf = (
  as: AuthorizationServer,
  kind: AuditKind,
  of: { userId?: number; clientId?: string; detail?: Record<string, unknown> } = {},
): AuditEvent => ({ at: as.now, kind, requestId: as.requestId, ...of })
