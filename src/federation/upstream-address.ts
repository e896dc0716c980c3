// E-mail addresses as providers send them. They are compared as they are: a folding that makes one
// address of two would let whoever owns one of them in as the other.
import { foldLoginName } from '../core/people/login-name.ts'

/** Lower case for A to Z alone: `toLowerCase` also turns the Kelvin sign into a `k`. */
export const asciiLowerCase = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Whether two texts are one e-mail address: equal but for the case of ASCII letters. */
export const isSameAddress = (one: string, other: string): boolean =>
  asciiLowerCase(one) === asciiLowerCase(other)

/** Whether the address, as a login name, is only itself: `ⓐdmin@a.example` would be `admin@a.example`. */
export const foldsToItself = (address: string): boolean =>
  foldLoginName(address) === asciiLowerCase(address)

/** Whether a username reads as an e-mail address, in whatever characters. */
export const looksLikeAddress = (username: string): boolean => foldLoginName(username).includes('@')
