// The grants of one user, for those who look after what has access to an account.
import type { HeldGrantStore } from '../core/tokens/storage.ts'
import { liveGrants } from './access.ts'
import { auditIfChanged } from './audit.ts'
import { joinedClient } from './client-rows.ts'
import type { Database } from './database.ts'
import { endingOfGrantOfUser } from './revocations.ts'
import { grants } from './schema/grants.ts'
import { prepared, selectedAs, selection, sql } from './sql.ts'

/** Opens the grants of single users. */
export const openHeldGrants = (database: Database): HeldGrantStore => ({
  async listOfUser(userId, now, most) {
    const rows = await database.all(held({ userId, now, most }))
    return rows.map((row) => ({
      grant: selectedGrant.read(row),
      isRefreshable: refreshable.read(row),
      client: joinedClient.read(row),
    }))
  },
  async revokeOfUser(grantId, userId, reason, audit) {
    const results = await database.batch([
      ...endingOfGrantOfUser({ grantId, userId, now: audit.at, reason }),
      auditIfChanged(audit),
      owned({ grantId, userId }),
    ])
    return results.at(-1)?.length === 1
  },
})

const selectedGrant = selection({
  id: grants.id,
  scope: grants.scope,
  authTime: grants.authTime,
  createdAt: grants.createdAt,
  idleExpiresAt: grants.idleExpiresAt,
  absoluteExpiresAt: grants.absoluteExpiresAt,
  accessExpiresAt: grants.accessExpiresAt,
})

const refreshable = selectedAs('isRefreshable', 'boolean')

const held = prepared<{ userId: number; now: number; most: number }>(
  ({ userId, now, most }) => sql`SELECT ${selectedGrant.columns}, ${joinedClient.columns},
      ${refreshable.column(sql`(${grants.currentDigest} IS NOT NULL
        AND ${grants.idleExpiresAt} > ${now} AND ${grants.absoluteExpiresAt} > ${now})`)}
    ${liveGrants(userId, now)}
    ORDER BY ${grants.createdAt} DESC, ${grants.id} LIMIT ${most}`,
)

const owned = prepared<{ grantId: string; userId: number }>(
  ({ grantId, userId }) => sql`SELECT 1 FROM ${grants}
    WHERE ${grants.id} = ${grantId} AND ${grants.userId} = ${userId}`,
)
