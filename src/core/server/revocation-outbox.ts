// Copies revocations to KV, which access-token checks read in addition to D1.
import type { AuthorizationServer } from '../authorization-server.ts'

/**
 * Maximum number of outbox rows that one request copies to KV after its response. Cron copies the
 * rest.
 */
const afterAnswer = 20

/** Copies revocations from the outbox to KV, after the response. */
export function tellKv(as: AuthorizationServer): void {
  as.waitUntil(as.store.revocationLists.drainOutbox(as.now, afterAnswer))
}
