// D1 as this folder uses it: statements with a deadline, and one error for every failure. D1 retries
// reads by itself and never writes, and so this class retries nothing.
import { databaseUnavailable, temporarilyUnavailable } from '../protocol/error.ts'
import type { Row, Statement } from './sql.ts'

/** Milliseconds after which a query without an answer counts as failed. */
const deadline = 5_000

/** Milliseconds for a look at what became of a write that had no answer within the deadline. */
const deadlineOfLook = 1_000

class TimedOut extends Error {}

/** A UNIQUE or PRIMARY KEY constraint refused the write, and with it the whole batch. */
export class Conflict extends Error {}

/**
 * Every method throws a Conflict if a unique column refuses the write, and temporarily_unavailable for
 * any other failure.
 */
export class Database {
  readonly #d1: D1Database

  constructor(d1: D1Database) {
    this.#d1 = d1
  }

  /** Runs one statement and returns its rows. */
  async all(query: Statement): Promise<Row[]> {
    const { results } = await answered(this.#prepare(query).all<Row>())
    return results
  }

  /** Runs one statement and returns its first row, or null. */
  async first(query: Statement): Promise<Row | null> {
    return (await this.all(query))[0] ?? null
  }

  /**
   * Runs one statement after `failure` of a write, and returns its first row, or null. After a deadline it has
   * a second: whoever asked has waited long enough, and a D1 that hangs is likely to hang on.
   */
  async firstAfter(failure: unknown, query: Statement): Promise<Row | null> {
    const hasHung = failure instanceof Error && failure.cause instanceof TimedOut
    const run = this.#prepare(query).all<Row>()
    const { results } = await answered(run, hasHung ? deadlineOfLook : deadline)
    return results[0] ?? null
  }

  /**
   * Runs the statements in order as one transaction, which is rolled back if one fails, and returns the
   * rows of each. Beware: an UPDATE that matches no row is no failure, and the next statements run.
   */
  async batch(queries: readonly Statement[]): Promise<Row[][]> {
    const results = await answered(
      this.#d1.batch<Row>(queries.map((query) => this.#prepare(query))),
    )
    return results.map((result) => result.results)
  }

  /** As `batch`, and returns the size of the database in bytes, too. */
  async measuredBatch(queries: readonly Statement[]): Promise<{ rows: Row[][]; size: number }> {
    const results = await answered(
      this.#d1.batch<Row>(queries.map((query) => this.#prepare(query))),
    )
    const size = results[0]?.meta.size_after ?? 0
    return { rows: results.map((result) => result.results), size }
  }

  #prepare(query: Statement): D1PreparedStatement {
    return this.#d1.prepare(query.sql).bind(...query.values)
  }
}

async function answered<Result>(query: Promise<Result>, within = deadline): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut('D1 did not answer in time')), within)
  })
  try {
    return await Promise.race([query, late])
  } catch (cause) {
    if (cause instanceof Error && /(UNIQUE|PRIMARY KEY) constraint failed/.test(cause.message)) {
      throw new Conflict('a unique column has this value already', { cause })
    }
    throw isAnswer(cause) ? temporarilyUnavailable(cause) : databaseUnavailable(cause)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Returns whether D1 has answered, by refusing a statement: it does not, then, stand for a database that is
 * away, by which somebody could have a request judged without D1 whose input fails in it.
 */
const isAnswer = (cause: unknown): boolean =>
  cause instanceof Error &&
  /D1_TYPE_ERROR|SQLITE_(CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG)|constraint failed/.test(
    cause.message,
  )
