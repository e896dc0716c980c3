// The public key of a passkey, and what it signs. RFC 9052 7 (COSE_Key), RFC 9053 2 and 7, RFC 8812 2,
// WebAuthn 5.8.5 and 6.5.1.1.
import { base64url } from '../encoding.ts'
import { foreignKeyFault } from '../foreign-key.ts'
import { type CborMap, CborFault, asBytes } from './cbor.ts'
import { rawSignature } from './der.ts'

/** The COSE algorithms of passkeys, the most wanted first: EdDSA, ES256, RS256. */
export const algorithms = [-8, -7, -257] as const

type Algorithm = (typeof algorithms)[number]

const importing = {
  '-8': { name: 'Ed25519' },
  '-7': { name: 'ECDSA', namedCurve: 'P-256' },
  '-257': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const

const verifying = { ...importing, '-7': { name: 'ECDSA', hash: 'SHA-256' } } as const

/** The public key of a passkey with its algorithm, which the key itself names. */
export type PasskeyKey = { algorithm: Algorithm; key: CryptoKey }

/**
 * Imports a COSE key: of one of `algorithms`, of its type and curve, RSA of 2048 bits at least.
 * @throws CborFault
 */
export async function importCoseKey(cose: CborMap): Promise<PasskeyKey> {
  const algorithm = algorithms.find((one) => one === cose.get(3))
  if (algorithm === undefined) throw new CborFault('has no algorithm of passkeys')
  const jwk = jwkOf(cose, algorithm)
  if (foreignKeyFault(jwk) !== null) throw new CborFault('has no usable key')
  try {
    const parameters = importing[algorithm]
    const key = await crypto.subtle.importKey('jwk', jwk, parameters, false, ['verify'])
    return { algorithm, key }
  } catch (cause) {
    throw new CborFault('has no point of its curve', { cause })
  }
}

/** The labels of a COSE key: 1 = type, -1 = curve or modulus, -2 = x or exponent, -3 = y. */
function jwkOf(cose: CborMap, algorithm: Algorithm) {
  const member = (label: number): string => base64url(asBytes(cose.get(label)))
  const isOf = (type: number, curve?: number): boolean =>
    cose.get(1) === type && (curve === undefined || cose.get(-1) === curve)
  if (algorithm === -8 && isOf(1, 6)) return { kty: 'OKP', crv: 'Ed25519', x: member(-2) }
  if (algorithm === -7 && isOf(2, 1))
    return { kty: 'EC', crv: 'P-256', x: member(-2), y: member(-3) }
  if (algorithm === -257 && isOf(3)) return { kty: 'RSA', n: member(-1), e: member(-2) }
  throw new CborFault('has another type or curve than its algorithm')
}

/** Returns whether a signature of WebAuthn (6.5.5) is that of this key over `data`. */
export async function isSignedBy(
  { algorithm, key }: PasskeyKey,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const raw = algorithm === -7 ? rawSignature(signature) : signature
  return raw !== null && crypto.subtle.verify(verifying[algorithm], key, raw, data)
}
