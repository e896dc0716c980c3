// Proof Key for Code Exchange, S256 only. RFC 7636 4.1, 4.2, 4.6.
import { digestOf, equalInConstantTime } from './secret.ts'

/** code-verifier = 43*128unreserved */
const verifierSyntax = /^[A-Za-z0-9\-._~]{43,128}$/

/**
 * The only `code_challenge_method`. Anybody who reads the request can satisfy `plain` (RFC 9700
 * 2.1.1).
 */
export const challengeMethods = ['S256'] as const

/**
 * Returns whether the text has the form of an S256 challenge: 43 characters of base64url (RFC 7636
 * 4.2).
 */
export const isCodeChallenge = (text: string): boolean => /^[\w-]{43}$/.test(text)

/** Returns whether the text has the form of a code verifier (RFC 7636 4.1). */
export const isCodeVerifier = (text: string): boolean => verifierSyntax.test(text)

/**
 * Returns whether BASE64URL-ENCODE(SHA256(ASCII(code_verifier))) == code_challenge (RFC 7636 4.6).
 */
export const provesChallenge = async (verifier: string, challenge: string): Promise<boolean> =>
  equalInConstantTime(await digestOf(verifier), challenge)
