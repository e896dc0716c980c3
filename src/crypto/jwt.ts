// Signs and verifies our own JWTs, with algorithm and type pinned (RFC 8725 3.1, 3.11).
import { isJsonObject } from '../protocol/strict-json.ts'
import { isCompact, jsonObjectIn } from './compact-token.ts'
import { base64url, utf8, utf8Text } from './encoding.ts'
import { signingScheme, verifiedJws } from './jws.ts'
import type { AccessTokenAlgorithm } from './signing-key.ts'

/** Explicit types prevent one kind of token from being accepted as another (RFC 8725 3.11). */
export type TokenType = 'at+jwt' | 'JWT' | 'logout+jwt' | 'token-introspection+jwt'

export type Signer = { kid: string; alg: AccessTokenAlgorithm; privateKey: CryptoKey }
export type Verifier = { kid: string; alg: AccessTokenAlgorithm; publicKey: CryptoKey }

export type Claims = Record<string, unknown>

/** Signs claims as a compact JWS (RFC 7515 7.1). */
export async function signJwt(signer: Signer, typ: TokenType, claims: Claims): Promise<string> {
  const { alg, kid, privateKey } = signer
  const content = `${encoded({ alg, typ, kid })}.${encoded(claims)}`
  const signature = await crypto.subtle.sign(signingScheme(alg), privateKey, utf8(content))
  return `${content}.${base64url(new Uint8Array(signature))}`
}

const encoded = (part: object): string => base64url(utf8(JSON.stringify(part)))

/** Maximum length in characters. A token with the longest scope and resource still fits. */
const longestToken = 65_536

/** Returns the `kid` of a compact JWS, or null for any other text. Verifies nothing. */
export function kidOf(token: string): string | null {
  if (!isCompact(token, 'jws', longestToken)) return null
  const kid = jsonObjectIn(token.split('.', 1)[0])?.kid
  return typeof kid === 'string' ? kid : null
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
  const verified = await verifiedJws(token, verifier.alg, verifier.publicKey)
  if (verified?.header.typ !== typ || verified.header.kid !== verifier.kid) return null
  const text = utf8Text(verified.payload)
  try {
    const claims: unknown = text === null ? null : JSON.parse(text)
    return isJsonObject(claims) ? claims : null
  } catch {
    return null
  }
}
