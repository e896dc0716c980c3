// The refresh token grant: one compare-and-set decides, and the row that it leaves classifies the rest.
// RFC 6749 6, RFC 9700 4.14.
import { successorOf } from '../../../crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../../crypto/secret.ts'
import { type OAuthError, invalidDpopProof } from '../../../protocol/error.ts'
import { requireParameter } from '../../../protocol/parameters.ts'
import { storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isFapi2 } from '../../clients/profile.ts'
import type { Client } from '../../clients/storage.ts'
import { auditOfClient } from '../../server/audit.ts'
import { remainingDetails } from '../../tokens/details.ts'
import { type Issued, accessTokenExpiry, issue, lifetimesOf } from '../../tokens/issuance.ts'
import { keepGrant } from '../../tokens/kept-grant.ts'
import { readPresentedRefreshToken } from '../../tokens/presented-refresh-token.ts'
import { nameableBy, notNameable, remainingTargets } from '../../tokens/resource.ts'
import type { FoundGrant } from '../../tokens/storage.ts'
import { type Target, grantScopeAt, requireProofAt } from '../../tokens/target.ts'
import { type Asked, type Narrowed, askedOf, narrowing } from '../narrowing.ts'
import {
  expiryOfRetry,
  refreshRefusal,
  retryableRotations,
  successorOfRetry,
} from '../refresh-retry.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Refreshes a grant. Where the refresh token rotates, parallel requests and retries within the grace
 * get the same successor, and a superseded token after that ends its grant. Where it does not, every
 * request gets the same refresh token again.
 * @throws invalid_grant, the refusal of a replayed identifier, and without changing the grant
 *   invalid_dpop_proof, invalid_scope, invalid_target and invalid_authorization_details (these three
 *   after changing it if the client or user has lost all of the scope, or the client all of the
 *   resources or authorization details, since)
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  request: TokenRequest,
): Promise<Issued> {
  const { parameters, confirmation, spends } = request
  const text = requireParameter(parameters, 'refresh_token')
  const token = await readPresentedRefreshToken(as, text)
  if (token === null) throw refreshRefusal('refresh_unknown')
  const digest = await digestOf(text)
  const asked = await askedOf(as, client, request)
  // Read before anything rotates: whoever is told 503 must be no thief when there are keys again.
  await as.signingKeys.signer('ES256', as.now)

  const lifetimes = lifetimesOf(as, client)
  const expiresAt = accessTokenExpiry(as, client)
  const successor = await successorOf(as.keys, token)
  const { details: _, ...judged } = asked
  const { refreshed, found } = await as.store.grants.rotate(
    {
      ...judged,
      nameable: nameableBy(as, client),
      grantId: token.grantId,
      clientId: client.id,
      presentedDigest: digest,
      successorDigest: await digestOf(successor),
      rotates: rotates(client),
      operation: randomSecret(16),
      now: as.now,
      idleExpiresAt: as.now + lifetimes.refreshTokenIdle,
      accessExpiresAt: expiresAt,
      retryable: retryableRotations(as, client),
      audit:
        token.generation === 0
          ? auditOfClient(as, 'token.refreshed', { clientId: client.id })
          : null,
    },
    spends,
  )
  if (found === null) throw refreshRefusal('refresh_unknown')
  if (refreshed) {
    const next = found.currentDigest === digest ? text : successor
    const narrowed = { ...narrowing(found.grant, asked), confirmation }
    const { issued, targets } = await issueAgain(as, client, found, next, expiresAt, narrowed)
    keepGrant(as, { ...found, client, targets, isNarrowed: asked.resource !== null })
    return issued
  }
  const narrowed = { ...requireUsable(as, client, found, asked), confirmation }
  if (digest === found.currentDigest) throw await refusalOfResource(as, client, found, confirmation)
  const again = await successorOfRetry(as, client, token, digest, found)
  const latest = await expiryOfRetry(as, client, found, expiresAt)
  return (await issueAgain(as, client, found, again, latest, narrowed)).issued
}

/**
 * Returns whether the client's refresh tokens rotate. That of a grant that is bound to a key never
 * does, whatever the client: the statement that reads the grant decides that. A refresh token that
 * only its owner can use need not rotate (RFC 9700 4.14.2), and many processes may then share it. FAPI
 * 2.0 5.3.2.1: "shall not use refresh token rotation".
 */
const rotates = (client: Client): boolean =>
  !isFapi2(client) && (client.metadata.refresh_token_rotation ?? true)

/**
 * Judges what the deciding statement judged, in words: it changed nothing, and this tells why. Returns
 * what the request narrows the grant to where the reason is none of these.
 * @throws invalid_grant, invalid_dpop_proof, invalid_scope, invalid_target,
 *   invalid_authorization_details
 */
function requireUsable(
  as: AuthorizationServer,
  client: Client,
  { grant, barred }: FoundGrant,
  asked: Asked,
): Narrowed {
  if (grant.clientId !== client.id) throw refreshRefusal('refresh_foreign')
  if (grant.revokedAt !== null || barred) throw refreshRefusal('refresh_revoked')
  if (grant.idleExpiresAt <= as.now || grant.absoluteExpiresAt <= as.now)
    throw refreshRefusal('refresh_expired')
  // "the refresh token is bound to the respective public key": whoever lacks the key has proved
  // nothing, so that the grant stays as it is. RFC 9449 5.
  if (grant.keyThumbprint !== null && grant.keyThumbprint !== asked.keyThumbprint) {
    throw invalidDpopProof('the refresh token is bound to another key')
  }
  return narrowing(grant, asked)
}

/**
 * Returns why the deciding statement refused a refresh token that is current: the resources of the
 * grant have been closed to the client, or one of them demands a proof by now. D1 decided that, and
 * what this isolate remembers of resources may be older.
 */
async function refusalOfResource(
  as: AuthorizationServer,
  client: Client,
  { grant }: FoundGrant,
  confirmation: TokenRequest['confirmation'],
): Promise<OAuthError> {
  as.resources.forget()
  requireProofAt(
    await remainingTargets(as, client, storedScope(grant.resource ?? '')),
    confirmation,
  )
  return notNameable()
}

async function issueAgain(
  as: AuthorizationServer,
  client: Client,
  found: FoundGrant,
  refreshToken: string,
  latest: number,
  narrowed: Narrowed & Pick<TokenRequest, 'confirmation'>,
): Promise<{ issued: Issued; targets: readonly Target[] }> {
  const { grant, user } = found
  // What client or user has lost since is not given anew.
  const targets = await remainingTargets(as, client, narrowed.resource)
  requireProofAt(targets, narrowed.confirmation)
  const { scope: ofClient } = client.metadata
  const scope = grantScopeAt(targets, narrowed.scope.join(' '), ofClient, user.scope)
  const authorizationDetails = await remainingDetails(as, client, narrowed.details, targets)
  const issued = await issue(as, {
    client,
    user,
    grantId: grant.id,
    scope,
    targets,
    authorizationDetails,
    signedIn: grant,
    issuedAfter: grant.createdAt,
    confirmation: narrowed.confirmation,
    latest,
    refreshToken,
    // OpenID Connect Core 12.2: same iss, sub, aud and auth_time as the first one, no nonce needed.
    signIn: found.fromCode ? grant : undefined,
  })
  return { issued, targets }
}
