// Hashes of all kinds: how long their text is, and how often a password is hashed.
import { describe, expect, it, vi } from 'vitest'
import { verifyForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import type { Preparation } from '../../../src/crypto/foreign-password/preparation.ts'
import { faultOf, ofNoKind } from './hashes.ts'

/** Verifies a password with a hash that it has not, and returns what was hashed. */
async function hashedFor(password: string, preparations?: readonly Preparation[]) {
  const matches = vi.fn((_bytes: Uint8Array) => Promise.resolve(false))
  const hash = { algorithm: 'test', milliseconds: 1, matches }
  await verifyForeignHash(preparations === undefined ? hash : { ...hash, preparations }, password)
  return matches.mock.calls.map(([bytes]) => new TextDecoder().decode(bytes))
}

describe('the hash of another system', () => {
  it('has 4,096 characters at most', () => {
    expect([4096, 4097].map((length) => faultOf('x'.repeat(length)))).toEqual([
      ofNoKind,
      'too_costly: is longer than 4096 characters',
    ])
  })

  it('hashes a wrong password once, and again only if it was prepared in another way', async () => {
    expect({
      unprepared: await hashedFor('secret '),
      asBothWouldBe: await hashedFor('secret', ['none', 'wordpress']),
      withWhiteSpace: await hashedFor('secret ', ['none', 'wordpress']),
      short: await hashedFor('secret', ['none', 'bcrypt', 'wordpress']),
    }).toEqual({
      unprepared: ['secret '],
      asBothWouldBe: ['secret'],
      withWhiteSpace: ['secret ', 'secret'],
      short: ['secret'],
    })
  })
})
