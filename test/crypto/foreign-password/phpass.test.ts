// phpass: the whole text is a hash, with as many rounds as its first character says.
import { describe, expect, it } from 'vitest'
import { faultOf, ofNoKind, vectors } from './hashes.ts'

const hashes = vectors.filter(({ algorithm }) => algorithm === 'phpass')

describe('a hash that phpass made', () => {
  it.each(hashes)('$madeBy: begins with its kind', ({ hash }) => {
    expect({ itself: faultOf(hash), changed: faultOf(`x${hash}`) }).toEqual({
      itself: 'none',
      changed: ofNoKind,
    })
  })

  it.each(hashes)('$madeBy: has nothing else in it', ({ hash }) => {
    const malformed = 'malformed_hash: is not a whole phpass hash'
    expect({
      before: faultOf(hash.replace(/^\$.\$/, '$&.')),
      after: faultOf(`${hash}.`),
    }).toEqual({ before: malformed, after: malformed })
  })

  it('has 2^7 to 2^16 rounds', () => {
    const withRounds = (character: string) => faultOf(`$P$${character}${'.'.repeat(30)}`)
    expect(['.', '4', '5', 'E', 'F'].map(withRounds)).toEqual([
      'malformed_hash: has 2^0 rounds, and the least is 2^7',
      'malformed_hash: has 2^6 rounds, and the least is 2^7',
      'none',
      'none',
      'too_costly: has more than 2^16 rounds',
    ])
  })
})
