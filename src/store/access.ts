// What has access to a user's account: the lines that count, and the consents that stand without one.
import type { AccessEntry } from '../core/records.ts'
import type { AccessStore } from '../core/store.ts'
import {
  numberOf,
  optionalNumberOf,
  statement,
  textOf,
  type Database,
  type Row,
} from './database.ts'
import { pageOf } from './page.ts'
import { barred } from './rows.ts'

/** The lines `g` of the user ?1 that count at ?2. */
const liveLines = `FROM grants g JOIN users u ON u.id = g.user_id
  LEFT JOIN clients c ON c.id = g.client_id
  WHERE g.user_id = ?1 AND g.revoked_at IS NULL
    AND (g.idle_expires_at > ?2 OR g.access_expires_at > ?2) AND NOT ${barred('?2')}`

// A consent that is asked for every time gives access to nothing once its lines are gone: not listed.
// Those of one client for several resources end together and are one entry.
const listed = `SELECT g.id AS grant_id, g.client_id AS client_id, g.scope AS scope,
    g.created_at AS created_at, g.last_used_at AS last_used_at
  ${liveLines}
  UNION ALL
  SELECT NULL, k.client_id, group_concat(k.scope, ' '), MIN(k.granted_at), NULL
  FROM resource_consents k WHERE k.user_id = ?1 AND k.scope <> ''
    AND NOT EXISTS (SELECT 1 ${liveLines} AND g.client_id = k.client_id)
  GROUP BY k.client_id
  ORDER BY last_used_at DESC NULLS LAST, created_at DESC, grant_id, client_id
  LIMIT ?3 OFFSET ?4`

export const openAccess = (database: Database): AccessStore => ({
  async listOfUser(userId, now, limit, cursor) {
    const rows = await database.all(statement(listed, userId, now, limit + 1, cursor))
    return pageOf(rows.map(entryOf), limit, () => cursor + limit)
  },
})

const entryOf = (row: Row): AccessEntry => ({
  grantId: row.grant_id === null ? null : textOf(row, 'grant_id'),
  clientId: textOf(row, 'client_id'),
  scope: textOf(row, 'scope'),
  createdAt: numberOf(row, 'created_at'),
  lastUsedAt: optionalNumberOf(row, 'last_used_at'),
})
