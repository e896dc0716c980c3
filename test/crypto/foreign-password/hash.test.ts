// What every hash is made of: numbers, parameters and base64, read from a hash of Argon2.
import { describe, expect, it, vi } from 'vitest'
import { faultOf } from './hashes.ts'

const b64 = (bytes: number) => new Uint8Array(bytes).toBase64({ omitPadding: true })
const withParameters = (parameters: string) => `$argon2id$v=19$${parameters}$${b64(16)}$${b64(32)}`
const withSalt = (salt: string) => `$argon2id$v=19$m=64,t=1,p=1$${salt}$${b64(32)}`
const withHash = (bytes: number) => `$argon2id$v=19$m=64,t=1,p=1$${b64(16)}$${b64(bytes)}`

describe('a hash', () => {
  it.each(['x', '', '64x', 'x64', '-64', '6.4', ' 64'])('has digits as a number, not %j', (text) =>
    expect(faultOf(withParameters(`m=${text},t=1,p=1`))).toBe(
      'malformed_hash: has no whole number for memory (m)',
    ),
  )

  it('has every number that it needs', () => {
    expect(faultOf(withParameters('m=64,p=1'))).toBe(
      'malformed_hash: has no whole number for number of passes (t)',
    )
  })

  it.each(['1t=1', ' t=1', 't=1\n', 't=1\n5', 't', '=1', ''])(
    'has parameters with a name and a value in one line, not %j',
    (entry) =>
      expect(faultOf(withParameters(`m=64,${entry},p=1`))).toBe(
        'malformed_hash: is not made of parameters',
      ),
  )

  it('has no parameter twice, even with the same value', () => {
    expect(faultOf(withParameters('m=64,t=1,t=1,p=1'))).toBe(
      'malformed_hash: has the parameter t twice',
    )
  })

  it('has padding at the end of base64 alone', () => {
    const salts = ['AAAAAAAAAAAAAAAAAAAAAA==', 'AAAAAA==AAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAA===']
    const fault = 'malformed_hash: has a salt that is not base64'
    expect(salts.map((salt) => faultOf(withSalt(salt)))).toEqual(['none', fault, fault])
  })

  it('has 16 to 512 bytes, if it was derived', () => {
    const ofBytes = (bytes: number) =>
      `malformed_hash: has ${bytes} bytes, and 16 to 512 are expected`
    expect([15, 16, 512, 513].map((bytes) => faultOf(withHash(bytes)))).toEqual([
      ofBytes(15),
      'none',
      'none',
      ofBytes(513),
    ])
  })

  it('is not to blame for a fault of the reader', () => {
    const decode = vi.spyOn(Uint8Array, 'fromBase64').mockImplementation(() => {
      throw new RangeError('of the reader')
    })
    try {
      expect(() => faultOf(withSalt(b64(16)))).toThrow('of the reader')
    } finally {
      decode.mockRestore()
    }
  })
})
