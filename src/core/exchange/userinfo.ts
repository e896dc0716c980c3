// The user of an access token: OpenID Connect Core 5.3, the standard face's login state.
import { signJwt } from '../../crypto/jwt.ts'
import type { SigningAlgorithm } from '../../crypto/signing-key.ts'
import { releasedClaims } from '../../protocol/claims.ts'
import { insufficientScope, invalidToken } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { requireLiveToken } from '../tokens/access-token.ts'
import { allowedClaims, readClaimsRequest } from '../tokens/claims-request.ts'

/** The claims, and the client whose token it is. */
export type Userinfo = { claims: Record<string, unknown>; client: Client }

/**
 * The claims about the user that the token's scope, the `claims` request and the client's
 * registration release.
 * @throws invalid_token, insufficient_scope (the token was not granted `openid`)
 */
export async function userinfo(as: AuthorizationServer, accessToken: string): Promise<Userinfo> {
  const { token, line } = await requireLiveToken(as, accessToken)
  if (!token.scope.includes('openid')) throw insufficientScope('the scope openid is needed')
  const client = await as.clients.find(token.clientId, as.now)
  if (line === null || client === null) {
    throw invalidToken('the access token is not that of a user')
  }
  const requested = readClaimsRequest(line.grant.claimsRequest).userinfo
  const allowed = allowedClaims(requested, client, line.user)
  const named = [...allowed, ...(client.metadata.claims?.userinfo ?? [])]
  const claims = { sub: token.subject, ...releasedClaims(line.user, token.scope, named) }
  return { claims, client }
}

/** Userinfo as a signed JWT (Core 5.3.2), for a client that is registered for it. */
export async function signUserinfo(
  as: AuthorizationServer,
  { claims, client }: Userinfo,
  alg: SigningAlgorithm,
): Promise<string> {
  const signer = await as.signingKeys.signer(alg, as.now)
  return signJwt(signer, 'JWT', { ...claims, iss: as.issuer, aud: client.id })
}
