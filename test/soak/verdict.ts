// What a soak has found, for people, and whether it passed.
import { load, machineName } from '../bench/machine.ts'
import { table } from '../bench/report.ts'
import { recordCounts } from '../counts.ts'
import type { Figures } from './figures.ts'
import { judgeMemory, settling, tolerances, type MemoryVerdict, type Sample } from './flat.ts'
import type { Growth, Rows } from './rows.ts'

/** What went on under the load. */
export type Run = {
  figures: Figures
  /** Rows that the visits have proved, by table. */
  proved: Rows
  /** Visits by name. */
  visits: Map<string, number>
  resident: Sample[]
  live: Sample[]
  crons: number
}

/** What is left at the end: the growth of the tables, the bytes of the database. */
type End = { growth: readonly Growth[]; minutes: number; bytes: number }

/** A line about the run so far. */
export function progressLine({ figures, resident, live }: Run, seconds: number): string {
  const classes = Object.entries(figures.classes).map(([name, count]) => `${count} ${name}`)
  const latest = (samples: readonly Sample[]) => samples.at(-1)?.mebibytes.toFixed(0) ?? '?'
  const memory = `${latest(resident)} MiB resident, ${latest(live)} MiB of live objects`
  const rate = (figures.requests / seconds).toFixed(0)
  const failed = figures.failedVisits === 0 ? '' : `, ${figures.failedVisits} failed visits`
  return `${seconds.toFixed(0)} s: ${figures.requests} requests (${rate}/s), ${classes.join(', ')}, ${memory}${failed}`
}

/** Prints all figures, notes the counts, and returns whether the run has passed. */
export function judge(run: Run, { growth, minutes, bytes }: End): boolean {
  const { figures } = run
  const live = judgeMemory(run.live, tolerances.live)
  const resident = judgeMemory(run.resident, tolerances.resident)
  const hasSettled = minutes > 3 * settling * 0.99
  console.log(`\n${figures.routes}\n`)
  const rows = growth.map((one) => [one.table, ...[one.rows, one.grew, one.most].map(String)])
  console.log(table(['table', 'rows', 'grew by', 'at most'], rows))
  console.log(`\n${[...run.visits].map(([name, count]) => `${count} x ${name}`).join(', ')}`)
  console.log(`${progressLine(run, minutes * 60)}; cron ran ${run.crons} times`)
  console.log(`database: ${(bytes / 2 ** 20).toFixed(1)} MiB`)
  console.log(memoryLine('live objects', live, ''))
  console.log(memoryLine('resident', resident, hasSettled ? '' : ', too short a run to judge it'))
  console.log(`${machineName()}, load ${load()}`)
  for (const example of figures.examples) console.log(`FAILED ${example}`)
  const faults = [
    ...(figures.serverErrors > 0 ? [`${figures.serverErrors} answers of 500 or above`] : []),
    ...(figures.failedVisits > 0 ? [`${figures.failedVisits} failed visits`] : []),
    ...(live.isFlat ? [] : ['live objects grow']),
    ...(resident.isFlat || !hasSettled ? [] : ['resident memory grows']),
    ...growth
      .filter(({ grew, most }) => grew > most)
      .map((one) => `${one.table} grew by what proved nothing`),
  ]
  recordCounts('soak', {
    'soak requests': figures.requests,
    'soak answers of 500 or above': figures.serverErrors,
    'soak failed visits': figures.failedVisits,
    'soak minutes': Math.round(minutes),
  })
  console.log(faults.length === 0 ? '\nsoak passed' : `\nsoak FAILED: ${faults.join(', ')}`)
  return faults.length === 0
}

function memoryLine(name: string, { isFlat, thirds, slope }: MemoryVerdict, remark: string) {
  const [first, second, last] = thirds.map((one) => one.toFixed(1))
  return `memory, ${name}: ${first} MiB in the first third, ${second} in the second, ${last} in the last (${slope.toFixed(2)} MiB a minute after the first): ${isFlat ? 'flat' : 'grows'}${remark}`
}
