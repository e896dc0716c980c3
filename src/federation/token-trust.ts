// Decides whether to accept a provider's token, by its key set, algorithm, issuer, audience and
// times. OpenID Connect Core 3.1.3.7, RFC 8725 3, RFC 7519 4.1.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { type ForeignAlgorithm, type ForeignKey, foreignAlgorithms } from '../crypto/foreign-key.ts'
import {
  type ForeignHeader,
  type HeaderRules,
  decryptForeign,
  foreignHeader,
  verifiedClaims,
} from '../crypto/foreign-token.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { keysAt, rereadKeys } from './key-sets.ts'
import type { OutboundAllowance } from './outbound.ts'

/** What a token must satisfy. */
export type TokenTrust = {
  /** The exact issuer; null = the owner of the key set (a listed host, in development only). */
  issuer: string | null
  clientId: string
  /** Whether a token without `aud` is rejected. */
  audienceRequired: boolean
  /** The algorithm agreed upon; null = any asymmetric one. */
  algorithm: ForeignAlgorithm | null
  /** The key set for a token with this header, or null where it may not be believed. */
  keySet: (header: ForeignHeader) => KeySet | null
  /** Whether a key of the set may sign for this issuer; absent = every key may. */
  isKey?: (key: ForeignKey) => boolean
}

export type KeySet = { url: string; allow: OutboundAllowance }

/** The claims of an accepted token, or why it was rejected (constant text, for the log). */
type Judgement = { claims: ProviderClaims } | { fault: string }

/** Of ID tokens and access tokens of providers. */
const headerRules: HeaderRules = {
  algorithms: foreignAlgorithms,
  types: ['jwt', 'at+jwt'],
  mayNameKeySet: true,
}

const optionalText = once(() => v.optional(v.string()))

/** Finite. */
const numericDate = once(() => v.number())

const registered = once(() =>
  v.looseObject({
    iss: optionalText(),
    sub: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
    aud: v.optional(v.union([v.string(), v.array(v.string())])),
    azp: optionalText(),
    // A token without an expiry would be valid forever.
    exp: numericDate(),
    nbf: v.optional(numericDate()),
    iat: v.optional(numericDate()),
    auth_time: v.optional(v.pipe(numericDate(), v.minValue(0))),
    nonce: optionalText(),
  }),
)
export type ProviderClaims = v.InferOutput<ReturnType<typeof registered>>

/** Tolerated clock differences in seconds, for expired tokens and for tokens from the future. */
const expiryLeeway = 5
const futureLeeway = 30

/**
 * Verifies a token, encrypted or not (OpenID Connect Core 3.1.3.7).
 * @throws OutboundError if the key set is unavailable
 */
export async function judgeToken(
  as: AuthorizationServer,
  token: string,
  trust: TokenTrust,
): Promise<Judgement> {
  const signed =
    token.split('.').length === 5
      ? await decryptForeign(token, (kid) => as.signingKeys.decrypter(kid, as.now))
      : token
  if (signed === null) return { fault: 'the token cannot be decrypted to a signed one' }
  const header = foreignHeader(signed, headerRules)
  if (header === null) return { fault: 'the token is not signed in an acceptable way' }
  if (trust.algorithm !== null && header.alg !== trust.algorithm) {
    return { fault: 'the token is not signed with the configured algorithm' }
  }
  const keySet = trust.keySet(header)
  if (keySet === null) return { fault: 'the token does not name a key set of the provider' }
  const { url, allow } = keySet
  const { isKey = () => true } = trust
  const claims = await verifiedClaims(signed, header, {
    find: async (kid) => (await keysAt(as, url, allow, kid)).filter(isKey),
    findAgain: async () => (await rereadKeys(as, url, allow))?.filter(isKey) ?? null,
  })
  if (claims === null) return { fault: 'the signature of the token does not verify' }
  const parsed = v.safeParse(registered(), claims)
  if (!parsed.success) return { fault: 'the claims of the token are malformed' }
  const fault = claimsFault(parsed.output, trust, as.now)
  return fault === null ? { claims: parsed.output } : { fault }
}

function claimsFault(claims: ProviderClaims, trust: TokenTrust, now: number): string | null {
  if (trust.issuer !== null && claims.iss !== trust.issuer)
    return 'the token is from another issuer'
  const audience = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (audience === undefined ? trust.audienceRequired : !audience.includes(trust.clientId)) {
    return 'the token is for another audience'
  }
  // "If an azp (authorized party) Claim is present, the Client SHOULD verify that its client_id is
  // the Claim Value." Core 3.1.3.7
  if (claims.azp !== undefined && claims.azp !== trust.clientId) {
    return 'the token was issued to another client'
  }
  if (claims.exp <= now - expiryLeeway) return 'the token has expired'
  if ((claims.nbf ?? 0) > now + futureLeeway) return 'the token is not valid yet'
  if ((claims.iat ?? 0) > now + futureLeeway) return 'the token was issued in the future'
  return null
}
