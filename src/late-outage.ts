import type { Outage } from './core/authorization-server.ts'
import { loadLate } from './load-late.ts'

/** Refreshing while D1 is away, loaded at its first use. */
export const lateOutage: Outage = {
  refreshWithoutDatabase: async (as, request) =>
    (await loadLate()).refreshWithoutDatabase(as, request),
  wasGivenBack: async (as, digest, found) => (await loadLate()).wasGivenBack(as, digest, found),
}
