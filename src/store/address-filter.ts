// The Rate Limiting binding: cheap, close and permissive. It only keeps a flood from D1, so where it
// fails or is not bound everybody is admitted: the exact counters stand behind it.
import type { AddressFilter } from '../core/people/storage.ts'

export const openAddressFilter = (binding: RateLimit | undefined): AddressFilter => ({
  async admits(key) {
    if (binding === undefined) return true
    try {
      return (await binding.limit({ key })).success
    } catch {
      return true
    }
  },
})
