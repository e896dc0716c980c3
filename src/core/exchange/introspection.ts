// Introspection: whether a token is active, and what it is for. RFC 7662, RFC 9701.
import { signJwt } from '../../crypto/jwt.ts'
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isConfidential } from '../clients/authentication.ts'
import { defaultSigningAlgorithm } from '../clients/profile.ts'
import type { Client } from '../clients/storage.ts'
import { signInClaims } from '../tokens/acr.ts'
import {
  type AccessToken,
  type LiveToken,
  findLiveToken,
  isForUs,
  isMeantFor,
  isPairwise,
} from '../tokens/access-token.ts'
import { type AuthorizationDetail, claimedDetails, storedDetails } from '../tokens/details.ts'
import { readPresentedRefreshToken } from '../tokens/presented-refresh-token.ts'
import { tokenTypeOf } from '../tokens/proof.ts'
import type { Confirmation } from '../tokens/storage.ts'
import { subjectFor } from '../tokens/subject.ts'

/** RFC 7662 2.2; members that do not apply are absent. */
type Introspection =
  | { active: false }
  | {
      active: true
      scope?: string
      client_id: string
      username?: string
      token_type: 'Bearer' | 'DPoP'
      exp: number
      iat: number
      sub?: string
      aud: string | readonly string[]
      iss: string
      jti?: string
      /** RFC 9470 6.2 */
      auth_time?: number
      acr?: string
      amr?: readonly string[]
      /** RFC 9449 6.2, RFC 8705 3.2 */
      cnf?: Confirmation
      /** Who acts for the subject: RFC 8693 4.1. */
      act?: unknown
      /** RFC 9396 9.2. */
      authorization_details?: readonly AuthorizationDetail[]
    }

const inactive = { active: false } as const

/**
 * Describes a token to `caller`; it is inactive for a caller that may not know about it. A confidential
 * client may ask about every access token (a resource server is rarely the client that a token was
 * issued to) unless it is registered with `introspection: own`. A public client may ask only about its
 * own. A refresh token is active only for the client that it was issued to. RFC 7662 2.
 * @throws temporarily_unavailable
 */
export const introspect = (
  as: AuthorizationServer,
  caller: Client,
  token: string,
): Promise<Introspection> =>
  token.startsWith('rt_')
    ? introspectRefreshToken(as, caller, token)
    : introspectAccessToken(as, caller, token)

/**
 * Signs an introspection response for the caller. "sub" and "exp" must not stand beside
 * `token_introspection`, so that nobody takes the response for an access token. RFC 9701 5
 * @throws temporarily_unavailable
 */
export async function signIntrospection(
  as: AuthorizationServer,
  caller: Client,
  introspection: Introspection,
): Promise<string> {
  const { metadata } = caller
  const alg = metadata.introspection_signed_response_alg ?? defaultSigningAlgorithm(metadata)
  const signer = await as.signingKeys.signer(alg, as.now)
  return signJwt(signer, 'token-introspection+jwt', {
    iss: as.issuer,
    aud: caller.id,
    iat: Math.floor(as.now),
    token_introspection: introspection,
  })
}

async function introspectAccessToken(
  as: AuthorizationServer,
  caller: Client,
  text: string,
): Promise<Introspection> {
  const live = await findLiveToken(as, text)
  if (live === null || !mayAsk(caller, live.token)) return inactive
  const { token, userGrant } = live
  const [single = token.issuer] = token.audience
  return {
    active: true,
    ...(token.scope.length === 0 ? {} : { scope: token.scope.join(' ') }),
    client_id: token.clientId,
    ...(userGrant !== null && mayKnowUser(as, caller, live)
      ? { username: userGrant.user.username }
      : {}),
    token_type: tokenTypeOf(token.confirmation),
    exp: token.expiresAt,
    iat: token.issuedAt,
    ...(mayKnowSubject(as, caller, live) ? { sub: token.subject } : {}),
    aud: token.audience.length > 1 ? token.audience : single,
    iss: token.issuer,
    jti: token.jti,
    ...(userGrant === null ? {} : signInClaims(userGrant.grant)),
    ...(token.confirmation === null ? {} : { cnf: token.confirmation }),
    act: token.claims['act'],
    ...(mayKnowDetails(as, caller, token)
      ? detailsMember(token.claims['authorization_details'])
      : {}),
  }
}

const mayAsk = (caller: Client, token: AccessToken): boolean =>
  concerns(token, caller) || (isConfidential(caller) && caller.metadata.introspection === 'any')

/**
 * Returns whether the token is the caller's own or, for a client that can be told from others, names
 * it.
 */
function concerns(token: AccessToken, caller: Client): boolean {
  if (token.clientId === caller.id) return true
  return isConfidential(caller) && isMeantFor(caller, token)
}

/**
 * Returns whether the caller may learn which of our users it is: the client itself and the resource
 * servers of the audience. A token that names no resource is for all of ours, but that of a pairwise
 * client must not tell them more than the client knows: they could put its users together with others'.
 * Nor must a token that somebody else has made of it by an exchange.
 */
function mayKnowUser(as: AuthorizationServer, caller: Client, live: LiveToken): boolean {
  const { token } = live
  if (!isPairwise(live)) return concerns(token, caller) || isForUs(as, token)
  const isExchanged = token.grantClientId !== token.clientId
  return isExchanged ? token.grantClientId === caller.id : concerns(token, caller)
}

/**
 * Returns whether the caller may learn what exactly the token allows: "on a need to know basis" (RFC
 * 9396 12). That is the client itself, the resource servers of the audience, and for a token that
 * names none all of ours.
 */
const mayKnowDetails = (as: AuthorizationServer, caller: Client, token: AccessToken): boolean =>
  concerns(token, caller) || isForUs(as, token)

function detailsMember(claim: unknown): {
  authorization_details?: readonly AuthorizationDetail[]
} {
  const details = claimedDetails(claim)
  return details.length === 0 ? {} : { authorization_details: details }
}

/** A pairwise `sub` tells nobody who it is, and that of a client names no user. */
const mayKnowSubject = (as: AuthorizationServer, caller: Client, live: LiveToken): boolean =>
  live.userGrant === null || isPairwise(live) || mayKnowUser(as, caller, live)

async function introspectRefreshToken(
  as: AuthorizationServer,
  caller: Client,
  text: string,
): Promise<Introspection> {
  const token = await readPresentedRefreshToken(as, text)
  if (token === null) return inactive
  const found = await as.store.grants.find(token.grantId, as.now)
  if (found === null || found.currentDigest !== (await digestOf(text))) return inactive
  const { grant, user } = found
  const expiresAt = Math.min(grant.idleExpiresAt, grant.absoluteExpiresAt)
  if (found.barred || grant.revokedAt !== null || expiresAt <= as.now) return inactive
  if (grant.clientId !== caller.id) return inactive
  return {
    active: true,
    scope: grant.scope,
    client_id: grant.clientId,
    username: user.username,
    token_type: 'Bearer',
    exp: Math.floor(expiresAt),
    iat: Math.floor(found.rotatedAt ?? grant.createdAt),
    sub: await subjectFor(caller, user),
    aud: grant.resource === null ? as.issuer : grant.resource.split(' '),
    iss: as.issuer,
    ...signInClaims(grant),
    ...detailsMember(storedDetails(grant.authorizationDetails)),
  }
}
