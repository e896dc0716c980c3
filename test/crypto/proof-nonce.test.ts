import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { isProofNonce, proofNonce } from '../../src/crypto/proof-nonce.ts'

const one = { id: 'one', bytes: new Uint8Array(32).fill(1) }
const two = { id: 'two', bytes: new Uint8Array(32).fill(2) }
const keys = new KeyRing([one])
// The first second of a step.
const now = 1_800_000_000
const nonce = await proofNonce(keys, now)

describe('RFC 9449 8, 11.2: a nonce', () => {
  it('is one for each minute', async () =>
    expect({
      last: (await proofNonce(keys, now + 59)) === nonce,
      next: (await proofNonce(keys, now + 60)) === nonce,
    }).toEqual({ last: true, next: false }))

  it.each([
    ['at once', 0, true],
    ['in the last second of its third minute', 179, true],
    ['three minutes later', 180, false],
    ['by a clock that is behind', -1, false],
  ])('is taken %s: %i s, %s', async (_when, later, expected) =>
    expect(await isProofNonce(keys, nonce, now + later)).toBe(expected),
  )

  it('is taken after a rotation of the master key, until its key is gone', async () =>
    expect({
      rotated: await isProofNonce(new KeyRing([two, one]), nonce, now),
      gone: await isProofNonce(new KeyRing([two]), nonce, now),
      another: await isProofNonce(new KeyRing([{ id: 'one', bytes: two.bytes }]), nonce, now),
    }).toEqual({ rotated: true, gone: false, another: false }))

  it.each(['', 'one', `a${nonce}`, `${nonce}a`, ` ${nonce}`, nonce.replace('one.', 'one.0')])(
    'is never %j',
    async (text) => expect(await isProofNonce(keys, text, now)).toBe(false),
  )
})
