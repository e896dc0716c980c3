// Proof Key for Code Exchange: S256 only. RFC 7636 4.1, 4.2, 4.6.
import { digestOf, equalInConstantTime } from './secret.ts'

/** code-verifier = 43*128unreserved */
const verifierSyntax = /^[A-Za-z0-9\-._~]{43,128}$/

/** The only `code_challenge_method`: `plain` proves nothing to who reads the request (RFC 9700 2.1.1). */
export const challengeMethods = ['S256'] as const

/** A challenge of S256 is SHA-256 in base64url: exactly 43 characters. */
export const isCodeChallenge = (text: string): boolean => /^[\w-]{43}$/.test(text)

export const isCodeVerifier = (text: string): boolean => verifierSyntax.test(text)

/** BASE64URL-ENCODE(SHA256(ASCII(code_verifier))) == code_challenge */
export const provesChallenge = async (verifier: string, challenge: string): Promise<boolean> =>
  equalInConstantTime(await digestOf(verifier), challenge)
