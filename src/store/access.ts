// What has access to a user's account: live grants, and consents of clients that have no live grant.
import type { SQL } from 'drizzle-orm'
import type { AccessStore, ListedGrant } from '../core/authorization/storage.ts'
import type { Page } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { clients, grants, resourceConsents } from './schema/grants.ts'
import { users } from './schema/people.ts'
import {
  type Row,
  type Statement,
  number,
  optional,
  prepared,
  selection,
  sql,
  statement,
  text,
  verbatim,
} from './sql.ts'
import { barred } from './standing.ts'

/** The user's live grants, from `grants` with `users` and `clients`. */
export const liveGrants = (userId: SQL, now: SQL): SQL =>
  liveWhere(sql`${grants.userId} = ${userId}`, now)

const liveWhere = (which: SQL, now: SQL): SQL =>
  sql`FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
    LEFT JOIN ${clients} ON ${clients.id} = ${grants.clientId}
  WHERE ${which} AND ${isLive(now)}`

/** Whether a grant (`grants` with its `users` and LEFT JOIN `clients`) gives access now. */
export const isLive = (now: SQL): SQL =>
  sql`${grants.revokedAt} IS NULL
    AND (${grants.idleExpiresAt} > ${now} OR ${grants.accessExpiresAt} > ${now})
    AND NOT ${barred(now)}`

const selectedEntry = selection({
  clientId: text(sql`client_id`),
  scope: text(sql`group_concat(scope, ' ')`),
  createdAt: number(sql`MIN(created_at)`),
  lastUsedAt: optional(number(sql`MAX(last_used_at)`)),
})

/**
 * Selects what has access to a user's account. A client is one entry, however many grants it has: they
 * end together, with its consents. A consent that is asked for every time (its scope is '') gives no
 * access without a grant and is left out.
 */
export const accessOf = (userId: SQL, now: SQL): SQL =>
  sql`SELECT ${selectedEntry.columns} FROM (
      SELECT ${grants.clientId} AS client_id, ${grants.scope} AS scope,
        ${grants.createdAt} AS created_at, ${grants.lastUsedAt} AS last_used_at
      ${liveGrants(userId, now)}
      UNION ALL
      SELECT ${resourceConsents.clientId}, ${resourceConsents.scope}, ${resourceConsents.grantedAt},
        NULL
      FROM ${resourceConsents}
      WHERE ${resourceConsents.userId} = ${userId} AND ${resourceConsents.scope} <> '')
    GROUP BY client_id`

const entries = prepared<{ userId: number; now: number; most: number; offset: number }>(
  ({ userId, now, most, offset }) => sql`${accessOf(userId, now)}
    ORDER BY "lastUsedAt" DESC NULLS LAST, "createdAt" DESC, "clientId"
    LIMIT ${most} OFFSET ${offset}`,
)

/** In the order of which the index of a client has its grants. */
const position = sql`${grants}.${verbatim('rowid')}`

const listedGrant = {
  id: grants.id,
  userId: grants.userId,
  username: users.username,
  clientId: grants.clientId,
  clientName: optional(text(sql`json_extract(${clients.metadata}, '$.client_name')`)),
  sessionId: grants.sessionId,
  scope: grants.scope,
  resource: grants.resource,
  userAgent: grants.userAgent,
  createdAt: grants.createdAt,
  lastUsedAt: grants.lastUsedAt,
  idleExpiresAt: grants.idleExpiresAt,
  absoluteExpiresAt: grants.absoluteExpiresAt,
}
const selectedListed = selection(listedGrant)
const selectedPosition = selection({ position: number(position) })

type Holder = { userId: number } | { clientId: string }

const heldBy = (of: Holder): SQL =>
  'userId' in of ? sql`${grants.userId} = ${of.userId}` : sql`${grants.clientId} = ${of.clientId}`

/** Selects the live grants of a user or client, newest first: one more than `limit`. */
export const listedGrants = (
  of: Holder,
  now: number,
  limit: number,
  cursor: string | null,
): Statement =>
  statement(sql`SELECT ${selectedListed.columns}, ${selectedPosition.columns}
    ${liveWhere(heldBy(of), sql`${now}`)}
    ${cursor === null ? sql`` : sql`AND ${position} < ${Number(cursor)}`}
    ORDER BY ${position} DESC LIMIT ${limit + 1}`)

/** Returns the page that the rows of `listedGrants` are. */
export function grantPage(rows: readonly Row[], limit: number): Page<ListedGrant> {
  const page = pageOf(rows, limit, (last) => selectedPosition.read(last).position)
  return { ...page, items: page.items.map(selectedListed.read) }
}

/** Selects, for a scalar subquery, how many live grants a user or client has. */
export const countedGrants = (of: Holder, now: number): SQL =>
  sql`SELECT COUNT(*) ${liveWhere(heldBy(of), sql`${now}`)}`

/** Selects, for a subquery, when the `most` newest live grants of a client were last used. */
export const newestUses = (clientId: string, now: number, most: number): SQL =>
  sql`SELECT ${grants.lastUsedAt} AS used ${liveWhere(heldBy({ clientId }), sql`${now}`)}
    ORDER BY ${position} DESC LIMIT ${most}`

/** Opens the list of what has access to a user. */
export const openAccess = (database: Database): AccessStore => ({
  async listGrants(of, now, limit, cursor) {
    return grantPage(await database.all(listedGrants(of, now, limit, cursor)), limit)
  },
  async listOfUser(userId, now, limit, cursor) {
    const query = entries({ userId, now, most: limit + 1, offset: cursor })
    const rows = await database.all(query)
    return pageOf(rows.map(selectedEntry.read), limit, () => cursor + limit)
  },
})
