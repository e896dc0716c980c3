// Password hashes in a self-describing format:
//   $pbkdf2-sha256-chain$r=6,i=100000,k=<key id>$<salt>$<sealed hash>
// Six chained PBKDF2-HMAC-SHA-256 calls of 100,000 iterations, each salted with the previous output,
// reach OWASP's 600,000 iterations within the platform's limit per call. The result is sealed under a
// sub-key of MASTER_KEY, so a stolen copy of the database does not allow guessing, and a key rotation
// can seal it again without the password. This is our own composition, not a standard.
import { base64url, fromBase64url, utf8 } from './encoding.ts'
import type { KeyRing } from './key-ring.ts'
import { equalInConstantTime } from './secret.ts'

/**
 * Production Workers reject PBKDF2 with more than 100,000 iterations per call (workerd issue 1346),
 * but local workerd accepts more. Only a test that pins this constant can detect a mistake.
 */
export const iterationsPerCall = 100_000
const rounds = 6

/** The longest password in bytes. Longer passwords are rejected before hashing, never truncated. */
export const longestPassword = 1024

/** `current` is false if the password should be hashed again at this sign-in. */
type PasswordVerdict = { matches: boolean; current: boolean }

/**
 * Normalizes a password for hashing: keyboards send `é` as one code point or as two. NIST SP
 * 800-63B 5.1.1.2 recommends NFKC.
 */
export const normalisePassword = (password: string): string => password.normalize('NFKC')

/** Hashes a password after normalization, without truncation. */
export async function hashPassword(keys: KeyRing, password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const hash = await chain(normalisePassword(password), salt, rounds, iterationsPerCall)
  const saltText = base64url(salt)
  const sealed = await keys.seal('password hash', hash, saltText)
  const [keyId, box] = splitAtDot(sealed)
  return `$pbkdf2-sha256-chain$r=${rounds},i=${iterationsPerCall},k=${keyId}$${saltText}$${box}`
}

const format = /^\$pbkdf2-sha256-chain\$r=(\d+),i=(\d+),k=([\w-]+)\$([\w-]+)\$([\w-]+)$/

/**
 * Returns whether `password` matches the hash `stored`. A missing hash (unknown user, user without
 * password) costs as much time and never matches. For every user, a password that is not in normal form
 * is also tried as typed, because the hash may be older than normalization.
 * @throws temporarily_unavailable if MASTER_KEY does not list the key of the sealed hash, since the
 *   password then cannot be judged
 */
export async function verifyPassword(
  keys: KeyRing,
  password: string,
  stored: string | null,
): Promise<PasswordVerdict> {
  const normalised = normalisePassword(password)
  const verdict = await verifySpelling(keys, normalised, stored)
  if (normalised === password) return verdict
  const asReceived = await verifySpelling(keys, password, stored)
  return verdict.matches ? verdict : { matches: asReceived.matches, current: false }
}

async function verifySpelling(
  keys: KeyRing,
  password: string,
  stored: string | null,
): Promise<PasswordVerdict> {
  const parts = stored === null ? null : format.exec(stored)
  if (parts === null) {
    await chain(password, new Uint8Array(16), rounds, iterationsPerCall)
    return { matches: false, current: true }
  }
  const [, r = '', i = '', keyId = '', saltText = '', box = ''] = parts
  const salt = fromBase64url(saltText) ?? new Uint8Array(16)
  const hash = await chain(password, salt, Number(r), Math.min(Number(i), iterationsPerCall))
  keys.requireKey(keyId)
  const expected = await keys.open('password hash', `${keyId}.${box}`, saltText)
  const matches = expected !== null && equalInConstantTime(base64url(hash), base64url(expected))
  const current =
    Number(r) === rounds && Number(i) === iterationsPerCall && keyId === keys.currentId
  return { matches, current }
}

/**
 * Seals the same hash under the current key, without the password. Returns null if no listed key
 * opens it.
 */
export async function resealPassword(keys: KeyRing, stored: string): Promise<string | null> {
  const parts = format.exec(stored)
  if (parts === null) return null
  const [, r = '', i = '', keyId = '', saltText = '', box = ''] = parts
  const resealed = await keys.reseal('password hash', `${keyId}.${box}`, saltText)
  if (resealed === null) return null
  const [newKeyId, newBox] = splitAtDot(resealed)
  return `$pbkdf2-sha256-chain$r=${r},i=${i},k=${newKeyId}$${saltText}$${newBox}`
}

async function chain(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  rounds: number,
  iterations: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits'])
  let output = salt
  for (let round = 0; round < rounds; round++) {
    const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: output, iterations }
    output = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256))
  }
  return output
}

function splitAtDot(text: string): [string, string] {
  const dot = text.indexOf('.')
  return [text.slice(0, dot), text.slice(dot + 1)]
}
