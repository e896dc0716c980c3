// What was answered: by status, by route, and how long it took. Bounded, however long the load lasts.
import { table } from '../bench/report.ts'

/** Waits fall into buckets, each a tenth longer than the one before, from a tenth of a millisecond. */
const step = Math.log(1.1)
const bucketOf = (milliseconds: number): number =>
  Math.max(0, Math.round(Math.log(Math.max(milliseconds, 0.1) / 0.1) / step))
const millisecondsOf = (bucket: number): number => 0.1 * Math.exp(bucket * step)

type RouteFigures = { statuses: Map<number, number>; waits: number[] }

/** Examples that are kept of what must not be. */
const mostExamples = 10

export class Figures {
  readonly #routes = new Map<string, RouteFigures>()
  readonly examples: string[] = []
  requests = 0
  serverErrors = 0
  /** Visits that ended with an answer that they must not have got, or with a lost connection. */
  failedVisits = 0

  note(route: string, status: number, milliseconds: number, said: () => string): void {
    const known = this.#routes.get(route) ?? { statuses: new Map(), waits: [] }
    this.#routes.set(route, known)
    known.statuses.set(status, (known.statuses.get(status) ?? 0) + 1)
    const bucket = bucketOf(milliseconds)
    known.waits[bucket] = (known.waits[bucket] ?? 0) + 1
    this.requests++
    if (status < 500) return
    this.serverErrors++
    this.#keep(`${status} at ${route}: ${said()}`)
  }

  fail(visit: string, cause: unknown): void {
    this.failedVisits++
    this.#keep(`${visit}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }

  /** Answers by class, such as `2xx`. */
  get classes(): Record<string, number> {
    const classes: Record<string, number> = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }
    for (const { statuses } of this.#routes.values()) {
      for (const [status, count] of statuses) {
        const name = `${Math.floor(status / 100)}xx`
        classes[name] = (classes[name] ?? 0) + count
      }
    }
    return classes
  }

  /** A row for each route. */
  get routes(): string {
    const rows = [...this.#routes].map(([route, { statuses, waits }]) => [
      route,
      [...statuses]
        .toSorted(([one], [other]) => one - other)
        .map(([status, count]) => `${count} x ${status}`)
        .join(', '),
      quantile(waits, 0.5),
      quantile(waits, 0.99),
    ])
    const sorted = rows.toSorted(([one = ''], [other = '']) => one.localeCompare(other))
    return table(['route', 'answers', 'p50 ms', 'p99 ms'], sorted)
  }

  #keep(example: string): void {
    if (this.examples.length < mostExamples) this.examples.push(example.slice(0, 400))
  }
}

function quantile(waits: readonly number[], share: number): string {
  const sum = waits.reduce((total, count) => total + count, 0)
  let passed = 0
  for (const [bucket, count] of waits.entries()) {
    passed += count ?? 0
    if (passed >= sum * share) return millisecondsOf(bucket).toFixed(1)
  }
  return '-'
}
