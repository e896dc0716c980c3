// What an export has of a password, and what another Postern makes of it.
import { describe, expect, it } from 'vitest'
import {
  readForeignHash,
  verifyForeignHash,
} from '../../src/crypto/foreign-password/foreign-password.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { openedPassword } from '../../src/crypto/opened-password.ts'
import type { PasswordForm } from '../../src/crypto/own-password.ts'
import { hashPassword } from '../../src/crypto/password.ts'
import { resetPassword, sealForeignHash } from '../../src/crypto/stored-password.ts'

const keys = new KeyRing([{ id: 'k1', bytes: new Uint8Array(32) }])
const hashing = (passwordForm: PasswordForm) => ({ keys, settings: { passwordForm } })
const password = 'Grüße, Tür 7!'

/** The text that leaves for a stored hash. */
async function opened(stored: string): Promise<string> {
  const text = await openedPassword(keys, stored)
  if (text === null) throw new Error('there is no hash')
  return text
}

/** Whether another Postern finds a password right for a text that left. */
async function isRight(text: string, tried: string): Promise<boolean> {
  const hash = readForeignHash(text)
  if ('fault' in hash) throw new Error(hash.detail)
  return (await verifyForeignHash(hash, tried)) !== null
}

describe('A password that leaves', () => {
  it.each([
    ['pbkdf2', /^\$pbkdf2-sha256-chain\$r=6,i=100000\$[\w-]{22}\$[\w-]{43}$/],
    ['argon2id', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/],
  ] as const)('is without its seal, and another Postern verifies it: %s', async (form, shape) => {
    const text = await opened(await hashPassword(hashing(form), password))
    expect(text).toMatch(shape)
    expect([await isRight(text, password), await isRight(text, `${password}x`)]).toEqual([
      true,
      false,
    ])
  })

  it('keeps what the system before did to it, in the chain of PBKDF2', async () => {
    const stored = await hashPassword(hashing('pbkdf2'), ' padded ', 'wordpress')
    const text = await opened(stored)
    expect(text).toContain('$r=6,i=100000,a=wordpress$')
    expect([await isRight(text, 'padded'), await isRight(text, 'pad')]).toEqual([true, false])
  })

  it('leaves as it came, if it came from another system and nobody has signed in', async () => {
    const text = '$2y$06$nIgkdYP8vppvTQF8yk7Hyuq69KnHmrqCPuwbvSf/0/KW1dpv55UDO'
    const sealed = await sealForeignHash(keys, text)
    if (!('stored' in sealed)) throw new Error(sealed.detail)
    expect(sealed.stored).not.toContain(text.slice(7))
    expect(await opened(sealed.stored)).toBe(text)
  })

  it('is none where a new one has to be set first', async () => {
    expect(await openedPassword(keys, resetPassword)).toBe(null)
  })

  it('does not leave as nothing while MASTER_KEY lacks its key', async () => {
    const stored = await hashPassword(hashing('pbkdf2'), password)
    const others = new KeyRing([{ id: 'k2', bytes: new Uint8Array(32) }])
    await expect(openedPassword(others, stored)).rejects.toMatchObject({ status: 503 })
  })
})

describe('The chain of another Postern', () => {
  const hash = 'A'.repeat(43)
  it.each([
    ['too_costly', `$pbkdf2-sha256-chain$r=16,i=100000$c2FsdA$${hash}`],
    ['too_costly', `$pbkdf2-sha256-chain$r=6,i=100001$c2FsdA$${hash}`],
    ['malformed_hash', `$pbkdf2-sha256-chain$r=0,i=100000$c2FsdA$${hash}`],
    ['malformed_hash', `$pbkdf2-sha256-chain$r=6,i=100000,a=else$c2FsdA$${hash}`],
    ['malformed_hash', `$pbkdf2-sha256-chain$r=6,i=100000,k=k1$c2FsdA$${hash}`],
    ['malformed_hash', `$pbkdf2-sha256-chain$r=6,i=100000$c2FsdA$${hash}A`],
    ['malformed_hash', '$pbkdf2-sha256-chain$r=6,i=100000$c2FsdA'],
  ])('is refused as %s: %s', (fault, text) => {
    expect(readForeignHash(text)).toMatchObject({ fault })
  })
})
