// The one grammar of stored password hashes, in which all are sealed under a sub-key of MASTER_KEY:
//   $<algorithm>$[<parameters>,]k=<key id>$[<salt>$]<box>
// With a salt the hash is our own and the box has its bytes; without one, the box has the whole text of
// a hash that another system made. A stolen copy of the database does not allow guessing, and a key
// rotation can seal each hash again without the password.
import { utf8 } from './encoding.ts'
import { readForeignHash } from './foreign-password/foreign-password.ts'
import type { ForeignHashFault } from './foreign-password/hash.ts'
import type { KeyRing } from './key-ring.ts'

/** A stored hash. `parameters` are `name=value,...`, without the key. */
export type StoredPassword = {
  algorithm: string
  parameters: string
  keyId: string
  salt: string | null
  box: string
}

/** Stored for a user who has to set a new password first: no password matches it. */
export const resetPassword = '$reset$'

/** Returns whether a user can sign in by password. */
export const isPassword = (stored: string | null): boolean =>
  stored !== null && stored !== resetPassword

// The index of users by key takes the key id from behind the first `k=`, up to the next `$`.
const format = /^\$([\w-]+)\$((?:[a-z]=\w+,)*)k=([\w-]+)\$(?:([\w-]+)\$)?([\w-]+)$/

/** Parses a stored hash. Returns null for any other text. */
export function readStoredPassword(text: string): StoredPassword | null {
  const match = format.exec(text)
  if (match === null) return null
  const [, algorithm = '', parameters = '', keyId = '', salt = null, box = ''] = match
  return { algorithm, parameters: parameters.slice(0, -1), keyId, salt, box }
}

/** Seals a hash under the current key, and returns the text to store. */
export async function sealPassword(
  keys: KeyRing,
  form: Pick<StoredPassword, 'algorithm' | 'parameters' | 'salt'>,
  hash: Uint8Array,
): Promise<string> {
  const { algorithm, parameters, salt } = form
  const sealed = await keys.seal('password hash', hash, contextOf(form))
  const dot = sealed.indexOf('.')
  const named = `${parameters === '' ? '' : `${parameters},`}k=${sealed.slice(0, dot)}`
  return ['', algorithm, named, ...(salt === null ? [] : [salt]), sealed.slice(dot + 1)].join('$')
}

/** Opens the box of a stored hash. Returns null if the key is not listed or is another one. */
export const openPassword = (keys: KeyRing, stored: StoredPassword): Promise<Uint8Array | null> =>
  keys.open('password hash', `${stored.keyId}.${stored.box}`, contextOf(stored))

/** A sealed hash does not open beside another salt, or as a hash of another kind. */
const contextOf = ({ salt, algorithm }: Pick<StoredPassword, 'algorithm' | 'salt'>): string =>
  salt ?? `imported ${algorithm}`

/**
 * Seals the same hash under the current key, without the password. Returns null if no listed key
 * opens it.
 */
export async function resealPassword(keys: KeyRing, stored: string): Promise<string | null> {
  const parts = readStoredPassword(stored)
  const hash = parts === null ? null : await openPassword(keys, parts)
  return parts === null || hash === null ? null : sealPassword(keys, parts, hash)
}

/**
 * Judges the text of a hash that another system made, and seals it. Returns the text to store, or why
 * this hash cannot be verified. Costs one AES operation, and hashes nothing.
 */
export async function sealForeignHash(
  keys: KeyRing,
  text: string,
): Promise<{ stored: string } | ForeignHashFault> {
  const read = readForeignHash(text)
  if ('fault' in read) return read
  const form = { algorithm: read.algorithm, parameters: '', salt: null }
  return { stored: await sealPassword(keys, form, utf8(text)) }
}

/**
 * Returns what kind of password a user has: `none`, `own`, `reset`, or the algorithm of a hash that was
 * imported and not yet replaced.
 */
export function passwordKindOf(stored: string | null): string {
  if (stored === resetPassword) return 'reset'
  const parts = stored === null ? null : readStoredPassword(stored)
  if (parts === null) return 'none'
  return parts.salt === null ? parts.algorithm : 'own'
}
