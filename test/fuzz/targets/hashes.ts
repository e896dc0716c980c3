// Password hashes: ours as they are stored, those of other systems as imports bring them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import { KeyRing } from '../../../src/crypto/key-ring.ts'
import {
  passwordKindOf,
  readStoredPassword,
  resealPassword,
  sealForeignHash,
} from '../../../src/crypto/stored-password.ts'
import { type Target, promise, textTarget } from '../target.ts'

const vectors = readFileSync(
  join(import.meta.dirname, '../../crypto/foreign-password/vectors.tsv'),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .flatMap((line) => line.split('\t')[2] ?? [])

const faults = ['unknown_hash', 'too_costly', 'malformed_hash']

/** Milliseconds of CPU that verifying may take at most: what every `too costly` is about. */
const costliest = 5_000

const foreign = textTarget(
  'foreign-hash',
  vectors,
  (text) => {
    const read = readForeignHash(text)
    if ('fault' in read) {
      promise(faults.includes(read.fault), 'a fault that is documented', read)
      promise(!/\p{Cc}/u.test(read.detail), 'no control character in a report', text)
      promise(read.detail.length <= 200, 'a report is bounded', read.detail.length)
      return read.fault
    }
    const { algorithm, milliseconds } = read
    promise(
      milliseconds >= 0 && milliseconds <= costliest,
      'nothing absurd ever runs',
      text,
      milliseconds,
    )
    return algorithm
  },
  { slice: 800 },
)

/** The targets of hashes, with stored ones. */
export async function hashTargets(): Promise<Target[]> {
  const keys = new KeyRing([{ id: 'k1', bytes: new Uint8Array(32).fill(7) }])
  const sealed = await Promise.all(vectors.slice(0, 6).map((text) => sealForeignHash(keys, text)))
  const texts = sealed.flatMap((one) => ('stored' in one ? [one.stored] : []))
  const own = '$pbkdf2-sha256-chain$r=6,i=100000,k=k1$AAAAAAAAAAAAAAAAAAAAAA$k1AAAA'
  const stored = textTarget('stored-hash', [...texts, own, '$reset$'], async (text) => {
    const parts = readStoredPassword(text)
    const again = await resealPassword(keys, text)
    promise(again === null || texts.includes(text), 'one spelling of what is sealed', text)
    const kind = passwordKindOf(text)
    return `${parts === null} ${kind.length > 40 ? 'long' : kind.replace(/\W.*/, '')} ${again !== null}`
  })
  return [foreign, stored]
}
