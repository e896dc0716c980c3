// Removal of clients that registered themselves and that nobody needs any more. A client's row says
// from when on cron has to ask (`kept_until`), so that a run looks at few of them.
import type { SQL } from 'drizzle-orm'
import type { ClientLifetimes, ClientRemoval } from '../core/clients/storage.ts'
import type { Database } from './database.ts'
import { clients, consents, grants, logoutNotices, resourceConsents } from './schema/grants.ts'
import { auditEvents } from './schema/server.ts'
import { insertInto, prepared, set, sql, statement, type Statement } from './sql.ts'

/** Seconds until a client that is still needed is looked at again. */
const interval = 3_600

export const openClientRemoval = (database: Database): ClientRemoval => ({
  async removeUnneeded(now, lifetimes, most) {
    const results = await database.batch(removal(now, lifetimes, most))
    return results.at(-1)?.length ?? 0
  },
  async keep(id, asked, until) {
    await database.all(keeping({ id, asked, until }))
  },
  async noteUse(id, expiresAt, until) {
    await database.all(noting({ id, expiresAt, until }))
  },
})

/**
 * One transaction: a code is redeemed before it, and the grant keeps the client, or after it, and then
 * there is no client that could get one.
 */
function removal(now: number, lifetimes: ClientLifetimes, most: number): Statement[] {
  const due = sql`SELECT ${clients.id} FROM ${clients} WHERE ${clients.keptUntil} < ${now}
    ORDER BY ${clients.keptUntil} LIMIT ${most}`
  const isGone = sql`${clients.id} IN (${due}) AND ${unneeded(now, lifetimes)}`
  const gone = sql`SELECT ${clients.id} FROM ${clients} WHERE ${isGone}`
  return [
    statement(sql`UPDATE ${clients} ${set(clients, { keptUntil: now + interval })}
      WHERE ${clients.id} IN (${due}) AND NOT ${unneeded(now, lifetimes)}`),
    ...[resourceConsents, consents, logoutNotices].map((table) =>
      statement(sql`DELETE FROM ${table} WHERE ${table.clientId} IN (${gone})`),
    ),
    statement(
      sql`${insertInto(auditEvents, {
        at: now,
        kind: 'client.removed-as-unneeded',
        clientId: clients.id,
        requestId: 'cron',
        actor: 'cron',
      })} FROM ${clients} WHERE ${isGone}`,
    ),
    statement(sql`DELETE FROM ${clients} WHERE ${isGone} RETURNING 1`),
  ]
}

/** When a grant stops, or stopped, to be worth anything. */
export const grantEnd = sql`COALESCE(${grants.revokedAt},
  MAX(MIN(${grants.idleExpiresAt}, ${grants.absoluteExpiresAt}), ${grants.accessExpiresAt}))`

const hasGrant = (condition: SQL): SQL => sql`EXISTS (SELECT 1 FROM ${grants}
  WHERE ${grants.clientId} = ${clients.id} AND ${condition})`

/**
 * Whether a client was never used, or not for long. One that was disabled stays: it would be back by
 * its next registration or the next look at its document.
 */
const unneeded = (now: number, { unused, idle }: ClientLifetimes): SQL => sql`(
  ${clients.origin} IN ('dcr', 'cimd') AND ${clients.disabledAt} IS NULL
  AND ((${unused} > 0 AND ${clients.createdAt} < ${now - unused}
      AND ${clients.grantedUntil} IS NULL AND NOT ${hasGrant(sql`TRUE`)})
    OR (${idle} > 0 AND COALESCE(${clients.grantedUntil}, 0) < ${now - idle}
      AND (${clients.grantedUntil} IS NOT NULL OR ${hasGrant(sql`TRUE`)})
      AND NOT ${hasGrant(sql`${grantEnd} >= ${now - idle}`)})))`

const keeping = prepared<{ id: string; asked: number; until: number }>(
  ({ id, asked, until }) => sql`UPDATE ${clients} ${set(clients, { keptUntil: until })}
    WHERE ${clients.id} = ${id} AND ${clients.keptUntil} < ${asked}`,
)

const noting = prepared<{ id: string; expiresAt: number; until: number }>(
  ({ id, expiresAt, until }) => sql`UPDATE ${clients} ${set(clients, { grantedUntil: until })}
    WHERE ${clients.id} = ${id} AND COALESCE(${clients.grantedUntil}, 0) < ${expiresAt}`,
)
