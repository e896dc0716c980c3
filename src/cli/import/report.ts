// The report of an import: what became of the rows, from the answers of the server and from the rows
// that were not sent.
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '../json.ts'
import type { Chunk } from './chunks.ts'

/** What is wrong with a row, and where the row is. */
export type RowError = {
  file: string
  line: number
  field: string
  detail: string
  code?: string | undefined
}

/** More errors are counted only: the memory for them would grow with the file. */
const mostErrors = 100_000

const counts = ['created', 'updated', 'skipped', 'failed', 'reset', 'totp'] as const

/** What has become of the rows of one run so far. */
export class Report {
  readonly #counts = new Map<string, number>()
  readonly #skippedBy = new Map<string, number>()
  readonly errors: RowError[] = []
  #errorsLeftOut = 0
  #linksMade = 0
  #linksUnnamed = 0

  /** Returns how many rows had an outcome, or how many things came along. */
  count(name: (typeof counts)[number]): number {
    return this.#counts.get(name) ?? 0
  }

  /** How many rows were read. */
  get rows(): number {
    return (['created', 'updated', 'skipped', 'failed'] as const)
      .map((name) => this.count(name))
      .reduce((sum, count) => sum + count, 0)
  }

  /** Adds a chunk, with the server's answer where one was sent. */
  add({ files, local }: Chunk, answer: JsonObject | null): void {
    for (const reason of local.skipped) this.#skip(reason, 1)
    add(this.#counts, 'skipped', local.skipped.length)
    add(this.#counts, 'failed', local.failed.length)
    this.#linksUnnamed += local.unnamed
    const faults = answer === null ? [] : objectsOf(answer, 'errors').map(faultIn(files))
    const all = [...local.failed, ...local.problems, ...faults]
    this.#note(all.toSorted((one, other) => one.line - other.line))
    if (answer === null) return
    for (const name of counts) add(this.#counts, name, numberOf(answer, name) ?? 0)
    for (const [reason, count] of Object.entries(objectOf(answer, 'skipped_by'))) {
      this.#skip(reason, Number(count))
    }
    this.#linksMade += numberOf(objectOf(answer, 'links'), 'made') ?? 0
  }

  /** Returns the report in the form that scripts read. */
  toJson(): JsonObject {
    return {
      rows: this.rows,
      ...Object.fromEntries(counts.map((name) => [name, this.count(name)])),
      skipped_by: Object.fromEntries(this.#skippedBy),
      errors: this.errors,
      ...(this.#errorsLeftOut > 0 ? { errors_left_out: this.#errorsLeftOut } : {}),
      links: { made: this.#linksMade, unnamed: this.#linksUnnamed },
    }
  }

  #skip(reason: string, count: number): void {
    add(this.#skippedBy, reason, count)
  }

  #note(errors: readonly RowError[]): void {
    const room = mostErrors - this.errors.length
    this.errors.push(...errors.slice(0, room))
    this.#errorsLeftOut += Math.max(0, errors.length - room)
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}

const faultIn =
  (files: Chunk['files']) =>
  (fault: JsonObject): RowError => {
    const line = numberOf(fault, 'line') ?? 0
    return {
      file: files.get(line) ?? '',
      line,
      field: textOf(fault, 'field') ?? '',
      detail: textOf(fault, 'detail') ?? '',
      code: textOf(fault, 'code'),
    }
  }
