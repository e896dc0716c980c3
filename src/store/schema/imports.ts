// Imports of users from other systems.
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { ChunkAnswer } from '../../core/people/import/storage.ts'

/** Imports of users: how rows are matched, and what has become of them so far. */
export const imports = sqliteTable('imports', {
  id: text('id').primaryKey(),
  source: text('source').notNull(),
  /** The namespace of `external_id`. */
  sourceId: text('source_id').notNull(),
  onExisting: text('on_existing', { enum: ['skip', 'update', 'fail'] }).notNull(),
  dryRun: integer('dry_run', { mode: 'boolean' }).notNull(),
  keepSub: integer('keep_sub', { mode: 'boolean' }).notNull(),
  matchEmail: integer('match_email', { mode: 'boolean' }).notNull(),
  matchUsername: integer('match_username', { mode: 'boolean' }).notNull(),
  /** Whether the roles that open the console are taken over. */
  adminRoles: integer('admin_roles', { mode: 'boolean' }).notNull(),
  /** Where a user without a password hash has the first password checked, and the sealed HMAC key. */
  askUrl: text('ask_url'),
  sealedAskKey: text('sealed_ask_key'),
  created: integer('created').notNull().default(0),
  updated: integer('updated').notNull().default(0),
  skipped: integer('skipped').notNull().default(0),
  failed: integer('failed').notNull().default(0),
  reset: integer('reset').notNull().default(0),
  links: integer('links').notNull().default(0),
  totp: integer('totp').notNull().default(0),
  startedAt: real('started_at').notNull(),
  finishedAt: real('finished_at'),
  undoneAt: real('undone_at'),
})

/** The chunks that an import has taken in, so that a repeated chunk gets its first answer. */
export const importChunks = sqliteTable(
  'import_chunks',
  {
    /** `<import id>/<number>`. */
    id: text('id').primaryKey(),
    /** SHA-256 of the bytes of the body. */
    digest: text('digest').notNull(),
    answer: text('answer', { mode: 'json' }).$type<ChunkAnswer>().notNull(),
    createdAt: real('created_at').notNull(),
  },
  (table) => [index('import_chunks_by_creation').on(table.createdAt)],
)

/**
 * What the rows of a dry run would have taken, so that its later chunks report what a real run would.
 * The database has it WITHOUT ROWID, which drizzle cannot say: an insertion writes one row less.
 */
export const importClaims = sqliteTable('import_claims', {
  /** `<import id>/<kind>/<value>`; ids of imports sort by time. */
  id: text('id').primaryKey(),
})
