import { afterEach, describe, expect, it, vi } from 'vitest'
import { newUserCode, readUserCode } from '../../src/crypto/user-code.ts'

afterEach(() => vi.restoreAllMocks())

describe('RFC 8628 6.1: a user code', () => {
  it('is eight of twenty consonants, in two groups', () =>
    expect(newUserCode()).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/))

  it('takes no letter from a number beyond which the first letters would be more likely', () => {
    const drawn = [255, 0, 240, 1, 239, 20, 19, 2, 3, 4]
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      if (array instanceof Uint8Array) array[0] = drawn.shift() ?? 0
      return array
    })
    expect(newUserCode()).toBe('BCZB-ZDFG')
  })

  it.each(['BCDF-GHJK', 'bcdfghjk', ' bcdf ghjk ', 'b.c.d.f–g.h.j.k'])('is read of %j', (typed) =>
    expect(readUserCode(typed)).toBe('BCDF-GHJK'),
  )

  it.each(['', 'BCDF-GHJ', 'BCDF-GHJKL', 'BCDF-GHJA', 'BCDF-GHJ1', 'ABCD-FGHJ'])(
    'is never read of %j',
    (typed) => expect(readUserCode(typed)).toBeNull(),
  )
})
