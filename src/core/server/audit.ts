// Audit events: who did what, in which request.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { AuditKind } from './events.ts'
import type { Actor, AuditEvent } from './storage.ts'

type Subject = {
  userId?: number | undefined
  clientId?: string | undefined
  sessionId?: string | undefined
  detail?: Record<string, unknown>
}

/**
 * Creates the audit event for something that happens in this request. The actor is the operator if one
 * has authenticated, or else the user whom the event is about, or else its client.
 */
export const auditOf = (
  as: AuthorizationServer,
  kind: AuditKind,
  of: Subject = {},
): AuditEvent => ({
  at: as.now,
  kind,
  requestId: as.requestId,
  actor: as.operator?.actor ?? actorOf(of),
  address: as.address,
  userAgent: as.userAgent,
  key: as.eventKey,
  ...of,
})

/** Creates the audit event for something that an authenticated client does, also for a user. */
export const auditOfClient = (
  as: AuthorizationServer,
  kind: AuditKind,
  of: Subject & { clientId: string },
): AuditEvent => ({ ...auditOf(as, kind, of), actor: `client:${of.clientId}` })

/** Creates the audit event for something that was refused: its sender has proved nothing. */
export const auditOfRefusal = (
  as: AuthorizationServer,
  kind: AuditKind,
  of: Subject,
): AuditEvent => ({ ...auditOf(as, kind, of), actor: undefined, outcome: 'refused' })

function actorOf({ userId, clientId }: Subject): Actor | undefined {
  if (userId !== undefined) return `user:${userId}`
  return clientId === undefined ? undefined : `client:${clientId}`
}
