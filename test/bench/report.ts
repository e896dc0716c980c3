// Figures for people: tables in Markdown, so that they can be pasted as they are.
import type { Delays } from './contestant.ts'
import type { JobResult, Measured } from './measure.ts'
import { monthText, priceOfMillion, priceOfMonth } from './prices.ts'
import type { StorageUse } from './storage.ts'

export type Environment = {
  date: string
  machine: string
  versions: string
  command: string
  loadBefore: string
  loadAfter: string
  rounds: number
  seconds: number
  lanes: number
}

export type Report = {
  environment: Environment
  /** Of each server: how it hashes passwords. */
  hashes: Record<string, string>
  jobs: JobResult[]
  storage: Record<string, Record<string, StorageUse | null>>
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`]
    .concat(rows.map(line))
    .join('\n')
}

export const microseconds = (value: number): string =>
  value >= 10_000 ? `${(value / 1000).toFixed(1)} ms` : `${value.toFixed(0)} us`

export const times = (value: number): string => `${value.toFixed(2)}x`

/** The one table: Postern beside the limit, then each peer and how many times its CPU it takes. */
export function jobTable({ jobs, storage, hashes }: Report): string {
  const peers = Object.keys(hashes).filter((name) => name !== 'postern')
  const head = [
    'job',
    'CPU',
    'limit',
    'x limit',
    'budget',
    'x same work bare',
    'req/s',
    'p50 / p99 ms',
    'spread',
    'storage: calls (waits)',
    ...peers,
  ]
  const rows = jobs.map((result) => {
    const ours = result.servers.postern
    if (ours == null) return [result.job]
    return [
      result.job,
      microseconds(ours.cpu),
      `${microseconds(result.limit.cpu)} ${result.limitRoute}`,
      `${times(ours.cpu / result.limit.cpu)}${ours.cpu > result.limit.cpu * result.budget ? ' OVER' : ''}`,
      times(result.budget),
      times(ours.cpu / result.bare.cpu),
      ours.perSecond.toFixed(ours.perSecond < 100 ? 1 : 0),
      `${ours.p50.toFixed(1)} / ${ours.p99.toFixed(1)}`,
      times(ours.spread),
      storageText(storage.postern?.[result.job]),
      ...peers.map((peer) =>
        peerText(ours, result.servers[peer], storage[peer]?.[result.job], result.job, hashes[peer]),
      ),
    ]
  })
  return table(head, rows)
}

function storageText(use: StorageUse | null | undefined): string {
  if (use == null) return 'n/a'
  const calls = Object.entries(use.calls).map(([name, number]) => `${round(number)} ${name}`)
  return calls.length === 0 ? '0' : `${calls.join(', ')} (${round(use.waits)})`
}

const round = (value: number): string => String(Math.round(value * 100) / 100)

function peerText(
  ours: Measured,
  theirs: Measured | null | undefined,
  use: StorageUse | null | undefined,
  job: string,
  hash: string | undefined,
): string {
  if (theirs == null) return 'n/a'
  const storage = use == null ? '' : `; ${storageText(use)}`
  const hashed = job === 'password sign-in' ? `; ${hash}` : ''
  return `${microseconds(theirs.cpu)} = ${times(theirs.cpu / ours.cpu)} ours${storage}${hashed}`
}

/** What a million of each job costs on the platform. CPU counts the local D1 and KV, too: too much. */
export function priceText({ jobs, storage }: Report): string {
  const prices = new Map<string, number>()
  const rows = jobs.flatMap(({ job, servers }) => {
    const use = storage.postern?.[job]
    const ours = servers.postern
    if (use == null || ours == null) return []
    const { requests, rowsRead, rowsWritten, keysRead, keysWritten } = use.billed
    const price = priceOfMillion(ours.cpu, use.billed)
    prices.set(job, price)
    const counts = [requests, rowsRead, rowsWritten, keysRead, keysWritten].map(round)
    return [[job, ...counts, `$${price.toFixed(2)}`]]
  })
  const rowsOf = ['D1 rows read', 'D1 rows written', 'KV keys read', 'KV keys written']
  const ofMonth = priceOfMonth((job) => prices.get(job))
  const words =
    ofMonth === null ? [] : [`a million people a month: $${ofMonth.toFixed(0)} (each ${monthText})`]
  return [table(['job', 'requests', ...rowsOf, 'a million'], rows), ...words].join('\n\n')
}

export function environmentText(environment: Environment): string {
  const { date, machine, versions, command, loadBefore, loadAfter } = environment
  const { rounds, seconds, lanes } = environment
  return [
    `${date}, ${machine}, ${versions}`,
    `\`${command}\`: ${lanes} connections, ${seconds} s a run, medians of ${rounds} alternating rounds`,
    `before: ${loadBefore}; after: ${loadAfter}`,
  ].join('\n')
}

/** What a user far from the database waits for, a row a job. */
export function distanceTable(
  storage: Record<string, Record<string, StorageUse | null>>,
  jobNames: readonly string[],
): string {
  const servers = Object.keys(storage)
  const rows = jobNames.map((job) => [
    job,
    ...servers.map((server) => {
      const use = storage[server]?.[job]
      return use == null
        ? 'n/a'
        : `${use.milliseconds.toFixed(0)} ms (${round(use.waits)} waits one after another)`
    }),
  ])
  return table(['job', ...servers], rows)
}

/** What the figures of the table above assume. */
export const distanceText = ({ d1, kvHot, kvCold, kvWrite }: Delays): string =>
  `D1 ${d1} ms away; KV ${kvHot} ms for a read that the local cache answers, ${kvCold} ms for one that it cannot, ${kvWrite} ms for a write. ` +
  'Keys of one token, grant or person are cold, shared keys are hot. Medians of six, one at a time.'
