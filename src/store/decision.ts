// A batch that decides about a request, with the identifiers that the request spends.
import type { Spending } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import type { Row, Statement } from './sql.ts'
import { replayedOf, spending } from './used-identifiers.ts'

/**
 * Runs a deciding batch. The identifiers come first: one that was spent before fails the batch whole,
 * so that a replay decides nothing. Returns the rows of each statement, without those of the
 * identifiers.
 * @throws the refusal of the identifier that was spent before
 */
export async function decide(
  database: Database,
  spends: readonly Spending[],
  statements: readonly Statement[],
): Promise<Row[][]> {
  try {
    return await run(database, spends, statements)
  } catch (failure) {
    throw (await replayRefusal(database, spends, failure)) ?? failure
  }
}

/**
 * Runs a deciding batch that ends with `look`, and returns the row that tells the outcome.
 *
 * "Network connection lost" leaves the outcome of a write unknown. The row is then looked at once more;
 * no row, or one that still stands as before, is a failure, and the request is safe to retry. `spent`
 * is the statement that spends an identifier, where that depends on more than the identifier.
 * @throws the refusal of the identifier that was spent before
 */
export async function decideWithLook(
  database: Database,
  spends: readonly Spending[],
  statements: readonly Statement[],
  look: Statement,
  isUnchanged: (row: Row) => boolean = () => false,
  spent: (identifier: Spending) => Statement = spending,
): Promise<Row | null> {
  try {
    const [row] = (await run(database, spends, [...statements, look], spent)).at(-1) ?? []
    return row ?? null
  } catch (failure) {
    const refusal = await replayRefusal(database, spends, failure)
    if (refusal !== null) throw refusal
    const row = await database.firstAfter(failure, look)
    if (row === null || isUnchanged(row)) throw failure
    return row
  }
}

const run = async (
  database: Database,
  spends: readonly Spending[],
  statements: readonly Statement[],
  spent: (identifier: Spending) => Statement = spending,
): Promise<Row[][]> => {
  const rows = await database.batch([...spends.map(spent), ...statements])
  return rows.slice(spends.length)
}

async function replayRefusal(
  database: Database,
  spends: readonly Spending[],
  failure: unknown,
): Promise<Error | null> {
  const replayed = await replayedOf(database, spends, failure)
  return spends.find(({ digest }) => digest === replayed)?.refusal() ?? null
}
