// Whole tables in the order in which their rows are stored, for an operator who takes everything along.
// A page goes on behind the last row of the one before, at the cost of its own rows.
import type { SQL } from 'drizzle-orm'
import type { ExportStore } from '../core/authorization/storage.ts'
import type { Page } from '../core/server/storage.ts'
import { isLive } from './access.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { clients, grants, resourceConsents } from './schema/grants.ts'
import { providerLinks, users } from './schema/people.ts'
import { type Row, number, selection, sql, statement, text, verbatim } from './sql.ts'
import { wholeUser } from './user-rows.ts'

// The links are read by their index by user, in the order in which they were made.
const besideUser = selection({
  sealedTotp: users.sealedTotp,
  links: text(sql`(SELECT json_group_array(json_object(
      'issuer', ${providerLinks.issuer}, 'subject', ${providerLinks.subject}))
    FROM ${providerLinks} WHERE ${providerLinks.userId} = ${users.id})`),
})

const selectedLink = selection({
  sub: users.sub,
  issuer: providerLinks.issuer,
  subject: providerLinks.subject,
  email: providerLinks.email,
  createdAt: providerLinks.createdAt,
})

const selectedConsent = selection({
  sub: users.sub,
  clientId: resourceConsents.clientId,
  resource: resourceConsents.resource,
  scope: resourceConsents.scope,
  grantedAt: resourceConsents.grantedAt,
})

const selectedGrant = selection({
  id: grants.id,
  sub: users.sub,
  clientId: grants.clientId,
  sessionId: grants.sessionId,
  scope: grants.scope,
  resource: grants.resource,
  offline: grants.offline,
  authTime: grants.authTime,
  amr: grants.amr,
  acr: grants.acr,
  createdAt: grants.createdAt,
  lastUsedAt: grants.lastUsedAt,
  idleExpiresAt: grants.idleExpiresAt,
  absoluteExpiresAt: grants.absoluteExpiresAt,
})

type Table = typeof providerLinks | typeof resourceConsents | typeof grants

/** Where a row stands in its table. */
const positionIn = (table: Table): SQL => sql`${table}.${verbatim('rowid')}`

/** Lists rows of a table joined with their users. */
async function listRows<Item>(
  database: Database,
  table: Table,
  { columns, read }: { columns: SQL; read: (row: Row) => Item },
  [joined, condition]: readonly [joined: SQL, condition: SQL],
  [limit, after]: readonly [limit: number, after: number],
): Promise<Page<Item>> {
  const selectedPosition = selection({ position: number(positionIn(table)) })
  const rows = await database.all(
    statement(sql`SELECT ${columns}, ${selectedPosition.columns}
      FROM ${table} JOIN ${users} ON ${users.id} = ${table.userId} ${joined}
      WHERE ${positionIn(table)} > ${after} AND ${condition}
      ORDER BY ${positionIn(table)} LIMIT ${limit + 1}`),
  )
  const page = pageOf(rows, limit, (last) => selectedPosition.read(last).position)
  return { ...page, items: page.items.map(read) }
}

const everyRow = [sql``, sql`1`] as const

/** Opens the tables for an export. */
export const openExports = (database: Database): ExportStore => ({
  async users(limit, after) {
    const rows = await database.all(
      statement(sql`SELECT ${wholeUser.columns}, ${besideUser.columns} FROM ${users}
        WHERE ${users.id} > ${after} ORDER BY ${users.id} LIMIT ${limit + 1}`),
    )
    const read = rows.map((row) => ({ user: wholeUser.read(row), ...besideUser.read(row) }))
    return pageOf(read, limit, ({ user }) => user.id)
  },
  links: (limit, after) =>
    listRows(database, providerLinks, selectedLink, everyRow, [limit, after]),
  consents: (limit, after) =>
    listRows(database, resourceConsents, selectedConsent, everyRow, [limit, after]),
  grants(now, limit, after) {
    const joined = sql`LEFT JOIN ${clients} ON ${clients.id} = ${grants.clientId}`
    return listRows(database, grants, selectedGrant, [joined, isLive(sql`${now}`)], [limit, after])
  },
})
