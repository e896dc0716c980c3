// Identifiers that count once: of screens that were answered, of journeys that came back.
import type { Answer } from '../core/records.ts'
import type { UsedIdentifierStore } from '../core/store.ts'
import { statement, type Database, type Statement } from './database.ts'

export const openUsedIdentifiers = (database: Database): UsedIdentifierStore => ({
  async use(answer) {
    return (await database.all(answering(answer))).length === 1
  },
})

/**
 * The statement that decides which of two answers counts: the id is a key, and the first takes it.
 * What else the batch writes must ask whether the screen was `answeredBy` its operation: a batch goes
 * on after an INSERT that did nothing.
 */
export const answering = ({ digest, expiresAt, operation, now }: Answer): Statement =>
  statement(
    `INSERT INTO used_identifiers (digest, expires_at, operation)
     SELECT ?1, ?2, ?3 WHERE ?2 > ?4
     ON CONFLICT (digest) DO NOTHING RETURNING digest`,
    digest,
    expiresAt,
    operation,
    now,
  )

/** Whether it was this operation that answered the screen; both name parameters. */
export const answeredBy = (digest: string, operation: string): string =>
  `EXISTS (SELECT 1 FROM used_identifiers i WHERE i.digest = ${digest} AND i.operation = ${operation})`
