// Every table of D1, and the only place that declares a column. Instants are NumericDate seconds
// with a millisecond fraction (REAL, `_at`), so that "before" and "after" hold within one second.
// No column holds a usable secret: digests are SHA-256, private keys and provider secrets are
// wrapped under a MASTER_KEY sub-key, passwords are hashes sealed under another.
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

/** People. `id` is a whole number that is never reused; `sub` is what tokens carry. */
export const users = sqliteTable('users', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  sub: text('sub').notNull().unique(),
  /** Random: what pairwise subjects are made of, so that no one can tell them from the `sub`. */
  pairwiseSalt: text('pairwise_salt').notNull(),
  username: text('username').notNull(),
  email: text('email'),
  emailVerified: integer('email_verified', { mode: 'boolean' }).notNull().default(false),
  name: text('name'),
  role: text('role'),
  /** What the user may be granted; NULL = unrestricted. */
  scope: text('scope'),
  /** Further claims about the user, a JSON object. */
  claims: text('claims').notNull().default('{}'),
  passwordHash: text('password_hash'),
  disabledAt: real('disabled_at'),
  /** Nothing that was issued before this instant counts (sign-out everywhere, new password). */
  notBefore: real('not_before').notNull().default(0),
  createdAt: real('created_at').notNull(),
  updatedAt: real('updated_at').notNull(),
})

/** Usernames and e-mail addresses of all users, folded, so that nobody's name is another's. */
export const loginNames = sqliteTable(
  'login_names',
  {
    foldedName: text('folded_name').primaryKey(),
    userId: integer('user_id').notNull(),
  },
  (table) => [index('login_names_by_user').on(table.userId)],
)

/** Clients: RFC 7591 metadata and Postern's own as one JSON document beside what decides races. */
export const clients = sqliteTable(
  'clients',
  {
    id: text('id').primaryKey(),
    secretDigest: text('secret_digest'),
    /** The older of two overlapping secrets while a secret is being rotated. */
    previousSecretDigest: text('previous_secret_digest'),
    metadata: text('metadata').notNull(),
    /** The `access_token_ttl` of the metadata: how long a superseded signing key must stay public. */
    accessTokenLifetime: integer('access_token_lifetime'),
    disabledAt: real('disabled_at'),
    notBefore: real('not_before').notNull().default(0),
    createdAt: real('created_at').notNull(),
    updatedAt: real('updated_at').notNull(),
  },
  (table) => [index('clients_by_access_token_lifetime').on(table.accessTokenLifetime)],
)

/** One row per authorization (a refresh line, a device, a sign-in): the arbiter of every race. */
export const grants = sqliteTable(
  'grants',
  {
    id: text('id').primaryKey(),
    userId: integer('user_id').notNull(),
    clientId: text('client_id').notNull(),
    /** The browser session it came from; NULL = none. */
    sessionId: text('session_id'),
    scope: text('scope').notNull(),
    /** Space-separated resource indicators (RFC 8707); NULL = the issuer itself. */
    resource: text('resource'),
    /** Thumbprint of the key that tokens are bound to (RFC 9449, 8705). */
    keyThumbprint: text('key_thumbprint'),
    authTime: real('auth_time').notNull(),
    amr: text('amr').notNull(),
    /** The `claims` request parameter (OpenID Connect Core 5.5), JSON. */
    claimsRequest: text('claims_request'),
    codeDigest: text('code_digest'),
    generation: integer('generation').notNull().default(0),
    currentDigest: text('current_digest'),
    previousDigest: text('previous_digest'),
    rotatedAt: real('rotated_at'),
    lastOperation: text('last_operation').notNull(),
    /** Whether the line outlives its browser session (offline_access). */
    offline: integer('offline', { mode: 'boolean' }).notNull(),
    userAgent: text('user_agent'),
    createdAt: real('created_at').notNull(),
    lastUsedAt: real('last_used_at').notNull(),
    idleExpiresAt: real('idle_expires_at').notNull(),
    absoluteExpiresAt: real('absolute_expires_at').notNull(),
    /** The latest expiry of any access token it gave out; only ever raised. */
    accessExpiresAt: real('access_expires_at').notNull(),
    revokedAt: real('revoked_at'),
    revokedReason: text('revoked_reason'),
  },
  (table) => [
    uniqueIndex('grants_by_code').on(table.codeDigest),
    index('grants_by_user').on(table.userId, table.clientId),
    index('grants_by_client').on(table.clientId),
    index('grants_by_expiry').on(table.absoluteExpiresAt),
  ],
)

/** Browser sessions and the Traffic Ops cookie's sessions. `id` is the `sid` of ID tokens. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    digest: text('digest').notNull().unique(),
    face: text('face').notNull(),
    userId: integer('user_id').notNull(),
    /** When the person signed in here last: what not_before and the epoch judge. */
    authTime: real('auth_time').notNull(),
    /** The auth_time that tokens state: earlier where a provider vouches for no later one. NULL = auth_time. */
    statedAuthTime: real('stated_auth_time'),
    amr: text('amr').notNull(),
    userAgent: text('user_agent'),
    createdAt: real('created_at').notNull(),
    lastSeenAt: real('last_seen_at').notNull(),
    idleExpiresAt: real('idle_expires_at').notNull(),
    absoluteExpiresAt: real('absolute_expires_at').notNull(),
    endedAt: real('ended_at'),
  },
  (table) => [
    index('sessions_by_user').on(table.userId),
    index('sessions_by_expiry').on(table.absoluteExpiresAt),
  ],
)

/** What a user allowed a client at one redirect URI. */
export const consents = sqliteTable(
  'consents',
  {
    userId: integer('user_id').notNull(),
    clientId: text('client_id').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    scope: text('scope').notNull(),
    /** False where the client's identity is not assured: then the page is always shown. */
    remembered: integer('remembered', { mode: 'boolean' }).notNull(),
    grantedAt: real('granted_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.clientId, table.redirectUri] }),
    index('consents_by_client').on(table.clientId),
  ],
)

/** A login, account or consent screen that waits for its answer; consumed once. */
export const interactions = sqliteTable(
  'interactions',
  {
    digest: text('digest').primaryKey(),
    browserDigest: text('browser_digest').notNull(),
    /** What waits for the answer: the stage and the request it goes on with, JSON. */
    request: text('request').notNull(),
    createdAt: real('created_at').notNull(),
    expiresAt: real('expires_at').notNull(),
    consumedAt: real('consumed_at'),
    /** The request that consumed it: what else its batch writes depends on this. */
    operation: text('operation'),
  },
  (table) => [index('interactions_by_expiry').on(table.expiresAt)],
)

/** Authorization codes whose sealed facts are too long for a URL (over 1.5 KB). */
export const parkedCodes = sqliteTable(
  'parked_codes',
  {
    digest: text('digest').primaryKey(),
    sealed: text('sealed').notNull(),
    expiresAt: real('expires_at').notNull(),
  },
  (table) => [index('parked_codes_by_expiry').on(table.expiresAt)],
)

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
    /** From here on the newest such key signs; published before. */
    activeAt: real('active_at').notNull(),
    /** Leaves the JWKS; NULL while no successor exists. */
    expiresAt: real('expires_at'),
  },
  (table) => [uniqueIndex('signing_keys_by_generation').on(table.alg, table.generation)],
)

/** Single access tokens that were revoked, until they would have expired. */
export const revokedTokens = sqliteTable(
  'revoked_tokens',
  {
    jti: text('jti').primaryKey(),
    revokedAt: real('revoked_at').notNull(),
    expiresAt: real('expires_at').notNull(),
  },
  (table) => [index('revoked_tokens_by_expiry').on(table.expiresAt)],
)

/** Revocations that KV has not been told yet. */
export const revocationOutbox = sqliteTable('revocation_outbox', {
  key: text('key').primaryKey(),
  revokedAt: real('revoked_at').notNull(),
  expiresAt: real('expires_at').notNull(),
})

/** Password tries, counted before any hashing, per account, address and known browser. */
export const signInAttempts = sqliteTable(
  'sign_in_attempts',
  {
    bucket: text('bucket').primaryKey(),
    tries: integer('tries').notNull(),
    windowStartedAt: real('window_started_at').notNull(),
  },
  (table) => [index('sign_in_attempts_by_window').on(table.windowStartedAt)],
)

/** One row (id 1): nothing issued before `not_before` counts (after a database restore). */
export const epoch = sqliteTable('epoch', {
  id: integer('id').primaryKey(),
  notBefore: real('not_before').notNull(),
})

/** Identifiers that may be used once (assertion and proof `jti`), until they would expire. */
export const usedIdentifiers = sqliteTable(
  'used_identifiers',
  {
    digest: text('digest').primaryKey(),
    expiresAt: real('expires_at').notNull(),
  },
  (table) => [index('used_identifiers_by_expiry').on(table.expiresAt)],
)

/** Identity providers elsewhere: the Traffic Ops exchange and sign-in on the login page. */
export const providers = sqliteTable(
  'providers',
  {
    id: text('id').primaryKey(),
    issuer: text('issuer').notNull(),
    configuration: text('configuration').notNull(),
    wrappedClientSecret: text('wrapped_client_secret'),
    disabledAt: real('disabled_at'),
    createdAt: real('created_at').notNull(),
    updatedAt: real('updated_at').notNull(),
  },
  (table) => [index('providers_by_issuer').on(table.issuer)],
)

/** Which user a provider's subject is. */
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

/** A browser that was sent to a provider and has not come back; consumed once. */
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

/** Back-channel logout notices that a client has not acknowledged yet. */
export const logoutNotices = sqliteTable(
  'logout_notices',
  {
    id: text('id').primaryKey(),
    clientId: text('client_id').notNull(),
    sub: text('sub').notNull(),
    sessionId: text('session_id'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: real('next_attempt_at').notNull(),
    expiresAt: real('expires_at').notNull(),
  },
  (table) => [
    index('logout_notices_by_client').on(table.clientId),
    index('logout_notices_by_attempt').on(table.nextAttemptAt),
    index('logout_notices_by_expiry').on(table.expiresAt),
  ],
)

/** What happened, written in the batch that made it happen. Never holds a secret. */
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
    // What a person can do over and over is counted by it: the very list of audit.ts, else SQLite
    // does not take it.
    index('audit_events_repeatable')
      .on(table.userId, table.kind, table.at)
      .where(
        sql`kind IN ('access ended by the user', 'consent given', 'password changed', 'provider linked', 'provider unlinked', 'signed out', 'signed out everywhere else')`,
      ),
  ],
)
