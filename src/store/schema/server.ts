// The server's own tables: keys, the epoch, the audit trail.
import { sql } from 'drizzle-orm'
import { index, integer, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Keys for signing and for receiving encrypted tokens; `(alg, generation)` arbitrates a race. */
export const signingKeys = sqliteTable(
  'signing_keys',
  {
    kid: text('kid').primaryKey(),
    use: text('use', { enum: ['sig', 'enc'] }).notNull(),
    alg: text('alg').notNull(),
    generation: integer('generation').notNull(),
    publicJwk: text('public_jwk').notNull(),
    wrappedPrivateKey: text('wrapped_private_key').notNull(),
    createdAt: real('created_at').notNull(),
    /** Published before this instant; from then on the newest active key signs. */
    activeAt: real('active_at').notNull(),
    /** When it leaves the JWKS; NULL while no successor exists. */
    expiresAt: real('expires_at'),
    /** Compromised: left the JWKS then, and nothing that it signed is accepted. */
    withdrawnAt: real('withdrawn_at'),
  },
  (table) => [uniqueIndex('signing_keys_by_generation').on(table.alg, table.generation)],
)

/** One row (id 1): nothing issued before `not_before` is accepted (after a database restore). */
export const epoch = sqliteTable('epoch', {
  id: integer('id').primaryKey(),
  notBefore: real('not_before').notNull(),
})

/** What somebody who is signed in can repeat as often as they like. */
export const repeatableKinds: readonly string[] = [
  'access ended by the user',
  'consent given',
  'password changed',
  'provider linked',
  'provider unlinked',
  'signed out',
  'signed out everywhere else',
]

/** The condition of the index that counts them: SQLite uses the index only for exactly this text. */
export const isRepeatable = sql`kind IN (${sql.raw(repeatableKinds.map((kind) => `'${kind}'`).join(', '))})`

/** What happened, inserted by the batch that made it happen. Never holds a secret. */
export const auditEvents = sqliteTable(
  'audit_events',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    at: real('at').notNull(),
    kind: text('kind').notNull(),
    userId: integer('user_id'),
    clientId: text('client_id'),
    requestId: text('request_id').notNull(),
    detail: text('detail')
      .notNull()
      .default(sql`'{}'`),
  },
  (table) => [
    index('audit_events_repeatable').on(table.userId, table.kind, table.at).where(isRepeatable),
  ],
)
