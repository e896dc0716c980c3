// Hashes that other systems made.
import {
  readForeignHash,
  verifyForeignHash,
} from '../../../src/crypto/foreign-password/foreign-password.ts'
import text from './vectors.tsv?raw'

export type Vector = { algorithm: string; madeBy: string; hash: string; password: string }

/** Every vector of the table. */
export const vectors: readonly Vector[] = text
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('# '))
  .map((line) => {
    const [algorithm = '', madeBy = '', hash = '', password = 'Grüße, Tür 7!'] = line.split('\t')
    return { algorithm, madeBy, hash, password }
  })

/** The hash that a system made, by the name it has in the table. */
export function hashMadeBy(name: string): Vector {
  const found = vectors.find(({ madeBy }) => madeBy === name)
  if (found === undefined) throw new Error(`no hash was made by ${name}`)
  return found
}

/** Reads a hash, and returns its fault as it is told. */
export function faultOf(hash: string): string {
  const read = readForeignHash(hash)
  return 'fault' in read ? `${read.fault}: ${read.detail}` : 'none'
}

/** The fault of a text that begins like no hash. */
export const ofNoKind = 'unknown_hash: is of no kind that can be verified'

/** Reads a hash and verifies a password: the preparation of a new hash, null if wrong, or the fault. */
export async function verified(hash: string, password: string): Promise<string | null> {
  const read = readForeignHash(hash)
  return 'fault' in read ? read.fault : verifyForeignHash(read, password)
}
