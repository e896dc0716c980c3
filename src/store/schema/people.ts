// People: who they are, how they sign in and where they are signed in.
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
import { passwordKeyId } from '../password-key.ts'
import { sealedKeyId } from '../sealed-key.ts'
import { verbatim } from '../sql.ts'

/** People. `id` is a whole number that is never reused; tokens carry the `sub`. */
export const users = sqliteTable(
  'users',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    sub: text('sub').notNull().unique(),
    /**
     * Random: pairwise subjects are derived from it, so that nobody can compute them from the `sub`.
     */
    pairwiseSalt: text('pairwise_salt').notNull(),
    username: text('username').notNull(),
    email: text('email'),
    emailVerified: integer('email_verified', { mode: 'boolean' }).notNull().default(false),
    name: text('name'),
    role: text('role'),
    /** What the user may be granted; NULL = unrestricted. */
    scope: text('scope'),
    /** Further claims about the user. */
    claims: text('claims', { mode: 'json' }).$type<Record<string, unknown>>().notNull().default({}),
    passwordHash: text('password_hash'),
    /**
     * `temporary`: the password must be changed at the next sign-in. `ask`: the endpoint of the import
     * checks the first one.
     */
    passwordState: text('password_state', { enum: ['temporary', 'ask'] }),
    disabledAt: real('disabled_at'),
    /** Nothing issued before this instant is accepted (sign-out everywhere, new password). */
    notBefore: real('not_before').notNull().default(0),
    /** To within a day; 0 = never, or not since this column exists. */
    lastSignedInAt: real('last_signed_in_at').notNull().default(0),
    createdAt: real('created_at').notNull(),
    updatedAt: real('updated_at').notNull(),
    /** Who the user is in the system that they were imported from: an id within a namespace. */
    sourceId: text('source_id'),
    externalId: text('external_id'),
    /** The import that created the user. */
    importId: text('import_id'),
    /** The TOTP secret under MASTER_KEY, with `sub` as the associated data; NULL = no TOTP. */
    sealedTotp: text('sealed_totp'),
    /** The last time step of RFC 6238 whose code counted; only ever raised. */
    totpLastStep: integer('totp_last_step').notNull().default(0),
    /** No browser that was remembered before this instant counts, beside `not_before`. */
    rememberedNotBefore: real('remembered_not_before').notNull().default(0),
    /** What authenticators know the user by (WebAuthn user handle), never the `sub`; NULL = none yet. */
    userHandle: text('user_handle'),
    /** When the person last declined to add a passkey; NULL = never. */
    passkeyDeclinedAt: real('passkey_declined_at'),
    /** The language that the person chose; NULL = none. */
    locale: text('locale'),
    /** The version of the terms that the person last agreed to, and when. */
    termsVersion: text('terms_version'),
    termsAcceptedAt: real('terms_accepted_at'),
    /** When cron deletes the account that its person asked to delete; NULL = nobody asked. */
    deleteAt: real('delete_at'),
    /** The configuration that the user belongs to; NULL = none. */
    managedBy: text('managed_by'),
  },
  (table) => [
    index('users_by_last_sign_in').on(table.lastSignedInAt, table.id),
    uniqueIndex('users_by_external_id')
      .on(table.externalId, table.sourceId)
      .where(sql`external_id IS NOT NULL`),
    index('users_by_import')
      .on(table.importId, table.id)
      .where(sql`import_id IS NOT NULL`),
    index('users_by_managed_by')
      .on(table.managedBy, table.id)
      .where(sql`managed_by IS NOT NULL`),
    index('users_by_totp_key')
      .on(sealedKeyId(verbatim(table.sealedTotp.name)))
      .where(sql`sealed_totp IS NOT NULL`),
    index('users_by_password_key').on(passwordKeyId(verbatim(table.passwordHash.name))),
    uniqueIndex('users_by_handle')
      .on(table.userHandle)
      .where(sql`user_handle IS NOT NULL`),
    index('users_by_delete_at')
      .on(table.deleteAt)
      .where(sql`delete_at IS NOT NULL`),
    index('users_by_created').on(table.createdAt, table.id),
    index('users_by_role')
      .on(table.role, table.id)
      .where(sql`role IS NOT NULL`),
    index('users_disabled')
      .on(table.id)
      .where(sql`disabled_at IS NOT NULL`),
  ],
)

/** The folded usernames and e-mail addresses of all users: none belongs to two users. */
export const loginNames = sqliteTable(
  'login_names',
  {
    foldedName: text('folded_name').primaryKey(),
    userId: integer('user_id').notNull(),
  },
  (table) => [index('login_names_by_user').on(table.userId)],
)

/** Browser sessions and the sessions of dialects' cookies. `id` is the `sid` of ID tokens. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    digest: text('digest').notNull().unique(),
    face: text('face').notNull(),
    userId: integer('user_id').notNull(),
    /** When the person last signed in here: compared with `not_before` and the epoch. */
    authTime: real('auth_time').notNull(),
    /** The `auth_time` that tokens state, if a provider vouches only for an earlier one; else NULL. */
    statedAuthTime: real('stated_auth_time'),
    amr: text('amr').notNull(),
    /** When a second factor or a passkey was last proved in this session; NULL = never. */
    secondFactorAt: real('second_factor_at'),
    userAgent: text('user_agent'),
    /** City and country of the sign-in, as the platform says; NULL = unknown. */
    place: text('place'),
    createdAt: real('created_at').notNull(),
    lastSeenAt: real('last_seen_at').notNull(),
    idleExpiresAt: real('idle_expires_at').notNull(),
    absoluteExpiresAt: real('absolute_expires_at').notNull(),
    endedAt: real('ended_at'),
  },
  (table) => [index('sessions_by_user').on(table.userId)],
)

/**
 * Password tries of one name from one address or from one known browser. The database has it WITHOUT
 * ROWID, which drizzle cannot say: an insertion writes one row less.
 */
export const signInAttempts = sqliteTable(
  'sign_in_attempts',
  {
    bucket: text('bucket').primaryKey(),
    /** The address whose limit the tries count for; NULL for a known browser. */
    address: text('address'),
    tries: integer('tries').notNull(),
    windowStartedAt: real('window_started_at').notNull(),
  },
  (table) => [
    index('sign_in_attempts_by_address')
      .on(table.address)
      .where(sql`address IS NOT NULL`),
  ],
)

/** Identity providers: for signing in, and for exchanging their codes in a dialect. */
export const providers = sqliteTable(
  'providers',
  {
    id: text('id').primaryKey(),
    issuer: text('issuer').notNull(),
    configuration: text('configuration', { mode: 'json' }).notNull(),
    wrappedClientSecret: text('wrapped_client_secret'),
    disabledAt: real('disabled_at'),
    createdAt: real('created_at').notNull(),
    updatedAt: real('updated_at').notNull(),
  },
  (table) => [index('providers_by_issuer').on(table.issuer)],
)

/** Which user the subject of a provider is linked to. */
export const providerLinks = sqliteTable(
  'provider_links',
  {
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    userId: integer('user_id').notNull(),
    email: text('email'),
    createdAt: real('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.subject] }),
    index('provider_links_by_user').on(table.userId),
  ],
)

/** Where the previous release kept sign-ins at a provider that had not returned. No longer written. */
export const upstreamStates = sqliteTable(
  'upstream_states',
  {
    digest: text('digest').primaryKey(),
    browserDigest: text('browser_digest').notNull(),
    providerId: text('provider_id').notNull(),
    sealed: text('sealed').notNull(),
    expiresAt: real('expires_at').notNull(),
    consumedAt: real('consumed_at'),
  },
  (table) => [index('upstream_states_by_expiry').on(table.expiresAt)],
)
