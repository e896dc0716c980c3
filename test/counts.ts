// The counts of the latest runs of this checkout: one file a suite, under .counts.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../.counts')

/** Writes what a suite has counted, by name, in place of what it counted the last time. */
export function recordCounts(suite: string, counts: Record<string, number>): void {
  mkdirSync(folder, { recursive: true })
  const record = { at: new Date().toISOString(), counts }
  writeFileSync(join(folder, `${suite}.json`), `${JSON.stringify(record, null, 2)}\n`)
}
