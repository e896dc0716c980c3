// Hashes and verifies passwords: our own hashes in two forms, and those of other systems.
import { base64url, fromBase64url, utf8Text } from './encoding.ts'
import { readForeignHash, verifyForeignHash } from './foreign-password/foreign-password.ts'
import { type Preparation, prepared, preparationOf } from './foreign-password/preparation.ts'
import type { KeyRing } from './key-ring.ts'
import { ownFormOf, ownForms, type PasswordForm } from './own-password.ts'
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
  const { algorithm, parameters, derive } = ownForms[settings.passwordForm]
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const bytes = prepared(normalisePassword(password), preparation)
  const hash = await derive(numbersOf(parameters), bytes, salt)
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

/** Tries spellings of a password: what a new hash must do to the password first, or null if it is wrong. */
type Judge = { isCurrent: boolean; match: (spelling: string) => Promise<Preparation | null> }

async function judgeOf(hashing: PasswordHashing, stored: string | null): Promise<Judge> {
  const parts = stored === null ? null : readStoredPassword(stored)
  const form = parts === null ? null : ownFormOf(parts.algorithm)
  if (parts === null || (parts.salt !== null && form === null)) {
    return { isCurrent: true, match: (spelling) => workInVain(hashing, spelling) }
  }
  hashing.keys.requireKey(parts.keyId)
  const opened = await openPassword(hashing.keys, parts)
  return parts.salt === null || form === null
    ? foreignJudge(hashing, opened)
    : ownJudge(hashing, parts, parts.salt, opened)
}

function ownJudge(
  { keys, settings }: PasswordHashing,
  parts: StoredPassword,
  saltText: string,
  expected: Uint8Array | null,
): Judge {
  const [, parameters = '', name = 'none'] = /^(.*?)(?:,a=(\w+))?$/.exec(parts.parameters) ?? []
  const preparation = preparationOf(name) ?? 'none'
  const salt = fromBase64url(saltText) ?? new Uint8Array(16)
  const form = ownFormOf(parts.algorithm) ?? ownForms.pbkdf2
  const today = ownForms[settings.passwordForm]
  return {
    isCurrent: form === today && parameters === today.parameters && parts.keyId === keys.currentId,
    match: async (spelling) => {
      const hash = await form.derive(numbersOf(parameters), prepared(spelling, preparation), salt)
      const matches = expected !== null && equalBytesInConstantTime(hash, expected)
      return matches ? preparation : null
    },
  }
}

/** Hashes that take less than this would tell by their speed that the account was imported. */
const quickest = 35

function foreignJudge(hashing: PasswordHashing, opened: Uint8Array | null): Judge {
  const text = opened === null ? null : utf8Text(opened)
  const hash = text === null ? null : readForeignHash(text)
  return {
    isCurrent: false,
    match: async (spelling) => {
      // Elsewhere an empty password may have been a password; it opens nothing here.
      if (hash === null || 'fault' in hash || spelling === '') return workInVain(hashing, spelling)
      const preparation = await verifyForeignHash(hash, spelling)
      if (preparation === null && hash.milliseconds < quickest) await workInVain(hashing, spelling)
      return preparation
    },
  }
}

/** Works as much as verifying a hash of today does, for nothing. */
async function workInVain({ settings }: PasswordHashing, spelling: string): Promise<null> {
  const { parameters, derive } = ownForms[settings.passwordForm]
  await derive(numbersOf(parameters), prepared(spelling, 'none'), new Uint8Array(16))
  return null
}

const numbersOf = (parameters: string): ReadonlyMap<string, number> =>
  new Map(
    parameters.split(',').map((entry): [string, number] => {
      const [name = '', value = ''] = entry.split('=')
      return [name, Number(value)]
    }),
  )
