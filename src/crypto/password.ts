// Hashes and verifies passwords: our own hashes in two forms, and those of other systems.
import { base64url, fromBase64url, utf8Text } from './encoding.ts'
import { readForeignHash, verifyForeignHash } from './foreign-password/foreign-password.ts'
import { type Preparation, prepared, preparationOf } from './foreign-password/preparation.ts'
import type { KeyRing } from './key-ring.ts'
import { newOwnHash, type PasswordForm, readOwnHash } from './own-password.ts'
import { equalBytesInConstantTime } from './secret.ts'
import {
  openPassword,
  readStoredPassword,
  sealPassword,
  type StoredPassword,
} from './stored-password.ts'

/** The longest password in bytes. Longer passwords are rejected before hashing, never truncated. */
export const longestPassword = 1024

/** What hashing needs: the keys that seal hashes, and the form of new ones (PASSWORD_HASH). */
export type PasswordHashing = { keys: KeyRing; settings: { passwordForm: PasswordForm } }

/**
 * `renew` creates the hash that should replace the stored one; null if the stored one is current or the
 * password is wrong.
 */
type PasswordVerdict = { matches: boolean; renew: (() => Promise<string>) | null }

/**
 * Normalizes a password for hashing: keyboards send `é` as one code point or as two. NIST SP
 * 800-63B 5.1.1.2 recommends NFKC.
 */
export const normalisePassword = (password: string): string => password.normalize('NFKC')

/**
 * Hashes a password after normalization. Nothing is cut off, unless a `preparation` says that the
 * password was imported and that another system did so.
 */
export async function hashPassword(
  { keys, settings }: PasswordHashing,
  password: string,
  preparation: Preparation = 'none',
): Promise<string> {
  const { algorithm, parameters, derive } = newOwnHash(settings.passwordForm)
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const hash = await derive(prepared(normalisePassword(password), preparation), salt)
  const told = preparation === 'none' ? parameters : `${parameters},a=${preparation}`
  return sealPassword(keys, { algorithm, parameters: told, salt: base64url(salt) }, hash)
}

/**
 * Returns whether `password` matches the hash `stored`. A missing hash (unknown user, user without
 * password) costs as much time and never matches. For every user, a password that is not in normal form
 * is also tried as typed, because the hash may be older than normalization or another system's.
 * @throws temporarily_unavailable if MASTER_KEY does not list the key of the sealed hash, since the
 *   password then cannot be judged
 */
export async function verifyPassword(
  hashing: PasswordHashing,
  password: string,
  stored: string | null,
): Promise<PasswordVerdict> {
  const judge = await judgeOf(hashing, stored)
  const normalised = normalisePassword(password)
  const first = await judge.match(normalised)
  const asTyped = normalised === password ? null : await judge.match(password)
  const preparation = first ?? asTyped
  if (preparation === null) return { matches: false, renew: null }
  const isCurrent = judge.isCurrent && first !== null
  return {
    matches: true,
    renew: isCurrent ? null : () => hashPassword(hashing, password, preparation),
  }
}

/**
 * Tries spellings of a password. `match` returns what a new hash must do to the password first, or null
 * if the password is wrong.
 */
type Judge = { isCurrent: boolean; match: (spelling: string) => Promise<Preparation | null> }

async function judgeOf(hashing: PasswordHashing, stored: string | null): Promise<Judge> {
  const parts = stored === null ? null : readStoredPassword(stored)
  const judge = parts === null ? null : await judgeOfParts(hashing, parts)
  return judge ?? { isCurrent: false, match: (spelling) => workInVain(hashing, spelling) }
}

async function judgeOfParts(
  { keys, settings }: PasswordHashing,
  parts: StoredPassword,
): Promise<Judge | null> {
  keys.requireKey(parts.keyId)
  const opened = await openPassword(keys, parts)
  if (opened === null) return null
  if (parts.salt === null) return foreignJudge({ keys, settings }, opened)
  const [, parameters = '', name = 'none'] = /^(.*?)(?:,a=(\w+))?$/.exec(parts.parameters) ?? []
  const own = readOwnHash(parts.algorithm, parameters)
  const preparation = preparationOf(name)
  const salt = fromBase64url(parts.salt)
  if (own === null || preparation === null || salt === null) return null
  const today = newOwnHash(settings.passwordForm)
  return {
    isCurrent:
      own.algorithm === today.algorithm &&
      own.parameters === today.parameters &&
      parts.keyId === keys.currentId,
    match: async (spelling) => {
      const hash = await own.derive(prepared(spelling, preparation), salt)
      return equalBytesInConstantTime(hash, opened) ? preparation : null
    },
  }
}

/** In milliseconds. A hash that takes less would tell by its speed that the account was imported. */
const quickest = 35

function foreignJudge(hashing: PasswordHashing, opened: Uint8Array): Judge | null {
  const text = utf8Text(opened)
  const hash = text === null ? null : readForeignHash(text)
  if (hash === null || 'fault' in hash) return null
  return {
    isCurrent: false,
    match: async (spelling) => {
      // Elsewhere an empty password may have been a password; it opens nothing here.
      if (spelling === '') return workInVain(hashing, spelling)
      const preparation = await verifyForeignHash(hash, spelling)
      if (preparation === null && hash.milliseconds < quickest) await workInVain(hashing, spelling)
      return preparation
    },
  }
}

/** Works as much as verifying a hash of today does, for nothing. */
async function workInVain({ settings }: PasswordHashing, spelling: string): Promise<null> {
  await newOwnHash(settings.passwordForm).derive(prepared(spelling, 'none'), new Uint8Array(16))
  return null
}
