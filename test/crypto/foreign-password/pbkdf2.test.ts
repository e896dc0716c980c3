// PBKDF2 of other systems: the whole text is a hash, and the cost is what the platform makes of it.
import { describe, expect, it } from 'vitest'
import { readForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import { hashMadeBy, vectors } from './hashes.ts'

const faultOf = (hash: string): string => {
  const read = readForeignHash(hash)
  return 'fault' in read ? read.fault : 'none'
}

const hashes = vectors.filter(({ algorithm }) => algorithm.startsWith('pbkdf2'))

describe('a hash that PBKDF2 made', () => {
  it.each(hashes)('$madeBy: begins with its kind', ({ hash }) => {
    expect({ itself: faultOf(hash), changed: faultOf(`-${hash}`) }).toEqual({
      itself: 'none',
      changed: 'unknown_hash',
    })
  })

  it.each(hashes.filter(({ hash }) => hash.includes('$')))(
    '$madeBy: has nothing else in it',
    ({ hash }) => {
      const begin = /^(?:\$pbkdf2[^$]*\$|pbkdf2_[^$]*\$|pbkdf2:\w+:|\{[^}]*\})/
      expect({
        before: faultOf(hash.replace(begin, '$&1$')),
        after: faultOf(`${hash}$more`),
      }).toEqual({ before: 'malformed_hash', after: 'malformed_hash' })
    },
  )

  it('has no other text after that of ASP.NET Identity', () => {
    const { hash } = hashMadeBy('ASP.NET Identity 3')
    expect(faultOf(`${hash}$`)).toBe('unknown_hash')
  })

  it('has a pseudorandom function that ASP.NET Identity has, too', () => {
    const bytes = Uint8Array.fromBase64(hashMadeBy('ASP.NET Identity 3').hash)
    const faults = [0, 1, 2, 3].map((prf) => faultOf(bytes.with(4, prf).toBase64()))
    expect(faults).toEqual(['none', 'none', 'none', 'malformed_hash'])
  })

  it('has either its iterations alone or parameters', () => {
    const { hash } = hashMadeBy('passlib pbkdf2_sha256')
    const [, kind, iterations, ...rest] = hash.split('$')
    const texts = [iterations, `i=${iterations}`, `i=${iterations},l=32`, `${iterations},l=32`]
    expect(texts.map((text) => faultOf(['', kind, text, ...rest].join('$')))).toEqual([
      ...['none', 'none', 'none'],
      'malformed_hash',
    ])
  })

  it('costs more above 100,000 iterations, which are many calls instead of one', () => {
    const { hash } = hashMadeBy('Django pbkdf2_sha256$')
    const cost = (iterations: number) => {
      const read = readForeignHash(hash.replace(/\$\d+\$/, `$${iterations}$`))
      return 'fault' in read ? read.fault : read.milliseconds
    }
    expect([100_000, 100_001].map(cost)).toEqual([
      expect.closeTo(30, 6),
      expect.closeTo(200.002, 6),
    ])
  })
})
