import { describe, expect, it, vi } from 'vitest'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { longestPassword, verifyPassword, type PasswordHashing } from '../../src/crypto/password.ts'
import {
  passwordKindOf,
  resealPassword,
  resetPassword,
  sealForeignHash,
} from '../../src/crypto/stored-password.ts'
import { hashMadeBy, vectors } from './foreign-password/hashes.ts'

const masterKey = (id: string, byte: number) => ({ id, bytes: new Uint8Array(32).fill(byte) })
const keys = new KeyRing([masterKey('one', 1)])
const hashing: PasswordHashing = { keys, settings: { passwordForm: 'pbkdf2' } }

async function imported(hash: string, under = keys): Promise<string> {
  const sealed = await sealForeignHash(under, hash)
  if ('fault' in sealed) throw new Error(sealed.detail)
  return sealed.stored
}

/** Signs in: whether the password is right, and the hash that replaces the stored one. */
async function signedIn(password: string, stored: string, under = hashing) {
  const { matches, renew } = await verifyPassword(under, password, stored)
  return { matches, stored: renew === null ? stored : await renew() }
}

const isRight = async (password: string, stored: string): Promise<boolean> =>
  (await verifyPassword(hashing, password, stored)).matches

/** A bcrypt hash of 80 bytes, of which bcrypt compares 72. */
const eighty = 'Seventy-two bytes of a password that is longer than bcrypt can take in one, 80 b'
const ofEighty = '$2b$04$cMnEFuoigTwMtuNftGvOtO1fWnoWROIGiKqx.svibUFHD6mo7fru2'

describe('the hash of another system at rest', () => {
  it('is sealed whole, and shows its algorithm alone', async () => {
    const { hash } = hashMadeBy('{SSHA}')
    const stored = await imported(hash)
    expect(stored).toMatch(/^\$sha1\$k=one\$[\w-]+$/)
    expect(await imported(hash)).not.toBe(stored)
  })

  it.each(vectors)('$madeBy: its kind is $algorithm', async ({ algorithm, hash }) =>
    expect(passwordKindOf(await imported(hash))).toBe(algorithm),
  )

  it('other kinds are none, own and reset', async () => {
    const { hash, password } = hashMadeBy('{SSHA}')
    const own = (await signedIn(password, await imported(hash))).stored
    expect([null, own, resetPassword, 'no hash'].map(passwordKindOf)).toEqual([
      'none',
      'own',
      'reset',
      'none',
    ])
  })

  it('a hash that cannot or must not run is refused, not sealed', async () => {
    expect([
      await sealForeignHash(keys, '$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
      await sealForeignHash(keys, '{SSHA}AAAA'),
      await sealForeignHash(keys, '**********'),
    ]).toMatchObject([
      { fault: 'too_costly' },
      { fault: 'malformed_hash' },
      { fault: 'unknown_hash' },
    ])
  })

  it('sealed anew under another key, it still verifies', async () => {
    const { hash, password } = hashMadeBy('Django md5$')
    const rotated = new KeyRing([masterKey('two', 2), masterKey('one', 1)])
    const resealed = (await resealPassword(rotated, await imported(hash))) ?? ''
    const alone = { ...hashing, keys: new KeyRing([masterKey('two', 2)]) }
    expect({
      keyId: /k=(\w+)/.exec(resealed)?.[1],
      matches: (await signedIn(password, resealed, alone)).matches,
    }).toEqual({ keyId: 'two', matches: true })
  })

  it('under a key that is not listed it is neither right nor wrong', async () => {
    const { hash, password } = hashMadeBy('{SSHA}')
    const others = { ...hashing, keys: new KeyRing([masterKey('two', 2)]) }
    await expect(verifyPassword(others, password, await imported(hash))).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    })
  })

  it.each([
    ['under a key of the same name', (stored: string) => stored, 9],
    ['called another algorithm', (stored: string) => stored.replace('$sha1$', '$md5$'), 1],
    ['with a salt beside it', (stored: string) => stored.replace('k=one$', 'k=one$AAAA$'), 1],
  ])('%s it matches nothing', async (_what, change, byte) => {
    const { hash, password } = hashMadeBy('{SSHA}')
    const others = { ...hashing, keys: new KeyRing([masterKey('one', byte)]) }
    const stored = change(await imported(hash))
    expect((await signedIn(password, stored, others)).matches).toBe(false)
  })
})

describe('the first right password', () => {
  it('is hashed anew as our own, of which it is the password', async () => {
    const { hash, password } = hashMadeBy('phpass $H$')
    const first = await signedIn(password, await imported(hash))
    const second = await verifyPassword(hashing, password, first.stored)
    expect({
      first: first.matches,
      kind: passwordKindOf(first.stored),
      parameters: first.stored.split('$')[2],
      second: { matches: second.matches, current: second.renew === null },
    }).toEqual({
      first: true,
      kind: 'own',
      parameters: 'r=6,i=100000,k=one',
      second: { matches: true, current: true },
    })
  })

  it('a wrong one leaves the hash as it is', async () => {
    const { hash } = hashMadeBy('phpass $H$')
    const stored = await imported(hash)
    expect(await signedIn('a wrong password', stored)).toEqual({ matches: false, stored })
  })

  it('O31: the empty password is refused, though it is the one that was hashed', async () => {
    // MD5 and SHA-1 of nothing.
    const ofNothing = ['{MD5}1B2M2Y8AsgTpgAmY7PhCfg==', '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=']
    const verdicts = await Promise.all(
      ofNothing.map(async (hash) => isRight('', await imported(hash))),
    )
    expect(verdicts).toEqual([false, false])
  })

  it('O31: of 80 bytes for bcrypt 72 count, before and after it is hashed anew', async () => {
    const { matches, stored } = await signedIn(eighty, await imported(ofEighty))
    expect({
      matches,
      parameters: stored.split('$')[2],
      whole: await isRight(eighty, stored),
      cut: await isRight(eighty.slice(0, 72), stored),
      otherTail: await isRight(`${eighty.slice(0, 72)} and more`, stored),
      short: await isRight(eighty.slice(0, 71), stored),
    }).toEqual({
      matches: true,
      parameters: 'r=6,i=100000,a=bcrypt,k=one',
      whole: true,
      cut: true,
      otherTail: true,
      short: false,
    })
  })

  it('that keeps what bcrypt did also under another key and in another form', async () => {
    const first = await signedIn(eighty, await imported(ofEighty))
    const under: PasswordHashing = { keys, settings: { passwordForm: 'argon2id' } }
    const { matches, stored } = await signedIn(eighty.slice(0, 72), first.stored, under)
    expect({
      matches,
      parameters: stored.split('$')[2],
      whole: (await signedIn(eighty, stored, under)).matches,
    }).toEqual({ matches: true, parameters: 'v=19,m=19456,t=2,p=1,a=bcrypt,k=one', whole: true })
  })

  it('is trimmed for WordPress before it is hashed anew, if it was typed with spaces', async () => {
    const { hash, password } = hashMadeBy('WordPress 6.8')
    const { matches, stored } = await signedIn(` ${password}`, await imported(hash))
    expect({
      matches,
      plain: await isRight(password, stored),
      spaces: await isRight(`${password}  `, stored),
    }).toEqual({ matches: true, plain: true, spaces: true })
  })

  it('O32: a short password of another system is right, whatever is the shortest here', async () => {
    const hash = '$argon2id$v=19$m=1024,t=2,p=1$k+RQi5uLgw+OIwLyyEOxiQ$F7eXt+2Qb4gfEWYbaNY41g'
    expect((await signedIn('p4ssw0', await imported(hash))).matches).toBe(true)
  })

  it('may be spelled as other systems hashed it, and in any spelling once it is ours', async () => {
    // Both are "Ｇrüße", as it was typed: a full-width letter is not in normal form.
    const typed = 'Ｇru\u0308ße 2026'
    const hash = `{SHA}${new Uint8Array(
      await crypto.subtle.digest('SHA-1', new TextEncoder().encode(typed)),
    ).toBase64()}`
    const stored = await imported(hash)
    const first = await signedIn(typed, stored)
    expect({
      other: await isRight(typed.normalize('NFKC'), stored),
      typed: first.matches,
      otherAfterwards: await isRight(typed.normalize('NFKC'), first.stored),
      typedAfterwards: await isRight(typed, first.stored),
    }).toEqual({ other: false, typed: true, otherAfterwards: true, typedAfterwards: true })
  })
})

describe('OWASP: account enumeration', () => {
  /** How many calls of PBKDF2 a sign-in makes. */
  async function worked(password: string, stored: string): Promise<number> {
    const derive = vi.spyOn(crypto.subtle, 'deriveBits')
    await verifyPassword(hashing, password, stored)
    const calls = derive.mock.calls.filter(
      ([algorithm]) => Reflect.get(Object(algorithm), 'iterations') === 100_000,
    ).length
    derive.mockRestore()
    return calls
  }

  it('a wrong password of a hash that is quick to verify takes as long as one of nobody', async () => {
    const quick = await imported(hashMadeBy('{SSHA}').hash)
    const slow = await imported(hashMadeBy('passlib scrypt with its defaults').hash)
    expect({
      quick: await worked('a wrong password', quick),
      right: await worked('Grüße, Tür 7!', quick),
      empty: await worked('', quick),
      slow: await worked('a wrong password', slow),
    }).toEqual({ quick: 6, right: 0, empty: 6, slow: 0 })
  })

  it('no password is longer than 1,024 bytes', () => expect(longestPassword).toBe(1024))
})
