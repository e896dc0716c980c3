import { afterEach, describe, expect, it, vi } from 'vitest'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import type { PasswordForm } from '../../src/crypto/own-password.ts'
import { hashPassword, longestPassword, verifyPassword } from '../../src/crypto/password.ts'
import { iterationsPerCall } from '../../src/crypto/pbkdf2.ts'
import {
  openPassword,
  readStoredPassword,
  resealPassword,
} from '../../src/crypto/stored-password.ts'
import { verified } from './foreign-password/hashes.ts'

const bytes = (byte: number) => new Uint8Array(32).fill(byte)
const under = (keys: KeyRing, passwordForm: PasswordForm = 'pbkdf2') => ({
  keys,
  settings: { passwordForm },
})
const keys = under(new KeyRing([{ id: 'one', bytes: bytes(1) }]))
const stored = await hashPassword(keys, 'p4ssw0rd')

/** Verifies a password, and tells whether its hash would be replaced. */
async function judged(...tried: Parameters<typeof verifyPassword>) {
  const { matches, renew } = await verifyPassword(...tried)
  return { matches, current: renew === null }
}
const format = /^\$pbkdf2-sha256-chain\$r=6,i=100000,k=one\$([\w-]{22})\$([\w-]+)$/

afterEach(() => vi.restoreAllMocks())

/** The iteration counts of all PBKDF2 calls while `work` runs. */
async function iterationsOf(work: () => Promise<unknown>): Promise<unknown[]> {
  const derive = vi.spyOn(crypto.subtle, 'deriveBits')
  await work()
  const algorithms = derive.mock.calls.map(([algorithm]) => algorithm)
  derive.mockRestore()
  return algorithms
    .filter((algorithm) => typeof algorithm === 'object' && algorithm.name === 'PBKDF2')
    .map((algorithm) => Reflect.get(Object(algorithm), 'iterations'))
}

describe('OWASP password storage within what Workers allow', () => {
  it('never asks for more than 100,000 iterations in one call, and for 600,000 in all', async () => {
    const counts = await iterationsOf(() => hashPassword(keys, 'p4ssw0rd'))
    expect({ counts, iterationsPerCall }).toEqual({
      counts: Array.from({ length: 6 }, () => 100_000),
      iterationsPerCall: 100_000,
    })
  })

  it('stores the parameters, the key id, a salt of 128 bits and the sealed hash', () =>
    expect(stored).toMatch(format))

  it('does not even follow a stored count beyond the cap', async () => {
    const greedy = stored.replace('r=6,i=100000', 'r=1,i=600000')
    expect(await iterationsOf(() => verifyPassword(keys, 'p4ssw0rd', greedy))).toEqual([100_000])
  })

  it('costs the same work where there is no such user', async () => {
    const counts = await iterationsOf(() => verifyPassword(keys, 'p4ssw0rd', null))
    expect(counts).toEqual(Array.from({ length: 6 }, () => 100_000))
  })

  it('salts each hash anew', async () =>
    expect(await hashPassword(keys, 'p4ssw0rd')).not.toBe(stored))
})

describe('verifying a password', () => {
  it('matches exactly what was set', async () =>
    expect(await judged(keys, 'p4ssw0rd', stored)).toEqual({
      matches: true,
      current: true,
    }))

  it.each([
    ['another password', 'p4ssw0re'],
    ['another case', 'P4ssw0rd'],
    ['a space at the end', 'p4ssw0rd '],
    ['a beginning of it', 'p4ssw0r'],
    ['nothing', ''],
  ])('does not match %s', async (_what, password) =>
    expect(await judged(keys, password, stored)).toMatchObject({ matches: false }),
  )

  it('counts every byte beyond 72', async () => {
    const long = `${'x'.repeat(longestPassword - 2)}\u00e9`
    const hash = await hashPassword(keys, long)
    const tries = [long, `${long.slice(0, -1)}y`]
    const verdicts = await Promise.all(tries.map((text) => judged(keys, text, hash)))
    expect(verdicts.map(({ matches }) => matches)).toEqual([true, false])
  })

  it.each([
    ['composed and decomposed', 'p\u00e4ssword', 'pa\u0308ssword'],
    ['full width and usual', 'ｐａｓｓｗｏｒｄ', 'password'],
  ])('NIST SP 800-63B 5.1.1.2: %s spellings are one password', async (_what, one, other) => {
    const yes = { matches: true, current: true }
    expect({
      otherForOne: await judged(keys, other, await hashPassword(keys, one)),
      oneForOther: await judged(keys, one, await hashPassword(keys, other)),
    }).toEqual({ otherForOne: yes, oneForOther: yes })
  })

  it('still matches a hash that was made of the spelling as it was received, and asks for a new one', async () => {
    const received = 'pa\u0308ssword'
    const normalize = vi.spyOn(String.prototype, 'normalize').mockReturnValueOnce(received)
    const before = await hashPassword(keys, received)
    normalize.mockRestore()
    expect({
      received: await judged(keys, received, before),
      decomposed: await judged(keys, 'pa\u0308ssw0rd', before),
    }).toEqual({
      received: { matches: true, current: false },
      decomposed: { matches: false, current: true },
    })
  })

  it('of another spelling costs the same work where there is no such user', async () => {
    const spelled = 'pa\u0308ssword'
    const counts = [
      await iterationsOf(() => verifyPassword(keys, spelled, stored)),
      await iterationsOf(() => verifyPassword(keys, spelled, null)),
    ]
    expect(counts.map(({ length }) => length)).toEqual([12, 12])
  })

  it('asks for a new hash where the parameters or the key are not today’s', async () => {
    const rotated = under(
      new KeyRing([
        { id: 'two', bytes: bytes(2) },
        { id: 'one', bytes: bytes(1) },
      ]),
    )
    const verdict = await judged(rotated, 'p4ssw0rd', stored)
    expect(verdict).toEqual({ matches: true, current: false })
  })

  it('cannot be checked with the database alone: without its master key nothing matches', async () => {
    const others = under(new KeyRing([{ id: 'one', bytes: bytes(9) }]))
    expect(await judged(others, 'p4ssw0rd', stored)).toMatchObject({ matches: false })
  })

  it('sealed under a key that is not listed is neither right nor wrong', async () => {
    const others = under(new KeyRing([{ id: 'two', bytes: bytes(2) }]))
    await expect(verifyPassword(others, 'p4ssw0rd', stored)).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    })
  })

  it('sealed anew under the current key, without the password, is still right', async () => {
    const rotated = under(
      new KeyRing([
        { id: 'two', bytes: bytes(2) },
        { id: 'one', bytes: bytes(1) },
      ]),
    )
    const resealed = await resealPassword(rotated.keys, stored)
    const alone = under(new KeyRing([{ id: 'two', bytes: bytes(2) }]))
    const verdict = await judged(alone, 'p4ssw0rd', resealed)
    expect(verdict).toEqual({ matches: true, current: true })
  })

  it('is not that of another user: a sealed hash moved to another salt does not open', async () => {
    const [, salt = ''] = format.exec(stored) ?? []
    const moved = stored.replace(salt, 'AAAAAAAAAAAAAAAAAAAAAA')
    expect(await judged(keys, 'p4ssw0rd', moved)).toMatchObject({ matches: false })
  })

  it.each(['', '$', 'plain text', '$2b$10$abc', '$pbkdf2-sha256-chain$r=6,i=100000,k=one$$'])(
    'matches nothing where %j is stored',
    async (text) => expect(await judged(keys, text, text)).toMatchObject({ matches: false }),
  )
})

describe('PASSWORD_HASH', () => {
  const ofArgon2 = under(keys.keys, 'argon2id')

  it('argon2id: OWASP’s first choice, 19 MiB, 2 passes, 1 lane, sealed as every hash is', async () => {
    const hash = await hashPassword(ofArgon2, 'p4ssw0rd')
    expect(hash).toMatch(/^\$argon2id\$v=19,m=19456,t=2,p=1,k=one\$[\w-]{22}\$[\w-]+$/)
    expect({
      right: await judged(ofArgon2, 'p4ssw0rd', hash),
      wrong: await judged(ofArgon2, 'p4ssw0re', hash),
    }).toEqual({
      right: { matches: true, current: true },
      wrong: { matches: false, current: true },
    })
  })

  it('is what another library calls argon2id', async () => {
    const hash = await hashPassword(ofArgon2, 'p4ssw0rd')
    const parts = readStoredPassword(hash)
    const bits = parts === null ? null : await openPassword(keys.keys, parts)
    const salt = (parts?.salt ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const text = `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${bits?.toBase64()}`
    expect(await verified(text, 'p4ssw0rd')).toBe('none')
  })

  it('changed: both forms verify, and the other one is hashed anew', async () => {
    const renewed = (await verifyPassword(ofArgon2, 'p4ssw0rd', stored)).renew
    const hash = (await renewed?.()) ?? ''
    expect({
      form: hash.split('$')[1],
      pbkdf2: await judged(ofArgon2, 'p4ssw0rd', stored),
      argon2: await judged(ofArgon2, 'p4ssw0rd', hash),
      back: await judged(keys, 'p4ssw0rd', hash),
    }).toEqual({
      form: 'argon2id',
      pbkdf2: { matches: true, current: false },
      argon2: { matches: true, current: true },
      back: { matches: true, current: false },
    })
  })

  it('argon2id: where there is no such user, no work of the other form is done', async () => {
    const counts = await iterationsOf(() => verifyPassword(ofArgon2, 'p4ssw0rd', null))
    expect(counts).toEqual([])
  })
})
