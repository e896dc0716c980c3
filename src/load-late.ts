import { once } from './protocol/once.ts'

/** Loads what src/late.ts lists. */
export const loadLate = once(async () => (await import('./late.ts')).late)

/** What src/late.ts lists. */
export type Late = Awaited<ReturnType<typeof loadLate>>
