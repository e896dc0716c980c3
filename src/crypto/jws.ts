// Signatures in the compact form: their algorithms as WebCrypto calls them, and how they are verified.
// What a header says beyond its algorithm is judged by the caller. RFC 7515 5.2, RFC 7518 3, RFC 8037.
import { jsonObjectIn } from './compact-token.ts'
import { fromBase64url, utf8 } from './encoding.ts'
import { type ForeignAlgorithm, foreignKeyFault, keyKindOf } from './foreign-key.ts'
import { publicMembers } from './jwk.ts'

type Scheme = {
  importing: { name: string; namedCurve?: string; hash?: string }
  signing: { name: string; hash?: string; saltLength?: number }
  /** Bytes of every signature, where the key does not decide them. */
  length?: number
}

// RFC 7518 3.3
const pkcs1 = (hash: string): Scheme => ({
  importing: { name: 'RSASSA-PKCS1-v1_5', hash },
  signing: { name: 'RSASSA-PKCS1-v1_5' },
})

// "The size of the salt value is the same size as the hash function output", RFC 7518 3.5.
const pss = (hash: string, saltLength: number): Scheme => ({
  importing: { name: 'RSA-PSS', hash },
  signing: { name: 'RSA-PSS', saltLength },
})

// R and S one after the other, each as long as the order of the curve (RFC 7518 3.4).
const ecdsa = (namedCurve: string, hash: string, length: number): Scheme => ({
  importing: { name: 'ECDSA', namedCurve },
  signing: { name: 'ECDSA', hash },
  length,
})

// RFC 8032 5.1.6
const ed25519: Scheme = {
  importing: { name: 'Ed25519' },
  signing: { name: 'Ed25519' },
  length: 64,
}

const schemes: Readonly<Record<ForeignAlgorithm, Scheme>> = {
  RS256: pkcs1('SHA-256'),
  RS384: pkcs1('SHA-384'),
  RS512: pkcs1('SHA-512'),
  PS256: pss('SHA-256', 32),
  PS384: pss('SHA-384', 48),
  PS512: pss('SHA-512', 64),
  ES256: ecdsa('P-256', 'SHA-256', 64),
  ES384: ecdsa('P-384', 'SHA-384', 96),
  ES512: ecdsa('P-521', 'SHA-512', 132),
  EdDSA: ed25519,
  Ed25519: ed25519,
}

/** Returns what WebCrypto is to be told to sign with this algorithm. */
export const signingScheme = (alg: ForeignAlgorithm): Scheme['signing'] => schemes[alg].signing

/**
 * Imports a public key for one algorithm.
 * @throws TypeError for a key that is weak or of another algorithm, and what WebCrypto throws for a
 *   point that is not on its curve
 */
export async function importVerifier(
  jwk: Readonly<Record<string, unknown>>,
  alg: ForeignAlgorithm,
): Promise<CryptoKey> {
  const { kty, crv } = keyKindOf(alg)
  if (jwk.kty !== kty || (crv !== undefined && jwk.crv !== crv)) {
    throw new TypeError(`not a key of ${alg}`)
  }
  const fault = foreignKeyFault(jwk)
  if (fault !== null) throw new TypeError(`the key ${fault}`)
  return crypto.subtle.importKey('jwk', publicMembers(jwk), schemes[alg].importing, false, [
    'verify',
  ])
}

/** Returns whether a signature, in base64url, is one of this key over the text before it. */
export async function isSignature(
  alg: ForeignAlgorithm,
  key: CryptoKey,
  signature: string,
  signed: string,
): Promise<boolean> {
  const { signing, length } = schemes[alg]
  const bytes = fromBase64url(signature)
  if (bytes === null || (length !== undefined && bytes.byteLength !== length)) return false
  return crypto.subtle.verify(signing, key, bytes, utf8(signed))
}

type Verified = { header: Record<string, unknown>; payload: Uint8Array }

/**
 * Returns the header and the payload of a token that this key signed, or null for any other text. The
 * algorithm is the caller's choice, which the token has to name (RFC 8725 3.1). No extension is known,
 * so that one that must be understood refuses the token (RFC 7515 4.1.11), as does a payload that may
 * not be encoded (RFC 7797 3), whether or not `crit` names it.
 */
export async function verifiedJws(
  token: string,
  alg: ForeignAlgorithm,
  key: CryptoKey,
): Promise<Verified | null> {
  const [first = '', second = '', third = '', ...more] = token.split('.', 4)
  const header = jsonObjectIn(first)
  if (header === null || header.alg !== alg || more.length > 0) return null
  if ('crit' in header || 'b64' in header) return null
  const payload = fromBase64url(second)
  if (payload === null) return null
  const isGood = await isSignature(alg, key, third, `${first}.${second}`)
  return isGood ? { header, payload } : null
}
