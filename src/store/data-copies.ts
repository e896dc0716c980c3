// What is stored about one user, for the copy that they download. Every column is named here: no hash, no
// sealed or digested secret, and nothing of anybody else is among them.
import type { SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { CopiedList, DataCopyStore } from '../core/people/self/storage.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { clients, grants, resourceConsents } from './schema/grants.ts'
import { credentials } from './schema/factors.ts'
import { providerLinks, sessions, signInAttempts } from './schema/people.ts'
import { auditEvents } from './schema/server.ts'
import {
  type Row,
  insertInto,
  number,
  optional,
  selection,
  set,
  sql,
  statement,
  text,
  verbatim,
} from './sql.ts'

/** Whether an event is of something that its own user did: others' addresses are not theirs to read. */
const isOwn = sql`${auditEvents.actor} = 'user:' || ${auditEvents.userId}`

const nameOfClient = (
  id: SQL,
): SQL => sql`(SELECT json_extract(${clients.metadata}, '$.client_name')
  FROM ${clients} WHERE ${clients.id} = ${id})`

type List = {
  table: SQLiteTable
  isOf: (userId: number) => SQL
  selected: { columns: SQL; read: (row: Row) => Record<string, unknown> }
}

const lists: Record<CopiedList, List> = {
  passkeys: {
    table: credentials,
    isOf: (userId) => sql`${credentials.userId} = ${userId} AND ${credentials.kind} = 'passkey'`,
    selected: selection({
      name: credentials.name,
      synced: credentials.isBackedUp,
      user_agent: credentials.userAgent,
      created_at: credentials.createdAt,
      last_used_at: credentials.lastUsedAt,
    }),
  },
  links: {
    table: providerLinks,
    isOf: (userId) => sql`${providerLinks.userId} = ${userId}`,
    selected: selection({
      issuer: providerLinks.issuer,
      subject: providerLinks.subject,
      email: providerLinks.email,
      created_at: providerLinks.createdAt,
    }),
  },
  sessions: {
    table: sessions,
    isOf: (userId) => sql`${sessions.userId} = ${userId}`,
    selected: selection({
      face: sessions.face,
      user_agent: sessions.userAgent,
      place: sessions.place,
      amr: sessions.amr,
      auth_time: sessions.authTime,
      created_at: sessions.createdAt,
      last_seen_at: sessions.lastSeenAt,
      expires_at: sessions.absoluteExpiresAt,
      ended_at: sessions.endedAt,
    }),
  },
  grants: {
    table: grants,
    isOf: (userId) => sql`${grants.userId} = ${userId}`,
    selected: selection({
      client_id: grants.clientId,
      client_name: optional(text(nameOfClient(sql`${grants.clientId}`))),
      scope: grants.scope,
      resource: grants.resource,
      user_agent: grants.userAgent,
      created_at: grants.createdAt,
      last_used_at: grants.lastUsedAt,
      revoked_at: grants.revokedAt,
    }),
  },
  consents: {
    table: resourceConsents,
    isOf: (userId) => sql`${resourceConsents.userId} = ${userId}`,
    selected: selection({
      client_id: resourceConsents.clientId,
      client_name: optional(text(nameOfClient(sql`${resourceConsents.clientId}`))),
      resource: resourceConsents.resource,
      scope: resourceConsents.scope,
      granted_at: resourceConsents.grantedAt,
    }),
  },
  clients: {
    table: clients,
    isOf: (userId) => sql`${clients.ownerId} = ${userId}`,
    selected: selection({
      client_id: clients.id,
      client_name: optional(text(sql`json_extract(${clients.metadata}, '$.client_name')`)),
      created_at: clients.createdAt,
    }),
  },
  events: {
    table: auditEvents,
    isOf: (userId) => sql`${auditEvents.userId} = ${userId}`,
    selected: selection({
      at: auditEvents.at,
      kind: auditEvents.kind,
      outcome: auditEvents.outcome,
      occurrences: auditEvents.occurrences,
      client_id: auditEvents.clientId,
      address: optional(text(sql`CASE WHEN ${isOwn} THEN ${auditEvents.address} END`)),
      user_agent: optional(text(sql`CASE WHEN ${isOwn} THEN ${auditEvents.userAgent} END`)),
    }),
  },
}

const bucketOf = (userId: number): string => `data-copy:${userId}`

/** What stands in `tries` of a copy that is being made, and of one that is whole. */
const [begun, whole] = [0, 1] as const

/** Seconds for which a copy counts of whose end nothing is known: D1 went away meanwhile, or the browser. */
const untold = 60

/** Opens the copies of people's data. */
export const openDataCopies = (database: Database): DataCopyStore => ({
  async admit(userId, window, audit) {
    const now = audit.at
    const bucket = bucketOf(userId)
    const { tries, windowStartedAt } = signInAttempts
    const selectedStart = selection({ windowStartedAt })
    const [admitted, , stored] = await database.batch([
      statement(sql`${insertInto(signInAttempts, { bucket, tries: begun, windowStartedAt: now })}
        WHERE TRUE
        ON CONFLICT (bucket) DO UPDATE ${set(signInAttempts, { tries: begun, windowStartedAt: now })}
        WHERE ABS(${windowStartedAt} - ${now}) >=
          CASE ${tries} WHEN ${begun} THEN ${untold} ELSE ${window} END RETURNING 1`),
      auditIfChanged(audit),
      statement(sql`SELECT ${selectedStart.columns} FROM ${signInAttempts}
        WHERE ${signInAttempts.bucket} = ${bucket}`),
    ])
    const [last] = stored ?? []
    return admitted?.length === 1 || last === undefined
      ? null
      : selectedStart.read(last).windowStartedAt
  },
  async end(userId, admittedAt, isWhole) {
    const { bucket, windowStartedAt } = signInAttempts
    const ended = { tries: whole, windowStartedAt: isWhole ? admittedAt : 0 }
    await database.all(
      statement(sql`UPDATE ${signInAttempts} ${set(signInAttempts, ended)}
        WHERE ${bucket} = ${bucketOf(userId)} AND ${windowStartedAt} = ${admittedAt}`),
    )
  },
  async list(list, userId, limit, cursor) {
    const { table, isOf, selected } = lists[list]
    const position = sql`${table}.${verbatim('rowid')}`
    const selectedPosition = selection({ position: number(position) })
    const rows = await database.all(
      statement(sql`SELECT ${selected.columns}, ${selectedPosition.columns} FROM ${table}
        WHERE ${isOf(userId)} AND ${position} > ${Number(cursor ?? 0)}
        ORDER BY ${position} LIMIT ${limit + 1}`),
    )
    const page = pageOf(rows, limit, (last) => selectedPosition.read(last).position)
    return { ...page, items: page.items.map(selected.read) }
  },
})
