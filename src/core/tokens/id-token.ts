// ID tokens: OpenID Connect Core 2, 3.1.3.6; and as hints that come back, 3.1.2.1.
import { base64url, utf8 } from '../../crypto/encoding.ts'
import { type Claims, kidOf, signJwt, verifyJwt } from '../../crypto/jwt.ts'
import { releasedClaims } from '../../protocol/claims.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'
import { type SignInFacts, signInClaims } from './acr.ts'
import { allowedClaims, readClaimsRequest } from './claims-request.ts'
import type { Grant } from './storage.ts'
import { subjectFor } from './subject.ts'

/** The access token that an ID token is issued with. */
type Companion = {
  accessToken: string
  expiresAt: number
  scope: readonly string[]
  /** Only at the code exchange (12.2). */
  nonce?: string | undefined
}

/**
 * Signs an ID token with the algorithm that the client is registered for. It contains the claims of the
 * granted scopes, because many clients do not call userinfo; OpenID Connect Core 5.4 allows that. A
 * client with `id_token_claims: minimal` gets only the claims that its `claims` request or its
 * registration names.
 */
export async function signIdToken(
  as: AuthorizationServer,
  client: Client,
  user: User,
  grant: SignInFacts & Pick<Grant, 'sessionId' | 'claimsRequest'>,
  token: Companion,
): Promise<string> {
  const signer = await as.signingKeys.signer(client.metadata.id_token_signed_response_alg, as.now)
  const requested = readClaimsRequest(grant.claimsRequest).idToken
  const named = [
    ...allowedClaims(requested, client, user),
    ...(client.metadata.claims?.id_token ?? []),
  ]
  const scope = client.metadata.id_token_claims === 'minimal' ? [] : token.scope
  return signJwt(signer, 'JWT', {
    ...releasedClaims(user, scope, named),
    iss: as.issuer,
    sub: await subjectFor(client, user),
    aud: client.id,
    exp: token.expiresAt,
    iat: Math.floor(as.now),
    ...signInClaims(grant),
    at_hash: await halfHash(token.accessToken),
    nonce: token.nonce,
    ...(grant.sessionId === null ? {} : { sid: grant.sessionId }),
  })
}

/** Returns the left half of the SHA-256 of the token's ASCII, base64url (Core 3.1.3.6). */
async function halfHash(accessToken: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', utf8(accessToken))
  return base64url(new Uint8Array(hash, 0, 16))
}

/** The content of an ID token that was sent as a hint; it may have expired. */
export type IdTokenHint = { subject: string; audience: string; sessionId: string | undefined }

/** Reads an `id_token_hint`. Returns null for anything that this server did not sign as an ID token. */
export async function readIdTokenHint(
  as: AuthorizationServer,
  text: string,
): Promise<IdTokenHint | null> {
  const kid = kidOf(text)
  const verifier = kid === null ? null : await as.signingKeys.verifier(kid, as.now)
  const claims = verifier === null ? null : await verifyJwt(text, verifier, 'JWT')
  return claims === null ? null : hintOf(as, claims)
}

function hintOf(as: AuthorizationServer, claims: Claims): IdTokenHint | null {
  const { iss, sub, aud, sid, auth_time } = claims
  if (!as.ownIssuers.some((own) => own === iss)) return null
  // Signed userinfo has issuer, subject and audience, too, but tells of no sign-in.
  if (typeof sub !== 'string' || typeof aud !== 'string' || auth_time === undefined) return null
  return { subject: sub, audience: aud, sessionId: typeof sid === 'string' ? sid : undefined }
}
