// The Rate Limiting binding: cheap and permissive. It only keeps floods away from D1. If it fails or is
// not bound, it admits everybody: D1 has the exact limits.
import type { AddressFilter } from '../core/people/storage.ts'

/** Opens the filter over the binding, or one that admits everything if there is none. */
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
