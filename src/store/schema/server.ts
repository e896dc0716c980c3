// The server's own tables: keys, the epoch, the audit trail.
import { sql } from 'drizzle-orm'
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

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

/** Tokens of operators beside ADMIN_TOKEN. */
export const adminTokens = sqliteTable(
  'admin_tokens',
  {
    id: text('id').primaryKey(),
    digest: text('digest').notNull(),
    name: text('name').notNull(),
    /** Space-separated. */
    scope: text('scope').notNull(),
    createdAt: real('created_at').notNull(),
    expiresAt: real('expires_at').notNull(),
    lastUsedAt: real('last_used_at'),
  },
  (table) => [index('admin_tokens_by_expiry').on(table.expiresAt)],
)

/** What happened, inserted by the batch that made it happen. Never holds a secret. */
export const auditEvents = sqliteTable(
  'audit_events',
  {
    // Rises as long as the newest row stays: the clean-up keeps it. AUTOINCREMENT would write a row more.
    id: integer('id').primaryKey(),
    at: real('at').notNull(),
    kind: text('kind').notNull(),
    userId: integer('user_id'),
    clientId: text('client_id'),
    requestId: text('request_id').notNull(),
    detail: text('detail')
      .notNull()
      .default(sql`'{}'`),
    /** Who did it; NULL if nobody has proved who they are. */
    actor: text('actor'),
    address: text('address'),
    userAgent: text('user_agent'),
    outcome: text('outcome', { enum: ['ok', 'refused'] })
      .notNull()
      .default('ok'),
    sessionId: text('session_id'),
    /** How often it happened, where one row counts for many. */
    occurrences: integer('occurrences').notNull().default(1),
    /**
     * What the events that one row counts have in common, or what lets an event happen once; NULL for a
     * row of its own.
     */
    mergeKey: text('merge_key'),
  },
  (table) => [
    index('audit_events_by_user')
      .on(table.userId, table.id)
      .where(sql`user_id IS NOT NULL`),
    uniqueIndex('audit_events_by_merge_key')
      .on(table.mergeKey)
      .where(sql`merge_key IS NOT NULL`),
  ],
)

/** How often something happened on a day: what cron has counted of `audit_events`. */
export const dailyCounts = sqliteTable(
  'daily_counts',
  {
    /** Days since 1970, UTC. */
    day: integer('day').notNull(),
    /** The kind of the events, or `user.active`: the users who did something. */
    kind: text('kind').notNull(),
    count: integer('count').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.kind] })],
)

/**
 * Who did something on one of the last two days that were counted, so that each counts once a day. The
 * database has it WITHOUT ROWID, which drizzle cannot say: an insertion writes one row instead of two.
 */
export const dailyUsers = sqliteTable(
  'daily_users',
  { day: integer('day').notNull(), userId: integer('user_id').notNull() },
  (table) => [primaryKey({ columns: [table.day, table.userId] })],
)

/** One row (id 1): the id of the last event in `daily_counts`. */
export const countedEvents = sqliteTable('counted_events', {
  id: integer('id').primaryKey(),
  lastId: integer('last_id').notNull(),
})
