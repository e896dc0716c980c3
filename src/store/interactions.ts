// Screens that wait for an answer: bound to a browser, consumed by one conditional UPDATE.
import type { SQL } from 'drizzle-orm'
import type { Answer, Interaction } from '../core/records.ts'
import type { InteractionStore } from '../core/store.ts'
import type { Database } from './database.ts'
import { interactions } from './schema/grants.ts'
import { insertInto, prepared, selection, set, sql } from './sql.ts'

const selected = selection({
  digest: interactions.digest,
  browserDigest: interactions.browserDigest,
  request: interactions.request,
  createdAt: interactions.createdAt,
  expiresAt: interactions.expiresAt,
  consumedAt: interactions.consumedAt,
})

export const openInteractions = (database: Database): InteractionStore => ({
  async create({ digest, browserDigest, request, createdAt, expiresAt }) {
    await database.all(waiting({ digest, browserDigest, request, createdAt, expiresAt }))
  },
  async find(digest, browserDigest) {
    const row = await database.first(interaction({ digest, browserDigest }))
    return row === null ? null : selected.read(row)
  },
  async consume(answer) {
    return (await database.all(consumption(answer))).length === 1
  },
})

const waiting = prepared<Omit<Interaction, 'consumedAt'>>((value) =>
  insertInto(interactions, value),
)

const interaction = prepared<{ digest: string; browserDigest: string }>(
  ({ digest, browserDigest }) => sql`SELECT ${selected.columns} FROM ${interactions}
    WHERE ${interactions.digest} = ${digest} AND ${interactions.browserDigest} = ${browserDigest}`,
)

/**
 * The statement that decides which of two answers counts. What else its batch writes must ask for
 * `isAnsweredBy`: a batch goes on after an UPDATE that matched nothing.
 */
export const consumption = prepared<Answer>(
  ({ digest, browserDigest, operation, now }) => sql`UPDATE ${interactions}
    ${set(interactions, { consumedAt: now, operation })}
    WHERE ${interactions.digest} = ${digest} AND ${interactions.browserDigest} = ${browserDigest}
      AND ${interactions.consumedAt} IS NULL AND ${interactions.expiresAt} > ${now}
    RETURNING ${interactions.digest}`,
)

/** Whether it was this operation that consumed the interaction. */
export const isAnsweredBy = ({ digest, operation }: { digest: SQL; operation: SQL }): SQL =>
  sql`EXISTS (SELECT 1 FROM ${interactions}
    WHERE ${interactions.digest} = ${digest} AND ${interactions.operation} = ${operation})`
