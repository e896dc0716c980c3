// Mails that wait, and what their links and codes let people do.
import { sql } from 'drizzle-orm'
import { index, integer, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { MailPurpose } from '../../core/people/mail/storage.ts'

/**
 * What one-time links and codes let their holders do. Of each purpose a user, or an address of nobody
 * yet, has one that counts, because the next one takes its row.
 */
export const mailActions = sqliteTable(
  'mail_actions',
  {
    /** The digest of the secret in the link. */
    digest: text('digest').primaryKey(),
    purpose: text('purpose').$type<MailPurpose>().notNull(),
    /** NULL is for somebody who is no user yet. */
    userId: integer('user_id'),
    /** The address that the action is about, as typed; NULL = that of the user does not matter. */
    address: text('address'),
    /** The folded address of somebody who is no user yet; NULL for a user. */
    foldedAddress: text('folded_address'),
    /** The digest, keyed by MASTER_KEY, of the code in the mail; NULL = the link alone. */
    codeDigest: text('code_digest'),
    /** The digest of the secret of the browser that asked; the code counts there alone. */
    browserDigest: text('browser_digest'),
    /** Wrong codes so far. */
    tries: integer('tries').notNull().default(0),
    /** What the purpose needs to know later, sealed under MASTER_KEY; NULL = nothing. */
    sealed: text('sealed'),
    createdAt: real('created_at').notNull(),
    expiresAt: real('expires_at').notNull(),
    usedAt: real('used_at'),
    /** Identifies the form that used the link; NULL = unused. */
    operation: text('operation'),
  },
  (table) => [
    uniqueIndex('mail_actions_by_user').on(table.userId, table.purpose),
    uniqueIndex('mail_actions_by_address')
      .on(table.foldedAddress, table.purpose)
      .where(sql`folded_address IS NOT NULL`),
    index('mail_actions_by_expiry').on(table.expiresAt),
  ],
)

/** Mails to be sent. A row goes when its mail is sent or given up. */
export const mails = sqliteTable(
  'mails',
  {
    id: text('id').primaryKey(),
    /** The words, and who reads them, under MASTER_KEY: there is a secret in most mails. */
    sealed: text('sealed').notNull(),
    purpose: text('purpose').notNull(),
    userId: integer('user_id'),
    tries: integer('tries').notNull().default(0),
    createdAt: real('created_at').notNull(),
    /** Cron sends it from this instant on. */
    dueAt: real('due_at').notNull(),
  },
  (table) => [
    index('mails_by_due').on(table.dueAt),
    index('mails_by_user')
      .on(table.userId)
      .where(sql`user_id IS NOT NULL`),
  ],
)

/** How many mails were asked for of one address, from one address, and in all: for their limits. */
export const mailCounts = sqliteTable('mail_counts', {
  /** Begins with a digest, so that keys are spread evenly for the sweep of cron. */
  bucket: text('bucket').primaryKey(),
  count: integer('count').notNull(),
  /** When the window of the count ends. */
  expiresAt: real('expires_at').notNull(),
})
