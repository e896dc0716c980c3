// Clients, what they were granted and what ends it.
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
import type { GrantType, RegisteredMetadata } from '../../core/clients/metadata.ts'
import type { RegistrationLimits } from '../../core/clients/storage.ts'
import type { DetailsTypeMetadata } from '../../core/tokens/details-type.ts'
import type { ResourceMetadata } from '../../core/tokens/resource-metadata.ts'
import { clientNameKey } from '../client-name.ts'
import { verbatim } from '../sql.ts'

/** Clients: RFC 7591 metadata and Postern's own as one JSON document beside what decides races. */
export const clients = sqliteTable(
  'clients',
  {
    id: text('id').primaryKey(),
    secretDigest: text('secret_digest'),
    /** The older of two overlapping secrets while a secret is being rotated. */
    previousSecretDigest: text('previous_secret_digest'),
    metadata: text('metadata', { mode: 'json' }).$type<RegisteredMetadata>().notNull(),
    /** The `access_token_ttl` of the metadata: how long a superseded signing key must stay public. */
    accessTokenLifetime: integer('access_token_lifetime'),
    disabledAt: real('disabled_at'),
    notBefore: real('not_before').notNull().default(0),
    /** No code that was issued before counts: a redirect URI was removed since. */
    codesNotBefore: real('codes_not_before').notNull().default(0),
    createdAt: real('created_at').notNull(),
    updatedAt: real('updated_at').notNull(),
    /** Who created the client: `admin`, `dcr`, `cimd`, `config`, or the name of a dialect. */
    origin: text('origin').notNull().default('admin'),
    /** The registration access token of RFC 7592, and the one that it replaced. */
    registrationTokenDigest: text('registration_token_digest'),
    previousRegistrationTokenDigest: text('previous_registration_token_digest'),
    previousRegistrationTokenExpiresAt: real('previous_registration_token_expires_at'),
    /** The initial access token that the client was registered with. */
    registeredBy: text('registered_by'),
    /** What that token allowed, which no later change may go beyond. */
    registrationLimits: text('registration_limits', { mode: 'json' }).$type<RegistrationLimits>(),
    /** The software statement that the client was registered with (RFC 7591 2.3). */
    softwareStatement: text('software_statement'),
    /** Cron does not ask before this instant whether the client is still needed; NULL = never. */
    keptUntil: real('kept_until'),
    /** When the last of those grants expired that have no row any more; NULL = there was none. */
    grantedUntil: real('granted_until'),
    /** Of a client ID metadata document: the document that the row was made of. */
    documentDigest: text('document_digest'),
    /** The user who created the client and may manage it; NULL = the client has no owner. */
    ownerId: integer('owner_id'),
  },
  (table) => [
    index('clients_by_access_token_lifetime').on(table.accessTokenLifetime),
    index('clients_by_origin').on(table.origin, table.id),
    index('clients_by_name').on(clientNameKey(verbatim(table.metadata.name)), table.id),
    index('clients_by_kept_until')
      .on(table.keptUntil)
      .where(sql`kept_until IS NOT NULL`),
    index('clients_by_owner')
      .on(table.ownerId, table.id)
      .where(sql`owner_id IS NOT NULL`),
  ],
)

/** Initial access tokens (RFC 7591 1.2): what the bearer may register, and how often. */
export const registrationTokens = sqliteTable(
  'registration_tokens',
  {
    id: text('id').primaryKey(),
    digest: text('digest').notNull(),
    label: text('label').notNull(),
    /** Space-separated; NULL = any. */
    scope: text('scope'),
    /** A JSON array; NULL = any. */
    redirectHosts: text('redirect_hosts', { mode: 'json' }).$type<readonly string[]>(),
    /** A JSON array; NULL = any that a client can be registered for. */
    grantTypes: text('grant_types', { mode: 'json' }).$type<readonly GrantType[]>(),
    /** NULL = as often as wanted. */
    maxUses: integer('max_uses'),
    uses: integer('uses').notNull().default(0),
    createdAt: real('created_at').notNull(),
    expiresAt: real('expires_at').notNull(),
    lastUsedAt: real('last_used_at'),
  },
  (table) => [
    uniqueIndex('registration_tokens_by_digest').on(table.digest),
    index('registration_tokens_by_expiry').on(table.expiresAt),
  ],
)

/** One row per authorization (a sign-in, a device) with its refresh tokens: it decides every race. */
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
    /** The keys of these by which spellings are compared; NULL in grants of the release before. */
    resourceKeys: text('resource_keys'),
    /** Thumbprint of the key or certificate that its refresh token is bound to; NULL = none. */
    keyThumbprint: text('key_thumbprint'),
    authTime: real('auth_time').notNull(),
    amr: text('amr').notNull(),
    /** The authentication context that was reached when it was made; NULL = of one factor. */
    acr: text('acr'),
    /** The `claims` request parameter (OpenID Connect Core 5.5), JSON. */
    claimsRequest: text('claims_request'),
    /** What exactly was granted (RFC 9396), a JSON array; NULL = nothing beyond the scope. */
    authorizationDetails: text('authorization_details'),
    /** The grant whose token requested this grant's code: this grant ends with it. */
    endsWith: text('ends_with'),
    codeDigest: text('code_digest'),
    generation: integer('generation').notNull().default(0),
    currentDigest: text('current_digest'),
    previousDigest: text('previous_digest'),
    rotatedAt: real('rotated_at'),
    /** The latest generation in which the token before was presented again within the grace. */
    retriedGeneration: integer('retried_generation'),
    /** How many generations in a row were retried; from 2 on it is never reset. */
    retryRounds: integer('retry_rounds').notNull().default(0),
    lastOperation: text('last_operation').notNull(),
    /** The operation of the first refresh, which is noted in the audit; NULL before it. */
    firstRefresh: text('first_refresh'),
    /** Whether the grant outlives its browser session (offline_access). */
    offline: integer('offline', { mode: 'boolean' }).notNull(),
    userAgent: text('user_agent'),
    createdAt: real('created_at').notNull(),
    lastUsedAt: real('last_used_at').notNull(),
    idleExpiresAt: real('idle_expires_at').notNull(),
    /**
     * Cron moves that of an expired grant to the end of the session whose end the client is told of.
     */
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
    index('grants_by_end')
      .on(table.endsWith)
      .where(sql`ends_with IS NOT NULL`),
  ],
)

/** Protected resources that the operator registered (RFC 8707), one JSON document each. */
export const resources = sqliteTable('resources', {
  id: text('id').primaryKey(),
  metadata: text('metadata', { mode: 'json' }).$type<ResourceMetadata>().notNull(),
  createdAt: real('created_at').notNull(),
  updatedAt: real('updated_at').notNull(),
})

/** The keys of all spellings of all resources, so that no spelling belongs to two. */
export const resourceKeys = sqliteTable(
  'resource_keys',
  {
    /** As protocol/resource-key.ts makes it. */
    key: text('key').primaryKey(),
    resourceId: text('resource_id').notNull(),
  },
  (table) => [index('resource_keys_by_resource').on(table.resourceId)],
)

/** Types of authorization details that the operator registered (RFC 9396). */
export const detailsTypes = sqliteTable('authorization_details_types', {
  type: text('type').primaryKey(),
  /** Which entries are valid. */
  schema: text('schema', { mode: 'json' }).$type<DetailsTypeMetadata['schema']>().notNull(),
  /** Words for the consent page: a text, or one for each language. */
  title: text('title', { mode: 'json' }).$type<DetailsTypeMetadata['title']>().notNull(),
  summary: text('summary', { mode: 'json' }).$type<NonNullable<DetailsTypeMetadata['summary']>>(),
  /** The configuration that it belongs to; NULL = none. */
  managedBy: text('managed_by'),
  createdAt: real('created_at').notNull(),
  updatedAt: real('updated_at').notNull(),
})

/** What a user allowed a client at one resource. */
export const resourceConsents = sqliteTable(
  'resource_consents',
  {
    userId: integer('user_id').notNull(),
    clientId: text('client_id').notNull(),
    /** RFC 8707; '' = this server itself. */
    resource: text('resource').notNull(),
    /** What is not asked for again; '' where the client's identity is not assured. */
    scope: text('scope').notNull(),
    grantedAt: real('granted_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.clientId, table.resource] }),
    index('resource_consents_by_client').on(table.clientId),
  ],
)

/** Where the previous release kept what is in `resource_consents`. No longer written. */
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

/** Where the previous release kept waiting screens. No longer written. */
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

/**
 * Requests of devices (RFC 8628). The database has it WITHOUT ROWID, which drizzle cannot say: an
 * insertion writes one row less.
 */
export const deviceCodes = sqliteTable(
  'device_codes',
  {
    /** Of the id that the sealed device code carries; the code digest of the grant that it gives. */
    digest: text('digest').primaryKey(),
    /** A keyed digest of the code that a person types: it is too short for a plain one. */
    userCodeDigest: text('user_code_digest').notNull(),
    clientId: text('client_id').notNull(),
    /** What the device asks for; once it is allowed, what the user granted. */
    scope: text('scope').notNull(),
    /** Resource indicators (RFC 8707), a JSON array; empty = the issuer itself. */
    resource: text('resource', { mode: 'json' }).$type<string[]>().notNull(),
    /** What exactly the device asks for (RFC 9396), a JSON array; NULL = nothing beyond the scope. */
    authorizationDetails: text('authorization_details'),
    /** Where the request came from, as far as limits count it, and with which program. */
    address: text('address').notNull(),
    userAgent: text('user_agent'),
    createdAt: real('created_at').notNull(),
    expiresAt: real('expires_at').notNull(),
    /** Seconds that the device must wait between two polls. */
    pollInterval: integer('poll_interval').notNull(),
    polledAt: real('polled_at'),
    /** Whether the last poll came before its time. */
    polledTooSoon: integer('polled_too_soon', { mode: 'boolean' }).notNull().default(false),
    /** NULL = nobody has decided. */
    decision: text('decision', { enum: ['allowed', 'denied'] }),
    decidedAt: real('decided_at'),
    /** Who decided, in which session, and how that session had begun. */
    userId: integer('user_id'),
    sessionId: text('session_id'),
    authTime: real('auth_time'),
    amr: text('amr'),
    acr: text('acr'),
  },
  (table) => [
    uniqueIndex('device_codes_by_user_code').on(table.userCodeDigest),
    index('device_codes_by_address').on(table.address, table.createdAt),
  ],
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

/**
 * Identifiers that may be used once (of screens, client assertions, proofs of possession), until they
 * expire. The database has it WITHOUT ROWID, which drizzle cannot say: an insertion writes one row
 * instead of two.
 */
export const usedIdentifiers = sqliteTable('used_identifiers', {
  digest: text('digest').primaryKey(),
  expiresAt: real('expires_at').notNull(),
  /** The request that used it: what else its batch writes depends on this. */
  operation: text('operation'),
})

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
    index('logout_notices_by_turn').on(table.clientId, table.attempts, table.nextAttemptAt),
    index('logout_notices_by_expiry').on(table.expiresAt),
  ],
)
