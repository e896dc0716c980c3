// A stored password hash as text that another system can verify, for an operator who moves away.
import { base64url } from './encoding.ts'
import type { KeyRing } from './key-ring.ts'

const ours = /^\$pbkdf2-sha256-chain\$r=(\d+),i=(\d+),k=([\w-]+)\$([\w-]+)\$([\w-]+)$/

/**
 * Returns the unsealed text of a stored hash: `$pbkdf2-sha256-chain$r=6,i=100000$<salt>$<hash>`, both in
 * base64url without padding.
 * @throws temporarily_unavailable if no listed key opens the hash
 */
export async function openedPassword(keys: KeyRing, stored: string): Promise<string> {
  const [, r = '', i = '', keyId = '', salt = '', box = ''] = ours.exec(stored) ?? []
  const hash = await keys.openStored('password hash', `${keyId}.${box}`, salt)
  return `$pbkdf2-sha256-chain$r=${r},i=${i}$${salt}$${base64url(hash)}`
}
