// The identity of a person according to a provider: the code is exchanged for an ID token, which is
// fully verified; userinfo is asked where the token lacks a claim. OpenID Connect Core 3.1.3 and 5.3.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Provider } from '../core/providers/storage.ts'
import type { ProviderConfiguration } from '../core/providers/configuration.ts'
import { unprovedClaims } from '../crypto/foreign-token.ts'
import { equalInConstantTime } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { appleName } from './apple.ts'
import { discover, endpointsOf } from './discovery.ts'
import type { ProviderMetadata } from './discovery.ts'
import { gitHubClaims } from './github.ts'
import { expectedIssuer, hasManyTenants, signsFor } from './microsoft.ts'
import { OutboundError, guardedFetch, jsonObjectOf } from './outbound.ts'
import { providerPorts } from './provider-ports.ts'
import { requestTokens } from './token-request.ts'
import { type ProviderClaims, judgeToken } from './token-trust.ts'
import { isSameAddress } from './provider-address.ts'
import type { Journey } from './journey.ts'
import { isVerified, vouches } from './vouching.ts'

/** A person as the provider describes them; `authTime` in seconds. */
export type ProviderIdentity = {
  issuer: string
  subject: string
  username: string | null
  name: string | null
  /** An e-mail address that the provider has verified. */
  verifiedEmail: string | null
  /** The name of the account at the provider. */
  label: string | null
  /** The time of the sign-in there, if the provider tells; never in the future. */
  authTime: number | null
}

const tokenResponse = once(() =>
  v.object({ id_token: v.optional(v.string()), access_token: v.optional(v.string()) }),
)

/** What the browser brings back: the code, and what Apple adds about a new person. */
export type BroughtBack = { code: string; user: string | undefined }

/** Seconds by which the provider's clock may be behind ours. */
const clockLeeway = 60

/**
 * Exchanges a code and verifies who the person is. OpenID Connect Core 3.1.3.
 * @throws OutboundError if the provider cannot be reached or its answer cannot be trusted
 */
export async function proveIdentity(
  as: AuthorizationServer,
  provider: Provider,
  journey: Journey,
  { code, user }: BroughtBack,
): Promise<ProviderIdentity> {
  const { configuration } = provider
  const { client_id: clientId, issuer, preset } = configuration
  const { token_endpoint: url } = await endpointsOf(as, configuration)
  const { redirectUri, codeVerifier } = journey
  const request = { url, clientId, code, redirectUri, codeVerifier }
  const allow = { ports: providerPorts(configuration) }
  const answer = jsonObjectOf(await requestTokens(as, request, provider, allow))
  const tokens = v.safeParse(tokenResponse(), answer)
  const { id_token: idToken, access_token: accessToken } = tokens.success ? tokens.output : {}
  if (preset === 'github') {
    if (accessToken === undefined) throw untrusted('the answer has no access token')
    const claims = await gitHubClaims(as, configuration, accessToken)
    const { sub: subject } = claims
    return { issuer, subject, ...personOf(configuration, claims, {}), authTime: null }
  }
  if (idToken === undefined) throw untrusted('the answer has no ID token')
  const metadata = await discover(as, configuration)
  const claims = await verifiedIdToken(as, provider, metadata, idToken)
  const fault = idTokenFault(claims, journey)
  if (fault !== null) throw untrusted(fault)
  const { sub = '', tid, auth_time: authTime } = claims
  // Google, Microsoft and Apple put into the token all that they know.
  const more =
    preset === undefined ? await userinfo(as, provider, metadata, claims, accessToken) : {}
  const person = personOf(configuration, claims, more)
  return {
    issuer,
    // One configuration stands for all tenants, and a `sub` is the tenant's.
    subject: hasManyTenants(configuration) ? `${String(tid)}.${sub}` : sub,
    ...person,
    name: person.name ?? (preset === 'apple' ? appleName(user) : null),
    authTime: authTime === undefined ? null : Math.min(authTime, as.now),
  }
}

const untrusted = (fault: string) => new OutboundError('malformed', fault)

async function verifiedIdToken(
  as: AuthorizationServer,
  { configuration }: Provider,
  metadata: ProviderMetadata,
  idToken: string,
): Promise<ProviderClaims> {
  // The tenant that an unproved token names only chooses what it is measured against.
  const issuer = expectedIssuer(configuration, unprovedClaims(idToken))
  if (issuer === null) throw untrusted('the ID token is of no tenant that counts')
  const judgement = await judgeToken(as, idToken, {
    issuer,
    isKey: (key) => signsFor(configuration, issuer, key),
    clientId: configuration.client_id,
    audienceRequired: true,
    algorithm: configuration.id_token_signed_response_alg ?? null,
    keySet: ({ jku }) =>
      jku === undefined || jku === metadata.jwks_uri
        ? { url: metadata.jwks_uri, allow: { ports: providerPorts(configuration) } }
        : null,
  })
  if ('fault' in judgement) throw untrusted(judgement.fault)
  return judgement.claims
}

/** Returns what is wrong with an ID token beyond any token. OpenID Connect Core 3.1.3.7. */
function idTokenFault(claims: ProviderClaims, journey: Journey): string | null {
  if (claims.sub === undefined || !/^[\x20-\x7e]+$/.test(claims.sub)) {
    return 'the ID token has no acceptable sub'
  }
  if (claims.iat === undefined) return 'the ID token has no iat'
  // "If the ID Token contains multiple audiences, the Client SHOULD verify that an azp Claim is
  // present."
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && claims.azp === undefined) {
    return 'the ID token is for several and says not whose it is'
  }
  if (!equalInConstantTime(claims.nonce ?? '', journey.nonce)) {
    return 'the ID token is not for this sign-in'
  }
  const { auth_time: authTime } = claims
  const { maxAge, begunAt } = journey
  const isOld =
    maxAge !== null && authTime !== undefined && authTime < begunAt - maxAge - clockLeeway
  return isOld ? 'nobody has signed in there lately enough' : null
}

/** Loads the claims of userinfo if the ID token lacks one that is needed; else returns none. */
async function userinfo(
  as: AuthorizationServer,
  { configuration }: Provider,
  metadata: ProviderMetadata,
  idToken: ProviderClaims,
  accessToken: string | undefined,
): Promise<Record<string, unknown>> {
  const { username_claim, name_claim } = configuration
  const lookedAt = ['email', 'email_verified', username_claim, name_claim]
  const isEnough = lookedAt.every((name) => name in idToken)
  const { userinfo_endpoint: url } = metadata
  if (isEnough || url === undefined || accessToken === undefined) return {}
  const headers = { Accept: 'application/json', Authorization: `Bearer ${accessToken}` }
  const allow = { ports: providerPorts(configuration) }
  const claims = jsonObjectOf(await guardedFetch(as, url, { headers }, allow))
  // "The sub Claim in the UserInfo Response MUST be verified to exactly match the sub Claim in the
  // ID Token; if they do not match, the UserInfo Response values MUST NOT be used." Core 5.3.2
  if (claims.sub !== idToken.sub) throw untrusted('userinfo is about somebody else')
  return claims
}

/** @throws OutboundError if the two documents contradict each other about the address */
function personOf(
  configuration: ProviderConfiguration,
  idToken: Record<string, unknown>,
  userinfo: Record<string, unknown>,
): Omit<ProviderIdentity, 'issuer' | 'subject' | 'authTime'> {
  const fault = addressFault(idToken, userinfo)
  if (fault !== null) throw untrusted(fault)
  const documents = [idToken, userinfo]
  const first = (claim: string): string | null =>
    documents.map((claims) => textOf(claims[claim])).find((text) => text !== null) ?? null
  const username = first(configuration.username_claim)
  // Address and flag of one document: what userinfo has verified need not be what the token names.
  const vouching = documents.find(
    (claims) => vouches(configuration, claims) && textOf(claims.email) !== null,
  )
  return {
    username,
    name: first(configuration.name_claim),
    verifiedEmail: textOf(vouching?.email),
    label: first('email') ?? username,
  }
}

/** Returns what is wrong if both documents speak of the address and differ. */
function addressFault(
  idToken: Record<string, unknown>,
  userinfo: Record<string, unknown>,
): string | null {
  const [one, other] = [textOf(idToken.email), textOf(userinfo.email)]
  if (one !== null && other !== null && !isSameAddress(one, other)) {
    return 'ID token and userinfo name two addresses'
  }
  const bothJudge = 'email_verified' in idToken && 'email_verified' in userinfo
  return bothJudge && isVerified(idToken) !== isVerified(userinfo)
    ? 'ID token and userinfo differ about email_verified'
    : null
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 320 && /^\P{Cc}*$/u.test(value)
    ? value
    : null
