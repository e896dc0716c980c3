// Whether an access token still counts: read at every login-state question, so two statements whose
// text is built once.
import type { SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { TokenFacts, TokenStanding } from '../core/tokens/storage.ts'
import type { Database } from './database.ts'
import { clients, grants, revokedTokens } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { signingKeys } from './schema/server.ts'
import { prepared, selectedAs, selection, sql } from './sql.ts'
import { barred, epochStart } from './standing.ts'
import { wholeUser } from './user-rows.ts'

const selectedTokenGrant = selection({
  id: grants.id,
  authTime: grants.authTime,
  amr: grants.amr,
  acr: grants.acr,
  claimsRequest: grants.claimsRequest,
  endsWith: grants.endsWith,
})

type StandingValues = Pick<TokenFacts, 'clientId' | 'grantClientId' | 'issuedAt' | 'jti' | 'kid'>

const tokenClients = alias(clients, 'token_clients')

/**
 * Whether a client may still have a token that it was issued at an instant. The token that a client got
 * for another client's stands on both clients.
 */
const isOfStandingClient = (clientId: SQL, issuedAt: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${clients} ${tokenClients}
    WHERE ${tokenClients.id} = ${clientId} AND ${tokenClients.disabledAt} IS NULL
      AND ${tokenClients.notBefore} <= ${issuedAt} AND ${tokenClients.createdAt} <= ${issuedAt})`

const endedFlag = selectedAs('ended', 'boolean')

/** The grant of a token with its user, and whether the token has ended. */
const userGrant = prepared<StandingValues & { grantId: string; now: number }>(
  ({ grantId, clientId, grantClientId, issuedAt, jti, kid, now }) => sql`
    SELECT ${selectedTokenGrant.columns}, ${wholeUser.columns},
      ${endedFlag.column(sql`(${grants.revokedAt} IS NOT NULL
        OR ${grants.clientId} <> ${grantClientId} OR ${barred(now)}
        OR (${clientId} <> ${grantClientId} AND NOT ${isOfStandingClient(clientId, issuedAt)})
        OR ${isRevoked(jti)} OR ${isSignedByWithdrawn(kid)})`)}
    FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
      LEFT JOIN ${clients} ON ${clients.id} = ${grants.clientId}
    WHERE ${grants.id} = ${grantId}`,
)

const isRevoked = (jti: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${revokedTokens} WHERE ${revokedTokens.jti} = ${jti})`

/** Isolates go on with the keys they have read for a minute; a withdrawn one must not count so long. */
const isSignedByWithdrawn = (kid: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM ${signingKeys}
    WHERE ${signingKeys.kid} = ${kid} AND ${signingKeys.withdrawnAt} IS NOT NULL)`

const standingClient = prepared<StandingValues>(
  ({ clientId, grantClientId, jti, kid, issuedAt }) => sql`SELECT 1
    WHERE ${isOfStandingClient(clientId, issuedAt)}
      AND ${isOfStandingClient(grantClientId, issuedAt)}
      AND ${epochStart} <= ${issuedAt}
      AND NOT ${isRevoked(jti)} AND NOT ${isSignedByWithdrawn(kid)}`,
)

/** Whether an access token still counts, and what stands behind it. */
export async function standingOf(
  database: Database,
  token: TokenFacts,
  now: number,
): Promise<TokenStanding> {
  const { grantId, clientId, grantClientId, jti, kid, issuedAt } = token
  const values = { clientId, grantClientId, jti, kid, issuedAt }
  if (grantId === null) {
    const row = await database.first(standingClient(values))
    return { userGrant: null, ended: row === null }
  }
  const row = await database.first(userGrant({ ...values, grantId, now }))
  if (row === null) return { userGrant: null, ended: true }
  const found = { grant: selectedTokenGrant.read(row), user: wholeUser.read(row) }
  return { userGrant: found, ended: endedFlag.read(row) }
}
