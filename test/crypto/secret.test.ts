import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  digestOf,
  equalInConstantTime,
  instantOfId,
  randomDigits,
  randomSecret,
  timeOrderedId,
} from '../../src/crypto/secret.ts'

afterEach(() => vi.restoreAllMocks())

describe('secrets and their digests', () => {
  it('a secret has 256 random bits in base64url', () => {
    const secrets = Array.from({ length: 100 }, () => randomSecret())
    expect(secrets.filter((secret) => !/^[\w-]{43}$/.test(secret))).toEqual([])
    expect(new Set(secrets).size).toBe(100)
  })

  // FIPS 180-4: SHA-256 of "abc" and of nothing.
  it.each([
    ['abc', 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'],
    ['', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
  ])('the digest of %j is its SHA-256', async (text, digest) =>
    expect(await digestOf(text)).toBe(digest),
  )

  it.each([
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'ab', false],
    ['', '', true],
    ['é', 'e', false],
  ])('%j and %j are equal: %s', (one, other, equal) =>
    expect(equalInConstantTime(one, other)).toBe(equal),
  )
})

describe('a number of random digits', () => {
  /** Returns what is made where the source of random numbers says these, one after the other. */
  function digitsOf(...drawn: number[]): { digits: string; left: number } {
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      if (array instanceof Uint32Array) array[0] = drawn.shift() ?? 0
      return array
    })
    return { digits: randomDigits(6), left: drawn.length }
  }

  it.each([
    ['000007', 7],
    ['000000', 1_000_000],
    ['999999', 999_999],
    ['999999', 4_293_999_999],
  ])('%s is the rest of the division of %i', (digits, drawn) =>
    expect(digitsOf(drawn)).toEqual({ digits, left: 0 }),
  )

  it.each([4_294_000_000, 4_294_967_295])(
    'is drawn again after %i, beyond which the first numbers would be more likely',
    (drawn) => expect(digitsOf(drawn, 7)).toEqual({ digits: '000007', left: 0 }),
  )

  it('has as many digits as were asked for', () =>
    expect([1, 6, 9].map((length) => randomDigits(length).length)).toEqual([1, 6, 9]))
})

describe('RFC 9562 5.7: UUID version 7', () => {
  it('carries the millisecond it was made in', () => {
    // The example of RFC 9562 A.6: 2022-02-22 19:22:22.
    const id = timeOrderedId(1645557742)
    expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(instantOfId(id)).toBe(1645557742)
    expect(instantOfId('017F22E2-79B0-7CC3-98C4-DC0C0C07398F'.toLowerCase())).toBe(1645557742)
  })

  it('is not read from other text', () =>
    expect({
      empty: instantOfId(''),
      letter: instantOfId('x'),
      before: instantOfId('a017f22e2-79b0-7cc3-98c4-dc0c0c07398f'),
      after: instantOfId('017f22e2-79b0-7cc3-98c4-dc0c0c07398fa'),
      version4: instantOfId('017f22e2-79b0-4cc3-98c4-dc0c0c07398f'),
    }).toEqual({ empty: null, letter: null, before: null, after: null, version4: null }))

  it('differs each time', () => {
    const ids = Array.from({ length: 100 }, () => timeOrderedId(1645557742))
    expect(new Set(ids).size).toBe(100)
  })
})
