// Assertions: signed statements about an identity, for one use at this server. RFC 7521 3 to 5,
// RFC 7523 3, RFC 10070, RFC 8725bis.
import type { ForeignAlgorithm } from '../../crypto/foreign-key.ts'
import {
  type HeaderRules,
  type KeySource,
  foreignHeader,
  verifiedClaims,
} from '../../crypto/foreign-token.ts'
import { digestOf } from '../../crypto/secret.ts'
import { type OAuthError, invalidClient } from '../../protocol/error.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { tokenPath } from '../server/paths.ts'
import type { Spending } from '../server/storage.ts'
import { isFapi2, isFapiAlgorithm } from './profile.ts'
import { keysOfClient } from './key-sets.ts'
import type { ClientProof } from './methods/method.ts'
import type { Client } from './storage.ts'

/** The algorithms that an assertion may be signed with. */
export const assertionAlgorithms = [
  'ES256',
  'EdDSA',
  'Ed25519',
  'PS256',
  'RS256',
] as const satisfies readonly ForeignAlgorithm[]

/** Returns what a client may sign with: as registered, else any that its profile allows. */
export const algorithmsOf = (
  client: Client,
  registered: ForeignAlgorithm | undefined,
): readonly ForeignAlgorithm[] =>
  registered === undefined
    ? assertionAlgorithms.filter((one) => !isFapi2(client) || isFapiAlgorithm(one))
    : [registered]

/** Seconds by which clocks may differ: for a time that has passed, and for one to come. */
export const expiryLeeway = 5
export const futureLeeway = 60

/** The longest remaining lifetime of an assertion, in seconds. */
const longestLife = 3_600

const numericDate = once(() => v.number())

// "has a name": an empty one names nobody, and a long one is a burden on the database.
const name = once(() => v.pipe(v.string(), v.minLength(1), v.maxLength(2000)))

const assertionClaims = once(() =>
  v.looseObject({
    iss: name(),
    sub: name(),
    aud: v.union([v.string(), v.array(v.string())]),
    exp: numericDate(),
    nbf: v.optional(numericDate()),
    iat: v.optional(numericDate()),
    jti: v.optional(name()),
  }),
)

/** The claims that RFC 7523 3 asks of every assertion, and whatever else it says. */
export type AssertionClaims = v.InferOutput<ReturnType<typeof assertionClaims>>

/**
 * The claims of a signed assertion and its `typ`, or why it is rejected. `unproved` = none of the keys
 * signed it; a fault is constant text that completes "the assertion", for its sender.
 */
type Assertion =
  { claims: AssertionClaims; type: string | undefined } | { unproved: true } | { fault: string }

/**
 * Verifies the signature of an assertion, its form and its times. The caller checks its subject, its
 * audience and whether it was used before. RFC 7523 3.
 * @throws temporarily_unavailable if the keys cannot be fetched
 */
export async function readAssertion(
  as: AuthorizationServer,
  text: string,
  rules: HeaderRules,
  keys: KeySource,
): Promise<Assertion> {
  const header = foreignHeader(text, rules)
  if (header === null) return { fault: 'is not a JWT with an acceptable header (alg, typ)' }
  const verified = await verifiedClaims(text, header, keys)
  if (verified === null) return { unproved: true }
  const parsed = v.safeParse(assertionClaims(), verified)
  if (!parsed.success) {
    return { fault: `has a missing or malformed claim: ${String(parsed.issues[0].path?.[0].key)}` }
  }
  const fault = timeFault(parsed.output, as.now)
  return fault === null ? { claims: parsed.output, type: header.typ } : { fault }
}

function timeFault({ exp, nbf = 0, iat = 0 }: AssertionClaims, now: number): string | null {
  if (exp <= now - expiryLeeway) return 'has expired: see its exp claim'
  if (exp > now + longestLife + futureLeeway) return 'has an exp claim more than an hour ahead'
  if (nbf > now + futureLeeway) return 'is not valid yet: see its nbf claim'
  if (iat > now + futureLeeway) return 'has an iat claim in the future'
  return null
}

/**
 * Returns what spends an assertion: its `jti`, which no other of its issuer may have had, or what was
 * signed where it has none; not the signature, of which ECDSA lets anyone make a second one. It is
 * remembered until the assertion has expired for certain.
 */
export async function spendingOf(
  purpose: 'client assertion' | 'assertion',
  text: string,
  { iss, jti, exp }: AssertionClaims,
  refusal: () => OAuthError,
): Promise<Spending> {
  const identifier = jti === undefined ? { signed: text.slice(0, text.lastIndexOf('.')) } : { jti }
  const digest = await digestOf(JSON.stringify([purpose, iss, identifier]))
  return { digest, expiresAt: exp + 60, refusal }
}

// RFC 10070 4 leaves other assertions of a client alone: what says that it is of another kind is none
// of these.
const clientAssertionTypes = ['jwt', 'client-authentication+jwt']

/**
 * Proves a client by its assertion; null if none of its keys signed the assertion.
 * @throws invalid_client that names the claim; temporarily_unavailable if its keys cannot be fetched
 */
export async function proveByAssertion(
  as: AuthorizationServer,
  client: Client,
  text: string,
): Promise<ClientProof | null> {
  const keys = keysOfClient(as, client)
  if (keys === null) return null
  const algorithms = algorithmsOf(client, client.metadata.token_endpoint_auth_signing_alg)
  const rules = { algorithms, types: clientAssertionTypes }
  const assertion = await readAssertion(as, text, rules, keys)
  if ('unproved' in assertion) return null
  if ('fault' in assertion) throw refused(assertion.fault)
  const fault = clientAssertionFault(as, client, assertion.claims)
  if (fault !== null) throw refused(fault)
  const spending = await spendingOf('client assertion', text, assertion.claims, () =>
    invalidClient('the client_assertion was used before: its jti claim is not new', {
      reason: 'assertion_used',
    }),
  )
  return { clientSecret: undefined, spends: [spending] }
}

function clientAssertionFault(
  as: AuthorizationServer,
  client: Client,
  { iss, sub, aud, jti }: AssertionClaims,
): string | null {
  if (iss !== client.id) return 'has an iss claim that is not the client_id'
  if (sub !== client.id) return 'has a sub claim that is not the client_id'
  if (jti === undefined) return 'has no jti claim'
  // "shall only accept its issuer identifier value ... as a string in the aud claim". FAPI 2.0 5.3.2.1
  if (isFapi2(client) && typeof aud !== 'string') {
    return 'has an aud claim that is not the issuer as a string'
  }
  const mayNameEndpoint = client.metadata.assertion_audience === 'token_endpoint'
  const audiences = mayNameEndpoint ? endpointAudiences(as) : as.ownIssuers
  return isSoleAudience(aud, audiences) ? null : 'has an aud claim that is not the issuer alone'
}

/**
 * Returns whether a JWT is made out to one of these names and to nobody else: another server that it
 * was made out to could replay it here. RFC 10070 4
 */
export function isSoleAudience(aud: AssertionClaims['aud'], names: readonly string[]): boolean {
  const audiences = [aud].flat()
  return audiences.length === 1 && audiences.every((audience) => names.includes(audience))
}

/** Returns the issuer and the address of the token endpoint, under each name of ours. */
export const endpointAudiences = ({ ownIssuers }: AuthorizationServer): string[] =>
  ownIssuers.flatMap((issuer) => [issuer, issuer + tokenPath])

const refused = (fault: string) =>
  invalidClient(`the client_assertion ${fault}`, { reason: 'assertion_wrong' })
