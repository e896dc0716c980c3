import { describe, expect, it, vi } from 'vitest'
import { readForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import { iterationsPerCall } from '../../../src/crypto/pbkdf2.ts'
import { hashMadeBy, vectors, verified } from './hashes.ts'

describe('a hash that another system made', () => {
  it.each(vectors)('$madeBy: its password is right, another is wrong', async (vector) => {
    const { algorithm, hash, password } = vector
    const read = readForeignHash(hash)
    expect({
      algorithm: 'fault' in read ? read : read.algorithm,
      right: await verified(hash, password),
      wrong: await verified(hash, `${password}x`),
    }).toEqual({ algorithm, right: 'none', wrong: null })
  })

  it.each(vectors)('$madeBy: with another hash it is wrong', async (vector) => {
    const { hash, password } = vector
    // Of PBKDF2 the first block is compared, and the text of ASP.NET Identity begins with the salt.
    const begin = hash.search(/[^$}]*$/)
    const isPbkdf2 = vector.algorithm.startsWith('pbkdf2')
    const at = isPbkdf2 ? begin + (begin === 0 ? 44 : 3) : hash.replace(/=+$/, '').length - 8
    const changed = hash.slice(0, at) + (hash.charAt(at) === 'a' ? 'b' : 'a') + hash.slice(at + 1)
    expect(await verified(changed, password)).toBe(null)
  })
})

describe('what the other system did to a password', () => {
  const long = 'Seventy-two bytes of a password that is longer than bcrypt can take in one'
  const longHash = '$2b$04$cMnEFuoigTwMtuNftGvOtO1fWnoWROIGiKqx.svibUFHD6mo7fru2'

  it('O31: of 80 bytes for bcrypt 72 count, and so they do in the hash that replaces it', async () => {
    expect({
      whole: await verified(longHash, `${long}, 80 b`),
      cut: await verified(longHash, long.slice(0, 72)),
      otherTail: await verified(longHash, `${long.slice(0, 72)} and anything at all`),
      otherHead: await verified(longHash, `x${long.slice(1)}, 80 b`),
      short: await verified(longHash, long.slice(0, 71)),
    }).toEqual({
      whole: 'bcrypt',
      cut: 'bcrypt',
      otherTail: 'bcrypt',
      otherHead: null,
      short: null,
    })
  })

  it('white space around it counts for nothing in WordPress, but PHP knows six kinds alone', async () => {
    const { hash, password } = hashMadeBy('WordPress 6.8')
    expect({
      spaces: await verified(hash, ` \t${password}\n\v`),
      noBreakSpace: await verified(hash, `${password}\u00a0`),
      inside: await verified(hash, password.replace(' ', '')),
    }).toEqual({ spaces: 'wordpress', noBreakSpace: null, inside: null })
  })

  it('nor did it before, when WordPress used phpass, which itself counts it', async () => {
    const wordpress = hashMadeBy('phpass $P$')
    const phpbb = hashMadeBy('phpass $H$')
    expect({
      wordpress: await verified(wordpress.hash, ` ${wordpress.password}`),
      phpbb: await verified(phpbb.hash, ` ${phpbb.password}`),
    }).toEqual({ wordpress: 'wordpress', phpbb: null })
  })

  it('without its prefix, the hash of WordPress 6.8 is none of the password', async () => {
    const { hash, password } = hashMadeBy('WordPress 6.8')
    expect(await verified(hash.slice('$wp'.length), password)).toBe(null)
  })

  it('a password that Latin-1 cannot write is wrong', async () => {
    const { hash, password } = hashMadeBy('sha384 of Latin-1')
    expect(await verified(hash, `${password}€`)).toBe(null)
  })
})

describe('the limits of the platform', () => {
  it('no hash makes a call of PBKDF2 with more than 100,000 iterations', async () => {
    const derive = vi.spyOn(crypto.subtle, 'deriveBits')
    const ofPbkdf2 = vectors.filter(({ algorithm }) => algorithm.startsWith('pbkdf2'))
    for (const { hash, password } of ofPbkdf2) await verified(hash, password)
    const asked = derive.mock.calls.map(([algorithm]) =>
      Number(Reflect.get(Object(algorithm), 'iterations')),
    )
    derive.mockRestore()
    expect({ most: Math.max(...asked), limit: iterationsPerCall }).toEqual({
      most: 100_000,
      limit: 100_000,
    })
  })

  it('hashes of Argon2 share one memory, and do not spoil each other when they come at once', async () => {
    const ofArgon2 = vectors.filter(({ algorithm }) => algorithm.startsWith('argon2'))
    const answers = await Promise.all(
      ofArgon2.map(({ hash, password }) => verified(hash, password)),
    )
    expect(answers).toEqual(ofArgon2.map(() => 'none'))
  })
})
