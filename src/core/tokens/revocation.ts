// Revocation: a refresh token ends its grant with all access tokens, an access token only itself.
// RFC 7009.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { spend } from '../server/spending.ts'
import type { AuditEvent, Spending } from '../server/storage.ts'
import { readAccessToken } from './access-token.ts'
import { readPresentedRefreshToken } from './presented-refresh-token.ts'

/** The outcome of a revocation, for faces that report it. */
type RevocationOutcome = 'revoked' | 'unknown' | 'foreign'

/**
 * Revokes a token of `client`. Unknown tokens and another client's are no error (2.2: "invalid tokens
 * do not cause an error response"); the hint is not needed, the token tells what it is. What the
 * request spends is spent by the batch that revokes: a replay revokes nothing.
 * @throws the refusal of a replayed identifier; temporarily_unavailable if D1 or the token's master key
 *   is missing: 200 is never said of what was not done
 */
export async function revokeToken(
  as: AuthorizationServer,
  client: Client,
  token: string,
  spends: readonly Spending[] = [],
): Promise<RevocationOutcome> {
  const refreshToken = await readPresentedRefreshToken(as, token)
  if (refreshToken !== null) return revokeGrantOfClient(as, client, refreshToken.grantId, spends)
  const accessToken = await readAccessToken(as, token)
  if (accessToken?.clientId !== client.id) {
    // Nothing else is written.
    await spend(as, spends)
    return accessToken === null ? 'unknown' : foreign(as, client)
  }
  const audit = auditOf(as, 'token.access-revoked', { clientId: client.id })
  await as.store.grants.revokeToken(accessToken.jti, accessToken.expiresAt, audit, spends)
  tellKv(as)
  return 'revoked'
}

function foreign(as: AuthorizationServer, client: Client): RevocationOutcome {
  as.log({ event: 'revocation of a foreign token', client_id: client.id })
  return 'foreign'
}

/** Revokes a grant, as signing out of a device does. */
export async function revokeGrant(
  as: AuthorizationServer,
  grantId: string,
  audit: AuditEvent,
): Promise<void> {
  await as.store.grants.revoke(grantId, audit.kind, audit)
  tellKv(as)
}

/**
 * Ends a grant of a client by its id. Unknown grants and another client's are no error.
 * @throws the refusal of a replayed identifier; temporarily_unavailable
 */
export async function revokeGrantOfClient(
  as: AuthorizationServer,
  client: Client,
  grantId: string,
  spends: readonly Spending[] = [],
): Promise<RevocationOutcome> {
  const audit = auditOf(as, 'token.refresh-revoked', { clientId: client.id })
  const { grants } = as.store
  const reason = 'revoked by the client'
  const isOwn = await grants.revokeOfClient(grantId, client.id, reason, audit, spends)
  if (!isOwn) return foreign(as, client)
  tellKv(as)
  return 'revoked'
}

/**
 * Ends a grant of a user by its id. Unknown grants and another user's are no error.
 * @throws temporarily_unavailable
 */
export async function revokeGrantOfUser(
  as: AuthorizationServer,
  userId: number,
  grantId: string,
): Promise<RevocationOutcome> {
  const kind = 'consent.withdrawn'
  const audit = auditOf(as, kind, { userId })
  if (!(await as.store.heldGrants.revokeOfUser(grantId, userId, kind, audit))) {
    return foreignToUser(as, userId)
  }
  tellKv(as)
  return 'revoked'
}

/**
 * Revokes a token of a user, whichever client has it: a refresh token with its grant, an access token
 * alone. Unknown tokens and another user's are no error.
 * @throws temporarily_unavailable
 */
export async function revokeTokenOfUser(
  as: AuthorizationServer,
  userId: number,
  token: string,
): Promise<RevocationOutcome> {
  const refreshToken = await readPresentedRefreshToken(as, token)
  if (refreshToken !== null) return revokeGrantOfUser(as, userId, refreshToken.grantId)
  const accessToken = await readAccessToken(as, token)
  if (accessToken === null) return 'unknown'
  const { grantId, clientId, jti, expiresAt } = accessToken
  const held = grantId === null ? null : await as.store.grants.find(grantId, as.now)
  if (held?.grant.userId !== userId) return foreignToUser(as, userId)
  const audit = auditOf(as, 'token.access-revoked', { userId, clientId })
  await as.store.grants.revokeToken(jti, expiresAt, audit)
  tellKv(as)
  return 'revoked'
}

function foreignToUser(as: AuthorizationServer, userId: number): RevocationOutcome {
  as.log({ event: 'revocation of the token of another user', user_id: userId })
  return 'foreign'
}
