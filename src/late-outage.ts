import type { Outage } from './core/authorization-server.ts'
import { loadLate } from './load-late.ts'

/** What is done about outages of D1, loaded at its first use. */
export const lateOutage: Outage = {
  refreshWithoutDatabase: async (as, request) =>
    (await loadLate()).refreshWithoutDatabase(as, request),
  wasGivenBack: async (as, digest, found) => (await loadLate()).wasGivenBack(as, digest, found),
}
