// What a job costs on the platform: its price list (Workers Paid, as published in April 2026, beyond
// what the plan includes) times what was counted.
import type { Billed } from './storage.ts'

/** US dollars a million. */
const perMillion = {
  requests: 0.3,
  cpuMilliseconds: 0.02,
  rowsRead: 0.001,
  rowsWritten: 1,
  keysRead: 0.5,
  keysWritten: 5,
}

/** How often a person does each job in a month. */
const month = {
  'password sign-in': 4,
  'authorize, signed in': 22,
  'code exchange': 22,
  refresh: 220,
  userinfo: 220,
}
/** The first refresh of a grant and the first sign-in of a day write two rows more than the next one. */
const firstRefreshes = 22
const firstSignIns = 4

/** US dollars a month for a million people, or null where one of their jobs was not measured. */
export function priceOfMonth(priceOf: (job: string) => number | undefined): number | null {
  let sum = (firstRefreshes + firstSignIns) * 2 * perMillion.rowsWritten
  for (const [job, times] of Object.entries(month)) {
    const price = priceOf(job)
    if (price === undefined) return null
    sum += times * price
  }
  return sum
}

/** What `priceOfMonth` counts, in words. */
export const monthText = [
  ...Object.entries(month).map(([job, times]) => `${times} ${job}`),
  `${firstRefreshes} grants refreshed for the first time`,
  `${firstSignIns} first sign-ins of a day`,
].join(', ')

/** US dollars for a million units of work with so many microseconds of CPU each. */
export const priceOfMillion = (cpu: number, billed: Billed): number =>
  billed.requests * perMillion.requests +
  (cpu / 1000) * perMillion.cpuMilliseconds +
  billed.rowsRead * perMillion.rowsRead +
  billed.rowsWritten * perMillion.rowsWritten +
  billed.keysRead * perMillion.keysRead +
  billed.keysWritten * perMillion.keysWritten
