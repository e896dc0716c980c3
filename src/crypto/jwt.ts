// Signs and verifies our own JWTs, with algorithm and type pinned (RFC 8725 3.1, 3.11).
import { compactVerify, decodeProtectedHeader } from 'jose'
import { isJsonObject } from '../protocol/strict-json.ts'
import { isCompact } from './compact-token.ts'
import { base64url, utf8, utf8Text } from './encoding.ts'
import type { AccessTokenAlgorithm } from './signing-key.ts'

/** Explicit types prevent one kind of token from being accepted as another (RFC 8725 3.11). */
export type TokenType = 'at+jwt' | 'JWT' | 'logout+jwt' | 'token-introspection+jwt'

export type Signer = { kid: string; alg: AccessTokenAlgorithm; privateKey: CryptoKey }
export type Verifier = { kid: string; alg: AccessTokenAlgorithm; publicKey: CryptoKey }

export type Claims = Record<string, unknown>

const signatures = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  EdDSA: { name: 'Ed25519' },
} as const

/** Signs claims as a compact JWS (RFC 7515 7.1). */
export async function signJwt(signer: Signer, typ: TokenType, claims: Claims): Promise<string> {
  const { alg, kid, privateKey } = signer
  const content = `${encoded({ alg, typ, kid })}.${encoded(claims)}`
  const signature = await crypto.subtle.sign(signatures[alg], privateKey, utf8(content))
  return `${content}.${base64url(new Uint8Array(signature))}`
}

const encoded = (part: object): string => base64url(utf8(JSON.stringify(part)))

/** Maximum length in characters. A token with the longest scope and resource still fits. */
const longestToken = 65_536

/** Returns the `kid` of a compact JWS, or null for any other text. Verifies nothing. */
export function kidOf(token: string): string | null {
  if (!isCompact(token, 'jws', longestToken)) return null
  try {
    const { kid } = decodeProtectedHeader(token)
    return typeof kid === 'string' ? kid : null
  } catch {
    return null
  }
}

/**
 * Returns the claims of a token that `verifier` signed as `typ`, or null for any other token. The
 * caller checks times and audience.
 */
export async function verifyJwt(
  token: string,
  verifier: Verifier,
  typ: TokenType,
): Promise<Claims | null> {
  // A signature of 64 or 256 bytes leaves four unused bits in the last character, which decoders
  // ignore. Without this check one token would have sixteen spellings (RFC 4648 3.5).
  if (!/[AQgw]$/.test(token)) return null
  try {
    const verified = await compactVerify(token, verifier.publicKey, { algorithms: [verifier.alg] })
    if (verified.protectedHeader.typ !== typ || verified.protectedHeader.kid !== verifier.kid)
      return null
    const text = utf8Text(verified.payload)
    const claims: unknown = text === null ? null : JSON.parse(text)
    return isJsonObject(claims) ? claims : null
  } catch {
    return null
  }
}
