// Userinfo: the user of an access token. OpenID Connect Core 5.3.
import { signJwt } from '../../crypto/jwt.ts'
import type { SigningAlgorithm } from '../../crypto/signing-key.ts'
import { releasedClaims } from '../../protocol/claims.ts'
import { insufficientScope, invalidDpopProof, invalidToken } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import type { Spending } from '../server/storage.ts'
import { type AccessToken, isForUs, liveToken, readAccessToken } from '../tokens/access-token.ts'
import { allowedClaims, readClaimsRequest } from '../tokens/claims-request.ts'
import { isProvedKey } from '../tokens/confirmation.ts'
import { type SentProof, proveKey } from '../tokens/proof.ts'

/** An access token that this server signed for itself; it may have been revoked. */
type PresentedToken = { text: string; token: AccessToken; client: Client }

/** How a token was presented: by which scheme, and with which proof of possession. */
type Presentation = { scheme: 'Bearer' | 'DPoP'; proof: SentProof | null }

/** The claims, and the client whose token it is. */
export type Userinfo = { claims: Record<string, unknown>; client: Client }

/**
 * Verifies an access token by its signature and finds its client, whose pages may read any refusal.
 * @throws invalid_token
 */
export async function readPresentedToken(
  as: AuthorizationServer,
  text: string,
): Promise<PresentedToken> {
  const token = await readAccessToken(as, text)
  // A token for another resource must not work here: whoever it was sent to could replay it.
  if (token === null || !isForUs(as, token)) throw notValid()
  as.nameClient(token.clientId)
  const client = await as.clients.find(token.clientId, as.now)
  if (client === null) throw notValid()
  return { text, token, client }
}

/**
 * Returns the claims about the user that the token's scope, the `claims` request and the client's
 * registration release.
 * @throws invalid_token, invalid_dpop_proof, use_dpop_nonce, insufficient_scope (the token was not
 *   granted `openid`)
 */
export async function userinfo(
  as: AuthorizationServer,
  presented: PresentedToken,
  presentation: Presentation,
): Promise<Userinfo> {
  const { token, client } = presented
  const live = await liveToken(as, token, await provedBy(as, presented, presentation))
  if (live === null) throw notValid()
  if (!token.scope.includes('openid')) throw insufficientScope('the scope openid is needed')
  const { userGrant } = live
  if (userGrant === null) throw invalidToken('the access token is not that of a user')
  const requested = readClaimsRequest(userGrant.grant.claimsRequest).userinfo
  const allowed = allowedClaims(requested, client, userGrant.user)
  const named = [...allowed, ...(client.metadata.claims?.userinfo ?? [])]
  const claims = { sub: token.subject, ...releasedClaims(userGrant.user, token.scope, named) }
  return { claims, client }
}

const notValid = () => invalidToken('the access token is not valid')

/**
 * Checks that the sender of a token has the key it is bound to. Returns what the proof spends. RFC 9449
 * 7.1, 7.2.
 * @throws invalid_token, invalid_dpop_proof, use_dpop_nonce
 */
async function provedBy(
  as: AuthorizationServer,
  { text, token, client }: PresentedToken,
  { scheme, proof }: Presentation,
): Promise<readonly Spending[]> {
  const { confirmation } = token
  if (scheme === 'Bearer') {
    if (confirmation === null) return []
    if ('x5t#S256' in confirmation) {
      if (as.certificate?.thumbprint === confirmation['x5t#S256']) return []
      throw invalidToken('the access token is bound to another certificate')
    }
    throw invalidToken('the access token is bound to a key', { reason: 'token_bound' })
  }
  if (!isProvedKey(confirmation)) {
    throw invalidToken('the access token is not bound to a key')
  }
  if (proof === null) throw invalidDpopProof('the request has no DPoP proof')
  const proved = await proveKey(as, client, proof, text)
  if (proved.confirmation.jkt !== confirmation.jkt) {
    throw invalidToken('the access token is bound to another key')
  }
  return [proved.spending]
}

/** Signs userinfo as a JWT, for a client that is registered for it. OpenID Connect Core 5.3.2. */
export async function signUserinfo(
  as: AuthorizationServer,
  { claims, client }: Userinfo,
  alg: SigningAlgorithm,
): Promise<string> {
  const signer = await as.signingKeys.signer(alg, as.now)
  return signJwt(signer, 'JWT', { ...claims, iss: as.issuer, aud: client.id })
}
