// Argon2 of other systems: the whole text is a hash, whose bounds are those of Argon2 itself.
import { describe, expect, it } from 'vitest'
import { readForeignHash } from '../../../src/crypto/foreign-password/foreign-password.ts'
import { faultOf, hashMadeBy, ofNoKind } from './hashes.ts'

const b64 = (bytes: number) => new Uint8Array(bytes).toBase64({ omitPadding: true })
const argon2 = (parameters: string, saltBytes = 16) =>
  `$argon2id$v=19$${parameters}$${b64(saltBytes)}$${b64(32)}`

describe('a hash that Argon2 made', () => {
  it.each([
    'argon2i of version 16, m=64 t=1 p=1',
    'argon2d of version 19, m=64 t=1 p=1',
    'Django argon2$',
  ])('%s: begins with its kind', (name) => {
    const { hash } = hashMadeBy(name)
    expect({ itself: faultOf(hash), changed: faultOf(`x${hash}`) }).toEqual({
      itself: 'none',
      changed: ofNoKind,
    })
  })

  it('has nothing else in it', () => {
    const { hash } = hashMadeBy('argon2id of version 19, m=64 t=1 p=1')
    const malformed = 'malformed_hash: is not a whole Argon2 hash'
    expect({
      before: faultOf(hash.replace('$v=', '$more$v=')),
      after: faultOf(`${hash}$more`),
    }).toEqual({ before: malformed, after: malformed })
  })

  it('has 8 KiB of memory for each lane at least', () => {
    const malformed = 'malformed_hash: has less memory than 8 KiB for each lane'
    expect(
      ['m=7,t=1,p=1', 'm=8,t=1,p=1', 'm=31,t=1,p=4', 'm=32,t=1,p=4'].map((parameters) =>
        faultOf(argon2(parameters)),
      ),
    ).toEqual(['malformed_hash: has memory (m) 7, and the least is 8', 'none', malformed, 'none'])
  })

  it('has a salt of 8 bytes at least', () => {
    expect([7, 8].map((bytes) => faultOf(argon2('m=64,t=1,p=1', bytes)))).toEqual([
      'malformed_hash: has a salt of less than 8 bytes',
      'none',
    ])
  })

  it('costs as much as its passes through its memory', () => {
    const cost = (parameters: string) => {
      const read = readForeignHash(argon2(parameters))
      return 'fault' in read ? read.fault : read.milliseconds
    }
    expect(['m=1000,t=1,p=1', 'm=1000,t=3,p=1', 'm=65536,t=2,p=8'].map(cost)).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(3, 6),
      expect.closeTo(131.072, 6),
    ])
  })
})
