// What KV is told of revocations: readers at the edge ask it beside D1.
import type { AuthorizationServer } from '../authorization-server.ts'

/** How many outbox rows one request carries to KV after its answer; cron takes what is left. */
const afterAnswer = 20

/** Carries the outbox to KV after the answer. */
export function tellEdge(as: AuthorizationServer): void {
  as.waitUntil(as.store.edge.drainOutbox(as.now, afterAnswer))
}
