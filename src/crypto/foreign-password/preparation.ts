// What other systems do to a password before they hash it. A hash that is made anew at the first
// sign-in keeps that, so that exactly what was right before stays right.
import { utf8 } from '../encoding.ts'

/** `bcrypt`: the first 72 bytes count. `wordpress`: white space at both ends does not count. */
export type Preparation = 'none' | 'bcrypt' | 'wordpress'

const longestBcrypt = 72

/** Returns the preparation of that name, or null. */
export const preparationOf = (name: string): Preparation | null =>
  name === 'none' || name === 'bcrypt' || name === 'wordpress' ? name : null

/** Returns the UTF-8 bytes of a password that are hashed. */
export function prepared(password: string, preparation: Preparation): Uint8Array {
  if (preparation === 'bcrypt') return utf8(password).subarray(0, longestBcrypt)
  // PHP's `trim` knows these six characters.
  return utf8(
    preparation === 'wordpress'
      ? password.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '')
      : password,
  )
}

/**
 * Returns the preparation that a new hash of this password must keep: `none` wherever another spelling
 * of the password could not have been right.
 */
export function lastingPreparation(password: string, preparation: Preparation): Preparation {
  const before = utf8(password).byteLength
  const isChanged = prepared(password, preparation).byteLength !== before
  return isChanged || (preparation === 'bcrypt' && before === longestBcrypt) ? preparation : 'none'
}
