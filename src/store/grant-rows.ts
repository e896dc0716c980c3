// A grant as it is read: the row with its user, and whether it still counts.
import type { FoundGrant } from '../core/tokens/storage.ts'
import { clients, grants } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { type Row, flag, number, optional, prepared, selectedAs, selection, sql } from './sql.ts'
import { barred } from './standing.ts'
import { wholeUser } from './user-rows.ts'

const selectedGrant = selection({
  id: grants.id,
  userId: grants.userId,
  clientId: grants.clientId,
  sessionId: grants.sessionId,
  scope: grants.scope,
  resource: grants.resource,
  resourceKeys: grants.resourceKeys,
  keyThumbprint: grants.keyThumbprint,
  authTime: grants.authTime,
  amr: grants.amr,
  acr: grants.acr,
  claimsRequest: grants.claimsRequest,
  authorizationDetails: grants.authorizationDetails,
  endsWith: grants.endsWith,
  generation: grants.generation,
  offline: grants.offline,
  userAgent: grants.userAgent,
  createdAt: grants.createdAt,
  lastUsedAt: grants.lastUsedAt,
  idleExpiresAt: grants.idleExpiresAt,
  absoluteExpiresAt: grants.absoluteExpiresAt,
  accessExpiresAt: grants.accessExpiresAt,
  revokedAt: grants.revokedAt,
})

/** When the browser session expires with which a grant ends; NULL = it ends with none. */
export const expiryOfSession = optional(
  number(sql`(SELECT ${sessions.absoluteExpiresAt} FROM ${sessions}
    WHERE ${sessions.id} = ${grants.sessionId} AND ${grants.offline} = 0)`),
)

export const selectedTurn = selection(
  {
    fromCode: flag(sql`${grants.codeDigest} IS NOT NULL`),
    currentDigest: grants.currentDigest,
    previousDigest: grants.previousDigest,
    rotatedAt: grants.rotatedAt,
    retryRounds: grants.retryRounds,
    sessionExpiresAt: expiryOfSession,
    lastOperation: grants.lastOperation,
  },
  'turn.',
)

const barredFlag = selectedAs('barred', 'boolean')

/** A grant with its user and whether it is barred. */
export const grantById = prepared<{ grantId: string; now: number }>(
  ({ grantId, now }) => sql`
    SELECT ${selectedGrant.columns}, ${selectedTurn.columns}, ${wholeUser.columns},
      ${barredFlag.column(barred(now))}
    FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
      LEFT JOIN ${clients} ON ${clients.id} = ${grants.clientId}
    WHERE ${grants.id} = ${grantId}`,
)

export function grantOfRow(row: Row): FoundGrant {
  const { lastOperation: _, ...turn } = selectedTurn.read(row)
  return {
    grant: selectedGrant.read(row),
    ...turn,
    user: wholeUser.read(row),
    barred: barredFlag.read(row),
  }
}
