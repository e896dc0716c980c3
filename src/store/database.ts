// D1 as everything in this folder uses it: prepared statements by their text, a deadline, and one
// meaning of failure. D1 retries reads by itself and never writes, so neither do we.
import { temporarilyUnavailable } from '../protocol/error.ts'
import type { Row, Statement } from './sql.ts'

/** Milliseconds until an unanswered query counts as failed. */
const deadline = 5_000

/** A UNIQUE or PRIMARY KEY constraint refused the write and the whole batch with it. */
export class Conflict extends Error {}

export class Database {
  readonly #d1: D1Database

  constructor(d1: D1Database) {
    this.#d1 = d1
  }

  /** The rows of one statement. */
  async all(query: Statement): Promise<Row[]> {
    const { results } = await answered(this.#prepare(query).all<Row>())
    return results
  }

  async first(query: Statement): Promise<Row | null> {
    return (await this.all(query))[0] ?? null
  }

  /**
   * Runs the statements in order as one transaction; rolled back whole if one fails. Beware: an
   * UPDATE that matches no row does not stop the ones after it. The rows of each, in order.
   */
  async batch(queries: readonly Statement[]): Promise<Row[][]> {
    const results = await answered(
      this.#d1.batch<Row>(queries.map((query) => this.#prepare(query))),
    )
    return results.map((result) => result.results)
  }

  #prepare(query: Statement): D1PreparedStatement {
    return this.#d1.prepare(query.sql).bind(...query.values)
  }
}

async function answered<Result>(query: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('D1 did not answer in time')), deadline)
  })
  try {
    return await Promise.race([query, late])
  } catch (cause) {
    if (cause instanceof Error && /(UNIQUE|PRIMARY KEY) constraint failed/.test(cause.message)) {
      throw new Conflict('a unique column has this value already', { cause })
    }
    throw temporarilyUnavailable(cause)
  } finally {
    clearTimeout(timer)
  }
}
