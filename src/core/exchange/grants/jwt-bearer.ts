// The JWT bearer grant: tokens for the user whom a signed assertion names. RFC 7521 4.1, RFC 7523 2.1
// and 3, RFC 10070.
import { unprovedClaims } from '../../../crypto/foreign-token.ts'
import { invalidGrant, invalidScope, unauthorizedClient } from '../../../protocol/error.ts'
import { type Parameters, requireParameter } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import {
  type AssertionClaims,
  algorithmsOf,
  endpointAudiences,
  isSoleAudience,
  readAssertion,
  spendingOf,
} from '../../clients/assertion.ts'
import { keysOfClient } from '../../clients/key-sets.ts'
import { isFapi2 } from '../../clients/profile.ts'
import type { Client } from '../../clients/storage.ts'
import { foldLoginName } from '../../people/login-name.ts'
import { auditOfClient } from '../../server/audit.ts'
import { requireLater } from '../../server/later.ts'
import { acrOfOneFactor, requireOneFactor } from '../../tokens/acr.ts'
import { keptDetails } from '../../tokens/details.ts'
import { type Issued, issue, prepareUnownedGrant } from '../../tokens/issuance.ts'
import { requireProofAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'
import { assertedDetails, assertedScope, assertedTargets } from '../assertion-bounds.ts'
import { assertionRefusal } from '../assertion-refusal.ts'
import { type BelievedAssertion, readProviderAssertion } from '../provider-assertion.ts'

export const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * Exchanges `assertion` for an access token. "Refresh tokens are not issued" (RFC 7521 4.1): the client
 * presents another assertion instead.
 * @throws invalid_request, invalid_grant (one that names the claim), invalid_scope, invalid_target,
 *   invalid_authorization_details, unauthorized_client, temporarily_unavailable, the refusal of a
 *   replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends = [] }: TokenRequest,
): Promise<Issued> {
  const text = requireParameter(parameters, 'assertion')
  requireOneFactor(client)
  requireLater(as, client.notBefore)
  const issuer = issuerOf(text)
  const { claims, subject } =
    issuer === client.id
      ? await readOwnAssertion(as, client, text)
      : await readProviderAssertion(as, client, { text, issuer, confirmation })
  const targets = await assertedTargets(as, client, parameters, claims)
  requireProofAt(targets, confirmation)
  const scope = assertedScope(as, client, parameters, claims, targets)
  const authorizationDetails = await assertedDetails(as, client, parameters, claims, targets)
  const authTime = authTimeOf(claims, as.now)
  const { grant } = await prepareUnownedGrant(as, client, {
    scope,
    resource: targets.map(({ uri }) => uri),
    authTime,
    // Somebody else vouches for the user, as a provider does at a sign-in.
    amr: ['fed'],
    acr: acrOfOneFactor,
    authorizationDetails: keptDetails(authorizationDetails),
    confirmation,
    withRefreshToken: false,
  })
  const spending = await spendingOf('assertion', text, claims, () =>
    invalidGrant('the assertion was used before: its jti claim is not new', {
      reason: 'assertion_used',
    }),
  )
  const audit = auditOfClient(as, 'assertion.redeemed', { clientId: client.id, detail: { issuer } })
  // The insert decides: the user, the link, the provider and the client may have ended meanwhile.
  const all = [...spends, spending]
  const outcome = await as.store.grants.openAsserted(grant, subject, audit, all)
  if (outcome.outcome === 'refused') throw assertionRefusal('names no known user in its sub claim')
  if (outcome.outcome === 'too early') requireLater(as, outcome.notBefore)
  if (outcome.outcome !== 'opened') throw invalidScope('none of the requested scope can be granted')
  return issue(as, {
    client,
    user: outcome.user,
    grantId: grant.id,
    scope: outcome.scope,
    targets,
    authorizationDetails,
    signedIn: grant,
    confirmation,
    latest: grant.accessExpiresAt,
  })
}

/**
 * Returns the client that a request for this grant stands for if it names none: the issuer of the
 * assertion, whose signature then proves it. "Client authentication ... is optional" (RFC 7523 2.1).
 * Null for a request for another grant, and for a client that must authenticate.
 * @throws invalid_grant if no client issued the assertion
 */
export async function clientOfAssertion(
  as: AuthorizationServer,
  parameters: Parameters,
): Promise<Client | null> {
  const text = parameters.get('assertion')
  if (parameters.get('grant_type') !== grantType || text === undefined) return null
  const client = await as.clients.find(issuerOf(text), as.now)
  // "shall authenticate clients": for the profile fapi2 it is not optional. FAPI 2.0 5.3.2.1
  if (client !== null && isFapi2(client)) return null
  if (client === null || client.disabledAt !== null) {
    throw assertionRefusal(
      'has an iss claim that is not a client, and the request does not authenticate one',
    )
  }
  as.nameClient(client.id)
  return client
}

/** Whose assertion it claims to be; nothing proves it yet. @throws invalid_grant */
function issuerOf(text: string): string {
  const issuer = unprovedClaims(text)?.iss
  if (typeof issuer !== 'string') throw assertionRefusal('is not a JWT with an iss claim')
  return issuer
}

/** An assertion of the client about one of the users. @throws invalid_grant, unauthorized_client */
async function readOwnAssertion(
  as: AuthorizationServer,
  client: Client,
  text: string,
): Promise<BelievedAssertion> {
  // Nobody is asked: it takes the trust that the password grant takes.
  if (!client.metadata.trusted) {
    throw unauthorizedClient('assertions of its own are for trusted clients only')
  }
  const keys = keysOfClient(as, client)
  if (keys === null) throw unauthorizedClient('the client has no registered keys')
  const rules = { algorithms: algorithmsOf(client, undefined), types: ['jwt'] }
  const assertion = await readAssertion(as, text, rules, keys)
  if ('unproved' in assertion)
    throw assertionRefusal('is not signed by a registered key of its issuer')
  if ('fault' in assertion) throw assertionRefusal(assertion.fault)
  const { claims } = assertion
  // That is a client authenticating itself (RFC 7523 2.2): it names no user.
  if (claims.sub === client.id) throw assertionRefusal('has a sub claim that is the client itself')
  if (!isSoleAudience(claims.aud, endpointAudiences(as))) {
    throw assertionRefusal('has an aud claim that is not this server alone')
  }
  const { sub: subject } = claims
  return { claims, subject: { subject, foldedName: foldLoginName(subject) } }
}

/** Returns when the user signed in, as far as the issuer tells; never in the future. */
function authTimeOf({ auth_time: stated, iat }: AssertionClaims, now: number): number {
  return Math.min(typeof stated === 'number' ? stated : (iat ?? now), now)
}
