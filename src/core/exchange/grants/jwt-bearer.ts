// The JWT bearer grant: tokens for the user whom a signed assertion names. RFC 7521 4.1, RFC 7523 2.1
// and 3, RFC 10070.
import { unprovedClaims } from '../../../crypto/foreign-token.ts'
import { invalidGrant, invalidScope, unauthorizedClient } from '../../../protocol/error.ts'
import { type Parameters, requireParameter } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import {
  type AssertionClaims,
  assertionAlgorithms,
  endpointAudiences,
  isSoleAudience,
  readAssertion,
  spendingOf,
} from '../../clients/assertion.ts'
import { keysOfClient } from '../../clients/key-sets.ts'
import type { Client } from '../../clients/storage.ts'
import { foldLoginName } from '../../people/login-name.ts'
import { auditOfClient } from '../../server/audit.ts'
import { keptDetails } from '../../tokens/details.ts'
import { type Issued, prepareUnownedGrant, signAccessToken } from '../../tokens/issuance.ts'
import { expiryAt, requireProofAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'
import { assertedDetails, assertedScope, assertedTargets } from './assertion-bounds.ts'
import { type BelievedAssertion, readProviderAssertion } from './provider-assertion.ts'

export const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * Exchanges `assertion` for an access token; "refresh tokens are not issued" (RFC 7521 4.1): whoever
 * wants another one asks for another assertion.
 * @throws invalid_request, invalid_grant (one that names the claim), invalid_scope, invalid_target,
 *   invalid_authorization_details, unauthorized_client, temporarily_unavailable, the refusal of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends = [] }: TokenRequest,
): Promise<Issued> {
  const text = requireParameter(parameters, 'assertion')
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
  if (outcome.outcome === 'refused') throw refused('names nobody who can be found by its sub claim')
  if (outcome.outcome === 'no scope')
    throw invalidScope('none of the requested scope can be granted')
  const { user } = outcome
  const expiresAt = expiryAt(as, targets, grant.accessExpiresAt)
  const accessToken = await signAccessToken(as, {
    client,
    user,
    grantId: grant.id,
    scope: outcome.scope,
    targets,
    authorizationDetails,
    authTime,
    confirmation,
    expiresAt,
  })
  const expiresIn = expiresAt - Math.floor(as.now)
  return { accessToken, expiresIn, scope: outcome.scope, authorizationDetails, user }
}

/**
 * The client that a request for this grant stands for if it names none: the issuer of the assertion,
 * whose signature then proves it. "Client authentication ... is optional" (RFC 7523 2.1). Null for a
 * request for another grant.
 * @throws invalid_grant if no client issued the assertion
 */
export async function clientOfAssertion(
  as: AuthorizationServer,
  parameters: Parameters,
): Promise<Client | null> {
  const text = parameters.get('assertion')
  if (parameters.get('grant_type') !== grantType || text === undefined) return null
  const client = await as.clients.find(issuerOf(text), as.now)
  if (client === null || client.disabledAt !== null) {
    throw refused('has an iss claim that is no client, and the request does not authenticate one')
  }
  as.nameClient(client.id)
  return client
}

/** Whose assertion it claims to be; nothing proves it yet. @throws invalid_grant */
function issuerOf(text: string): string {
  const issuer = unprovedClaims(text)?.iss
  if (typeof issuer !== 'string') throw refused('is not a JWT with an iss claim')
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
  const rules = { algorithms: assertionAlgorithms, types: ['jwt'] }
  const assertion = await readAssertion(as, text, rules, keys)
  if ('unproved' in assertion) throw refused('is not signed by a registered key of its issuer')
  if ('fault' in assertion) throw refused(assertion.fault)
  const { claims } = assertion
  // That is a client authenticating itself (RFC 7523 2.2): it names no user.
  if (claims.sub === client.id) throw refused('has a sub claim that is the client itself')
  if (!isSoleAudience(claims.aud, endpointAudiences(as))) {
    throw refused('has an aud claim that is not this server alone')
  }
  const { sub: subject } = claims
  return { claims, subject: { subject, foldedName: foldLoginName(subject) } }
}

/** When the user signed in, as far as the issuer tells; never in the future. */
function authTimeOf({ auth_time: stated, iat }: AssertionClaims, now: number): number {
  return Math.min(typeof stated === 'number' ? stated : (iat ?? now), now)
}

const refused = (fault: string) =>
  invalidGrant(`the assertion ${fault}`, { reason: 'assertion_wrong' })
