// What people sign in with beside a password. The TOTP secret is a column of `users`, because the read
// that finds the user of a password must know whether there is one.
import { sql } from 'drizzle-orm'
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Passkeys and recovery codes: each is its row. */
export const credentials = sqliteTable(
  'credentials',
  {
    /** The credential id of a passkey in base64url; the keyed digest of a recovery code. */
    id: text('id').primaryKey(),
    userId: integer('user_id').notNull(),
    kind: text('kind', { enum: ['passkey', 'recovery'] }).notNull(),
    /** Of a passkey: the COSE public key in base64url. */
    publicKey: text('public_key'),
    /** Of a passkey: the last signature counter. */
    counter: integer('counter').notNull().default(0),
    /** Of a passkey: whether it may be synced, and whether it is (BE and BS of WebAuthn). */
    isBackupEligible: integer('is_backup_eligible', { mode: 'boolean' }).notNull().default(false),
    isBackedUp: integer('is_backed_up', { mode: 'boolean' }).notNull().default(false),
    transports: text('transports', { mode: 'json' }).$type<readonly string[]>(),
    /** Of a passkey: the name that it was made for (WebAuthn's rpId). */
    rpId: text('rp_id'),
    /** What its person calls a passkey. */
    name: text('name'),
    /** The browser in which a passkey was made. */
    userAgent: text('user_agent'),
    createdAt: real('created_at').notNull(),
    lastUsedAt: real('last_used_at'),
  },
  (table) => [
    index('credentials_by_user').on(table.userId, table.kind),
    index('credentials_by_rp_id')
      .on(table.rpId)
      .where(sql`kind = 'passkey'`),
  ],
)
