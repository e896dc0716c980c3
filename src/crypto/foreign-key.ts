// Public keys that others publish or register: which of them may prove anything. RFC 7517, 7518 6,
// 8037 2, and FAPI 2.0 5.4 for the sizes.
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { fromBase64url } from './encoding.ts'

/** Algorithms of a foreign signature: never `none`, never one whose key is a shared secret. */
export const foreignAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const
export type ForeignAlgorithm = (typeof foreignAlgorithms)[number]

/** Returns the key that an algorithm takes: RFC 7518 3.1 and 3.4, RFC 8037 3.1, RFC 9864 2.2. */
export function keyKindOf(alg: ForeignAlgorithm): { kty: string; crv?: string } {
  switch (alg) {
    case 'ES256':
      return { kty: 'EC', crv: 'P-256' }
    case 'ES384':
      return { kty: 'EC', crv: 'P-384' }
    case 'ES512':
      return { kty: 'EC', crv: 'P-521' }
    case 'EdDSA':
    case 'Ed25519':
      return { kty: 'OKP', crv: 'Ed25519' }
    default:
      return { kty: 'RSA' }
  }
}

const optionalText = once(() => v.optional(v.string()))

/** A public key of somebody else, by what decides whether a token may be signed with it. */
export const foreignKey = once(() =>
  v.object({
    kty: v.string(),
    kid: optionalText(),
    use: optionalText(),
    alg: optionalText(),
    key_ops: v.optional(v.array(v.string())),
    /** Whose tokens the key signs, in a key set of several issuers: Microsoft's. */
    issuer: optionalText(),
    // The public members only: whatever else stands in a key set is not looked at.
    crv: optionalText(),
    x: optionalText(),
    y: optionalText(),
    n: optionalText(),
    e: optionalText(),
  }),
)
export type ForeignKey = v.InferOutput<ReturnType<typeof foreignKey>>

/** Members that only a private or a symmetric key has. */
export const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Bytes of a coordinate, by curve (RFC 7518 6.2.1.2, RFC 8037 2). */
const coordinates: Record<string, { kty: string; bytes: number }> = {
  'P-256': { kty: 'EC', bytes: 32 },
  'P-384': { kty: 'EC', bytes: 48 },
  'P-521': { kty: 'EC', bytes: 66 },
  Ed25519: { kty: 'OKP', bytes: 32 },
}

/**
 * Why nothing may be proved with this JWK, or null: RSA of 2048 to 8192 bits, P-256, P-384, P-521 and
 * Ed25519, the public half alone. A private half that somebody published proves nothing any more.
 */
export function foreignKeyFault(jwk: Readonly<Record<string, unknown>>): string | null {
  if (privateMembers.some((name) => name in jwk)) return 'must be a public key'
  const { kty, crv } = jwk
  if (kty === 'RSA') return rsaFault(jwk)
  if (kty !== 'EC' && kty !== 'OKP') return 'must be of type RSA, EC or OKP'
  const curve = typeof crv === 'string' ? coordinates[crv] : undefined
  if (curve?.kty !== kty) return 'must be on the curve P-256, P-384, P-521 or Ed25519'
  const points = kty === 'EC' ? [jwk.x, jwk.y] : [jwk.x]
  const isWhole = points.every((point) => bytesOf(point)?.byteLength === curve.bytes)
  return isWhole ? null : 'must have the coordinates of a point on its curve'
}

function rsaFault({ n, e }: Readonly<Record<string, unknown>>): string | null {
  const [modulus, exponent] = [bytesOf(n), bytesOf(e)]
  if (modulus === null || exponent === null || exponent.byteLength === 0) {
    return 'must have the members n and e'
  }
  const first = modulus.findIndex((byte) => byte !== 0)
  const leading = modulus[first]
  const bits = leading === undefined ? 0 : (modulus.length - first) * 8 - (Math.clz32(leading) - 24)
  if (bits < 2048 || bits > 8192) return 'must have 2048 to 8192 bits'
  // A long exponent would make verifying slow.
  return exponent.byteLength <= 4 ? null : 'must have an exponent of 32 bits at most'
}

const bytesOf = (member: unknown): Uint8Array | null =>
  typeof member === 'string' ? fromBase64url(member) : null

/**
 * Returns the keys that may have signed a token with this header: of the algorithm's type and curve,
 * for signatures, with its `kid`; without one, the only such key (OpenID Connect Core 10.1).
 */
export function candidates(
  { alg: algorithm, kid: named }: { alg: ForeignAlgorithm; kid?: string | undefined },
  keys: readonly ForeignKey[],
): ForeignKey[] {
  const kind = keyKindOf(algorithm)
  const fitting = keys.filter(
    ({ kty, crv, kid, use, alg, key_ops }) =>
      kty === kind.kty &&
      (kind.crv === undefined || crv === kind.crv) &&
      (use === undefined || use === 'sig') &&
      (alg === undefined || isAlgorithm(alg, algorithm)) &&
      (key_ops === undefined || key_ops.includes('verify')) &&
      (named === undefined || kid === named),
  )
  return named === undefined && fitting.length > 1 ? [] : fitting
}

// RFC 9864 2.2: Ed25519 is the name of what EdDSA means with such a key.
const isAlgorithm = (registered: string, used: ForeignAlgorithm): boolean =>
  registered === used || (kindIsEdwards(registered) && kindIsEdwards(used))

const kindIsEdwards = (alg: string): boolean => alg === 'EdDSA' || alg === 'Ed25519'
