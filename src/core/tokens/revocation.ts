// Revocation: a refresh token ends its line and all its access tokens, an access token itself.
// RFC 7009.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellEdge } from '../server/edge.ts'
import { spend } from '../server/spending.ts'
import type { AuditEvent, Spending } from '../server/storage.ts'
import { readAccessToken } from './access-token.ts'
import { readPresentedRefreshToken } from './presented-refresh-token.ts'

/** What a revocation did, for faces that tell. */
export type RevocationOutcome = 'revoked' | 'unknown' | 'foreign'

/**
 * Revokes a token of `client`. Unknown tokens and another client's are no error (2.2: "invalid
 * tokens do not cause an error response"); the hint is not needed, the token tells what it is.
 * What the request spends is spent by the batch that revokes: a replay revokes nothing.
 * @throws the refusal of a replayed identifier; temporarily_unavailable if D1 or the token's master
 *   key is missing: 200 is never said of what was not done
 */
export async function revokeToken(
  as: AuthorizationServer,
  client: Client,
  token: string,
  spends: readonly Spending[] = [],
): Promise<RevocationOutcome> {
  const refreshToken = await readPresentedRefreshToken(as, token)
  if (refreshToken !== null) {
    const { grantId } = refreshToken
    const audit = auditOf(as, 'token.refresh-revoked', { clientId: client.id })
    const { grants } = as.store
    const isOwn = await grants.revokeOfClient(
      grantId,
      client.id,
      'revoked by the client',
      audit,
      spends,
    )
    if (!isOwn) return foreign(as, client)
    tellEdge(as)
    return 'revoked'
  }
  const accessToken = await readAccessToken(as, token)
  if (accessToken?.clientId !== client.id) {
    // Nothing else is written.
    await spend(as, spends)
    return accessToken === null ? 'unknown' : foreign(as, client)
  }
  const audit = auditOf(as, 'token.access-revoked', { clientId: client.id })
  await as.store.grants.revokeToken(accessToken.jti, accessToken.expiresAt, audit, spends)
  tellEdge(as)
  return 'revoked'
}

function foreign(as: AuthorizationServer, client: Client): RevocationOutcome {
  as.log({ event: 'revocation of a foreign token', client_id: client.id })
  return 'foreign'
}

/** Ends a whole line, as signing out of a device does. */
export async function revokeLine(
  as: AuthorizationServer,
  grantId: string,
  audit: AuditEvent,
): Promise<void> {
  await as.store.grants.revoke(grantId, audit.kind, audit)
  tellEdge(as)
}
