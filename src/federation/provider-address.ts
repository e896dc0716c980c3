// E-mail addresses as providers send them. They are compared without folding: if two addresses folded
// to one, the owner of one could sign in as the other.
import { foldLoginName } from '../core/people/login-name.ts'

/** Lowers A to Z alone; `toLowerCase` also turns the Kelvin sign into a `k`. */
export const asciiLowerCase = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Returns whether two texts are one e-mail address: equal but for the case of ASCII letters. */
export const isSameAddress = (one: string, other: string): boolean =>
  asciiLowerCase(one) === asciiLowerCase(other)

/**
 * Returns whether the address stands for itself alone as a login name: `ⓐdmin@a.example` would be
 * `admin@a.example`.
 */
export const foldsToItself = (address: string): boolean =>
  foldLoginName(address) === asciiLowerCase(address)

/** Returns whether a username reads as an e-mail address, in whatever characters. */
export const looksLikeAddress = (username: string): boolean => foldLoginName(username).includes('@')
