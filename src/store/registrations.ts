// Registrations of clients, and the initial access tokens that they need. The insertion of the client
// decides: whatever else its batch writes depends on the row being there.
import type {
  Admission,
  Client,
  RegistrationOutcome,
  RegistrationStore,
} from '../core/clients/storage.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditIfChanged, auditWhere } from './audit.ts'
import { type Database } from './database.ts'
import { pageOf } from './page.ts'
import { clients, registrationTokens } from './schema/grants.ts'
import { signInAttempts } from './schema/people.ts'
import {
  type Placeholders,
  type Statement,
  insertInto,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'
import type { SQL } from 'drizzle-orm'

/** Seconds in which the registrations of one address are counted. */
export const registrationWindow = 3_600

/** Where the registrations of an address are counted: beside its password tries, apart from them. */
const bucketOf = (address: string): string => `registration:${address}`

export const openRegistrations = (database: Database): RegistrationStore => ({
  register: (client, admission, audit) => register(database, client, admission, audit),
  async findToken(digest, now) {
    const row = await database.first(
      statement(sql`SELECT ${storedToken.columns} FROM ${registrationTokens}
        WHERE ${registrationTokens.digest} = ${digest} AND ${counts(now)}`),
    )
    return row === null ? null : storedToken.read(row)
  },
  async createToken(token, audit) {
    const insertion = statement(
      sql`${insertInto(registrationTokens, token)} WHERE TRUE ON CONFLICT (id) DO NOTHING`,
    )
    const look = tokenById(token.id)
    const [row] = (await database.batch([insertion, auditIfChanged(audit), look])).at(-1) ?? []
    return row === undefined ? token : storedToken.read(row)
  },
  async listTokens(limit, cursor) {
    const rows = await database.all(
      statement(sql`SELECT ${storedToken.columns} FROM ${registrationTokens}
        WHERE ${registrationTokens.id} > ${cursor}
        ORDER BY ${registrationTokens.id} LIMIT ${limit + 1}`),
    )
    return pageOf(rows.map(storedToken.read), limit, (last) => last.id)
  },
  async showToken(id) {
    const row = await database.first(tokenById(id))
    return row === null ? null : storedToken.read(row)
  },
  async deleteToken(id, audit) {
    const [deleted] = await database.batch([
      statement(sql`DELETE FROM ${registrationTokens}
        WHERE ${registrationTokens.id} = ${id} RETURNING 1`),
      auditIfChanged(audit),
    ])
    return deleted?.length === 1
  },
})

const storedToken = selection({
  id: registrationTokens.id,
  digest: registrationTokens.digest,
  label: registrationTokens.label,
  scope: registrationTokens.scope,
  redirectHosts: registrationTokens.redirectHosts,
  grantTypes: registrationTokens.grantTypes,
  maxUses: registrationTokens.maxUses,
  uses: registrationTokens.uses,
  createdAt: registrationTokens.createdAt,
  expiresAt: registrationTokens.expiresAt,
  lastUsedAt: registrationTokens.lastUsedAt,
})

const tokenById = (id: string): Statement =>
  statement(sql`SELECT ${storedToken.columns} FROM ${registrationTokens}
    WHERE ${registrationTokens.id} = ${id}`)

/** Whether an initial access token may be used once more. */
const counts = (now: number): SQL => sql`(${registrationTokens.expiresAt} > ${now}
  AND (${registrationTokens.maxUses} IS NULL
    OR ${registrationTokens.uses} < ${registrationTokens.maxUses}))`

const isRegistered = ({ id }: { id: string } | Placeholders<{ id: string }>): SQL =>
  sql`EXISTS (SELECT 1 FROM ${clients} WHERE ${clients.id} = ${id})`

const auditOfRegistration = auditWhere<{ id: string }>(isRegistered)

// A window that began further ahead than it is long began before the clock was set back.
const inWindow = (now: number): SQL =>
  sql`ABS(${signInAttempts.windowStartedAt} - ${now}) < ${registrationWindow}`

const selectedWindow = selection({ windowStartedAt: signInAttempts.windowStartedAt })

async function register(
  database: Database,
  client: Client,
  { tokenId, address, perAddress }: Admission,
  audit: AuditEvent,
): Promise<RegistrationOutcome> {
  const { at: now } = audit
  const bucket = bucketOf(address)
  const admits =
    tokenId === null
      ? sql`TRUE`
      : sql`EXISTS (SELECT 1 FROM ${registrationTokens}
          WHERE ${registrationTokens.id} = ${tokenId} AND ${counts(now)})`
  const isFull = sql`${signInAttempts.bucket} = ${bucket} AND ${inWindow(now)}
    AND ${signInAttempts.tries} >= ${perAddress}`
  const insertion = sql`${insertInto(clients, {
    ...client,
    accessTokenLifetime: client.metadata.access_token_ttl ?? null,
  })} WHERE ${admits} AND NOT EXISTS (SELECT 1 FROM ${signInAttempts} WHERE ${isFull})`
  const look = statement(sql`SELECT 1 FROM ${clients} WHERE ${clients.id} = ${client.id}`)
  const throttling = statement(
    sql`SELECT ${selectedWindow.columns} FROM ${signInAttempts} WHERE ${isFull}`,
  )
  const outcome = (registered: boolean, full: number | null): RegistrationOutcome => {
    if (registered) return { outcome: 'registered' }
    return full === null
      ? { outcome: 'token refused' }
      : { outcome: 'throttled', retryAt: full + registrationWindow }
  }
  try {
    const results = await database.batch([
      statement(insertion),
      useOfToken(client, tokenId, now),
      useOfAddress(client, bucket, now),
      auditOfRegistration(audit, { id: client.id }),
      look,
      throttling,
    ])
    const [full] = results[5] ?? []
    const windowStartedAt = full === undefined ? null : selectedWindow.read(full).windowStartedAt
    return outcome(results[4]?.length === 1, windowStartedAt)
  } catch (failure) {
    // The outcome is unknown. Nobody else can have drawn this identifier.
    if ((await database.first(look)) !== null) return { outcome: 'registered' }
    throw failure
  }
}

const useOfToken = (client: Client, tokenId: string | null, now: number): Statement =>
  statement(sql`UPDATE ${registrationTokens}
    ${set(registrationTokens, { uses: sql`${registrationTokens.uses} + 1`, lastUsedAt: now })}
    WHERE ${registrationTokens.id} = ${tokenId} AND ${isRegistered(client)}`)

const useOfAddress = (client: Client, bucket: string, now: number): Statement =>
  statement(sql`${insertInto(signInAttempts, { bucket, tries: 1, windowStartedAt: now })}
    WHERE ${isRegistered(client)}
    ON CONFLICT (bucket) DO UPDATE ${set(signInAttempts, {
      tries: sql`CASE WHEN ${inWindow(now)} THEN ${signInAttempts.tries} + 1 ELSE 1 END`,
      windowStartedAt: sql`CASE WHEN ${inWindow(now)} THEN ${signInAttempts.windowStartedAt}
        ELSE ${now} END`,
    })}`)
