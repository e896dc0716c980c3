// Assertions of providers about their users: plain ones (RFC 7523) and identity assertion grants, by
// which a company's provider decides which app may act for whom (ID-JAG, draft-ietf-oauth-identity-
// assertion-authz-grant-04).
import { foreignAlgorithms } from '../../crypto/foreign-key.ts'
import type { KeySource } from '../../crypto/foreign-token.ts'
import { unauthorizedClient } from '../../protocol/error.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import {
  type AssertionClaims,
  endpointAudiences,
  isSoleAudience,
  readAssertion,
} from '../clients/assertion.ts'
import { isConfidential } from '../clients/authentication.ts'
import type { Client } from '../clients/storage.ts'
import type { Provider } from '../providers/storage.ts'
import { proves } from '../tokens/confirmation.ts'
import type { AssertedSubject, Confirmation } from '../tokens/storage.ts'
import { assertionRefusal } from './assertion-refusal.ts'

/** The `typ` of an identity assertion grant, and the name of the profile in the server metadata. */
const identityAssertionType = 'oauth-id-jag+jwt'
export const grantProfile = 'urn:ietf:params:oauth:grant-profile:id-jag'

/** The claims of an accepted assertion, and the user that it names. */
export type BelievedAssertion = { claims: AssertionClaims; subject: AssertedSubject }

type Presented = { text: string; issuer: string; confirmation: Confirmation | undefined }

/**
 * Verifies an assertion of a provider that trusts the client with assertions about its users.
 * @throws invalid_grant, unauthorized_client, temporarily_unavailable
 */
export async function readProviderAssertion(
  as: AuthorizationServer,
  client: Client,
  { text, issuer, confirmation }: Presented,
): Promise<BelievedAssertion> {
  // Anybody can take a public client's name: what the operator allows it would be anybody's.
  if (!isConfidential(client)) {
    throw unauthorizedClient('assertions of providers are for confidential clients only')
  }
  const provider = await trustedProvider(as, client, issuer)
  const keys = as.providerKeySets(as, provider)
  const claims = await identityAssertion(as, client, text, keys, confirmation)
  const subject = { providerId: provider.id, issuer, subject: claims.sub }
  return { claims, subject }
}

/** @throws invalid_grant */
async function trustedProvider(
  as: AuthorizationServer,
  client: Client,
  issuer: string,
): Promise<Provider> {
  // "The identity provider MUST NOT issue access tokens in response to an ID-JAG it issued itself." 8
  if (as.ownIssuers.includes(issuer)) throw assertionRefusal('was issued by this server')
  const trusted = (await as.providers.list(as.now)).filter(
    ({ configuration }) => configuration.issuer === issuer && configuration.assertions,
  )
  if (trusted.length === 0) throw assertionRefusal('has an iss claim that is not trusted')
  const provider = trusted.find(({ configuration }) =>
    configuration.assertion_clients.includes(client.id),
  )
  if (provider === undefined)
    throw assertionRefusal('is of a provider whose assertions the client may not present')
  return provider
}

/** Returns the claims of an assertion of either kind. @throws invalid_grant */
async function identityAssertion(
  as: AuthorizationServer,
  client: Client,
  text: string,
  keys: KeySource,
  confirmation: Confirmation | undefined,
): Promise<AssertionClaims> {
  const rules = { algorithms: foreignAlgorithms, types: ['jwt', identityAssertionType] }
  const assertion = await readAssertion(as, text, rules, keys)
  if ('unproved' in assertion) throw assertionRefusal('is not signed by a key of its issuer')
  if ('fault' in assertion) throw assertionRefusal(assertion.fault)
  const { claims, type } = assertion
  const fault =
    type === identityAssertionType
      ? identityAssertionFault(as, client, claims)
      : plainFault(as, claims)
  if (fault !== null) throw assertionRefusal(fault)
  const bound = boundFault(claims, confirmation)
  if (bound !== null) throw assertionRefusal(bound)
  return claims
}

// Members of other tokens that the same key signs: an ID token, a logout token, an access token
// (RFC 9068 2.2). RFC 8725 3.12: one kind must never pass for another.
const foreignMembers = ['client_id', 'nonce', 'at_hash', 'c_hash', 'events']

function plainFault(as: AuthorizationServer, claims: AssertionClaims): string | null {
  const strange = foreignMembers.find((name) => name in claims)
  if (strange !== undefined) return `is another kind of token: it has the claim ${strange}`
  return isSoleAudience(claims.aud, endpointAudiences(as))
    ? null
    : 'has an aud claim that is not this server alone'
}

/** ID-JAG 4.4.1, and what of it this server cannot honour. */
function identityAssertionFault(
  as: AuthorizationServer,
  client: Client,
  claims: AssertionClaims,
): string | null {
  if (!isSoleAudience(claims.aud, as.ownIssuers)) {
    return 'has an aud claim that is not the issuer alone'
  }
  if (claims.client_id !== client.id) {
    return 'has a client_id claim that is not the authenticated client'
  }
  if ('tenant' in claims || 'aud_tenant' in claims) return 'is for a tenant that is unknown'
  return null
}

const confirmed = once(() =>
  v.union([v.strictObject({ jkt: v.string() }), v.strictObject({ 'x5t#S256': v.string() })]),
)

/** Whoever has stolen a bound assertion does not have its key. RFC 7800 3 */
function boundFault(
  { cnf }: AssertionClaims,
  confirmation: Confirmation | undefined,
): string | null {
  if (cnf === undefined) return null
  const parsed = v.safeParse(confirmed(), cnf)
  const isProved = parsed.success && proves(confirmation, parsed.output)
  return isProved ? null : 'has a cnf claim with a key that the request does not prove'
}
