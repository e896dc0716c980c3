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

/** US dollars for a million units of work with so many microseconds of CPU each. */
export const priceOfMillion = (cpu: number, billed: Billed): number =>
  billed.requests * perMillion.requests +
  (cpu / 1000) * perMillion.cpuMilliseconds +
  billed.rowsRead * perMillion.rowsRead +
  billed.rowsWritten * perMillion.rowsWritten +
  billed.keysRead * perMillion.keysRead +
  billed.keysWritten * perMillion.keysWritten
