// Public keys as JSON: the members that make one, and the name that follows from them. RFC 7517, 7638.
import { base64url, utf8 } from './encoding.ts'

/** A public key. */
export type PublicKey = {
  kty: string
  crv?: string
  x?: string
  y?: string
  n?: string
  e?: string
}

// RFC 7638 3.2, RFC 8037 2.
const membersOf = new Map<unknown, readonly (keyof PublicKey)[]>([
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']],
  ['RSA', ['n', 'e']],
])

/**
 * Returns only the members that make the public key of a JWK: not its uses, not its private half.
 * @throws TypeError for another type of key and for a member that is missing or no text
 */
export function publicMembers(jwk: Readonly<Record<string, unknown>>): PublicKey {
  const { kty } = jwk
  const names = membersOf.get(kty)
  if (typeof kty !== 'string' || names === undefined) throw new TypeError('no type of public key')
  const members: PublicKey = { kty }
  for (const name of names) {
    const value = jwk[name]
    if (typeof value !== 'string') throw new TypeError(`the public key has no ${name}`)
    members[name] = value
  }
  return members
}

// "ordered lexicographically by the Unicode code points of the member names", RFC 7638 3.
const ordered: (keyof PublicKey)[] = ['crv', 'e', 'kty', 'n', 'x', 'y']

/**
 * Returns the SHA-256 thumbprint of a public key in base64url (RFC 7638 3).
 * @throws TypeError for what `publicMembers` throws it for
 */
export async function thumbprintOf(jwk: Readonly<Record<string, unknown>>): Promise<string> {
  const text = JSON.stringify(publicMembers(jwk), ordered)
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}
