// Stored password hashes as texts without a seal, for an operator who moves away or comes back.
import { temporarilyUnavailable } from '../protocol/error.ts'
import { base64url, utf8Text } from './encoding.ts'
import type { KeyRing } from './key-ring.ts'
import { openPassword, readStoredPassword } from './stored-password.ts'

/**
 * Returns the text of a stored hash without its seal: a hash of another system as it came, Argon2id in
 * its standard form (PHC), and the chain of PBKDF2 as `$pbkdf2-sha256-chain$r=6,i=100000$<salt>$<hash>`
 * in base64url without padding. Null = the stored text has no hash.
 * @throws temporarily_unavailable if no listed key opens the hash
 */
export async function openedPassword(keys: KeyRing, stored: string): Promise<string | null> {
  const parts = readStoredPassword(stored)
  if (parts === null) return null
  const hash = await openPassword(keys, parts)
  if (hash === null)
    throw temporarilyUnavailable(new Error('no key of MASTER_KEY opens a password'))
  const { algorithm, parameters, salt } = parts
  if (salt === null) return utf8Text(hash)
  if (algorithm !== 'argon2id') {
    return ['', algorithm, parameters, salt, base64url(hash)].join('$')
  }
  // No other system knows `a`, which is there for few passwords: they are verified as the old one did.
  const [version, ...costs] = parameters.split(',').filter((entry) => !entry.startsWith('a='))
  return ['', algorithm, version, costs.join(','), inPhc(salt), inPhc(base64url(hash))].join('$')
}

/** PHC strings have the alphabet of plain base64, without padding. */
const inPhc = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')
