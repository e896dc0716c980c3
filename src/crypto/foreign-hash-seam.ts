// SEAM: replaced by the verifiers of foreign hashes.
import { utf8 } from './encoding.ts'
import type { KeyRing } from './key-ring.ts'

export type ForeignHashFault = 'unknown_hash' | 'too_costly' | 'malformed_hash'

export function readForeignHash(
  text: string,
): { hash: { text: string } } | { fault: ForeignHashFault } {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text)?.[1]
  if (cost === undefined)
    return { fault: text.startsWith('$2') ? 'malformed_hash' : 'unknown_hash' }
  return Number(cost) > 14 ? { fault: 'too_costly' } : { hash: { text } }
}

export async function sealForeignHash(keys: KeyRing, hash: { text: string }): Promise<string> {
  const sealed = await keys.seal('password hash', utf8(hash.text), 'foreign')
  const dot = sealed.indexOf('.')
  return `$bcrypt$k=${sealed.slice(0, dot)}$${sealed.slice(dot + 1)}`
}
