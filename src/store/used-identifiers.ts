// Identifiers that count once: of screens that were answered, of journeys that came back, of signed
// assertions and proofs.
import type { SQL } from 'drizzle-orm'
import type { Answer, SpentIdentifier, UsedIdentifierStore } from '../core/server/storage.ts'
import { randomSecret } from '../crypto/secret.ts'
import { Conflict, type Database } from './database.ts'
import { usedIdentifiers } from './schema/grants.ts'
import { insertInto, prepared, selection, sql } from './sql.ts'

export const openUsedIdentifiers = (database: Database): UsedIdentifierStore => ({
  async use(answer) {
    try {
      return (await database.all(answering(answer))).length === 1
    } catch (failure) {
      // The outcome is unknown: a mark of this very operation is the one that was to be made.
      if ((await database.first(usedBy(answer))) === null) throw failure
      return true
    }
  },
  async findUse(digest) {
    const row = await database.first(use({ digest }))
    return row === null ? null : selectedUse.read(row)
  },
  async spend(identifiers) {
    const [first] = identifiers
    if (first === undefined) return null
    const operation = randomSecret(16)
    try {
      await database.batch(identifiers.map((one) => spendingBy({ ...one, operation })))
      return null
    } catch (failure) {
      const replayed = await replayedOf(database, identifiers, failure)
      if (replayed !== null) return replayed
      // The connection may have been lost after the commit: the row tells whose write it was.
      const { digest } = first
      if ((await database.first(usedBy({ digest, operation }))) !== null) return null
      throw failure
    }
  },
})

/** Spends an identifier, as one of the first statements of the batch that decides. */
export const spending = prepared<SpentIdentifier>(
  ({ digest, expiresAt }) => sql`${insertInto(usedIdentifiers, { digest, expiresAt })}`,
)

/** Spends an identifier where nothing else tells the outcome of the batch: the operation does. */
const spendingBy = prepared<SpentIdentifier & { operation: string }>(
  ({ digest, expiresAt, operation }) =>
    sql`${insertInto(usedIdentifiers, { digest, expiresAt, operation })}`,
)

const usedBy = prepared<{ digest: string; operation: string }>(
  ({ digest, operation }) => sql`SELECT 1 FROM ${usedIdentifiers}
    WHERE ${usedIdentifiers.digest} = ${digest} AND ${usedIdentifiers.operation} = ${operation}`,
)

/**
 * Which identifier made a batch fail by being spent already; null where the failure is another one.
 * Read after the failure, so that only a replay pays for it.
 */
export async function replayedOf(
  database: Database,
  identifiers: readonly SpentIdentifier[],
  failure: unknown,
): Promise<string | null> {
  if (!(failure instanceof Conflict)) return null
  for (const { digest } of identifiers) {
    if ((await database.first(used({ digest }))) !== null) return digest
  }
  return null
}

const used = prepared<{ digest: string }>(
  ({ digest }) => sql`SELECT 1 FROM ${usedIdentifiers} WHERE ${usedIdentifiers.digest} = ${digest}`,
)

const selectedUse = selection({ operation: usedIdentifiers.operation })

const use = prepared<{ digest: string }>(
  ({ digest }) => sql`SELECT ${selectedUse.columns} FROM ${usedIdentifiers}
    WHERE ${usedIdentifiers.digest} = ${digest}`,
)

/**
 * The statement that decides which of two answers counts: the id is a key, and the first takes it.
 * What else its batch writes must ask for `isAnsweredBy`: a batch goes on after an INSERT that did
 * nothing.
 */
export const answering = prepared<Answer>(
  ({ digest, expiresAt, operation, now }) => sql`
    ${insertInto(usedIdentifiers, { digest, expiresAt, operation })}
    WHERE ${expiresAt} > ${now} ON CONFLICT (digest) DO NOTHING RETURNING ${usedIdentifiers.digest}`,
)

/** Whether it was this operation that used the identifier. */
export const isAnsweredBy = ({ digest, operation }: { digest: SQL; operation: SQL }): SQL =>
  sql`EXISTS (SELECT 1 FROM ${usedIdentifiers}
    WHERE ${usedIdentifiers.digest} = ${digest} AND ${usedIdentifiers.operation} = ${operation})`
