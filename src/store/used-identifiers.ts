// Identifiers that count once: of screens that were answered, of journeys that came back.
import type { SQL } from 'drizzle-orm'
import type { Answer, UsedIdentifierStore } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import { usedIdentifiers } from './schema/grants.ts'
import { insertInto, prepared, sql } from './sql.ts'

export const openUsedIdentifiers = (database: Database): UsedIdentifierStore => ({
  async use(answer) {
    return (await database.all(answering(answer))).length === 1
  },
})

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
