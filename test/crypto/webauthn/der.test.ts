// Signatures of ES256: each has one spelling.
import { describe, expect, it } from 'vitest'
import { joined } from '../../../src/crypto/encoding.ts'
import { rawSignature } from '../../../src/crypto/webauthn/der.ts'
import { derOf } from '../../support/soft-passkey.ts'

/** r and s, each with its highest bit set, and with none. */
const numbers = new Uint8Array(64).map((_, at) => (at < 32 ? 0xff - at : 1 + at))

describe('P15: only strict DER counts', () => {
  const rOf = (der: Uint8Array) => der.subarray(2, 4 + (der[3] ?? 0))
  const sOf = (der: Uint8Array) => der.subarray(4 + (der[3] ?? 0))
  const sequence = (content: Uint8Array) =>
    joined(new Uint8Array([0x30, content.byteLength]), content)
  const number = (bytes: readonly number[]) => new Uint8Array([2, bytes.length, ...bytes])
  const spellings: Record<string, (der: Uint8Array) => Uint8Array> = {
    'r and s without DER': (der) => joined(...[rOf(der), sOf(der)].map((one) => one.subarray(-32))),
    'a long form of the length': (der) => joined(new Uint8Array([0x30, 0x81]), der.subarray(1)),
    'an indefinite length': (der) =>
      joined(new Uint8Array([0x30, 0x80]), der.subarray(2), new Uint8Array(2)),
    'a long form of the length of r': (der) =>
      sequence(joined(new Uint8Array([2, 0x81]), rOf(der).subarray(1), sOf(der))),
    'a needless zero before r': (der) => {
      const r = rOf(der)
      const digits = joined(new Uint8Array(1), r.subarray(2))
      return sequence(joined(new Uint8Array([2, digits.length]), digits, sOf(der)))
    },
    'trailing bytes': (der) => joined(der, new Uint8Array(1)),
    'trailing bytes within': (der) => sequence(joined(der.subarray(2), new Uint8Array(1))),
    'a negative r': (der) => sequence(joined(number([0x80, 1]), sOf(der))),
    'an empty r': (der) => sequence(joined(number([]), sOf(der))),
    'an r of 33 digits': (der) =>
      sequence(joined(number(Array.from({ length: 33 }, () => 1)), sOf(der))),
    'r alone': (der) => sequence(rOf(der)),
    'three integers': (der) => sequence(joined(der.subarray(2), number([1]))),
    nothing: () => new Uint8Array(),
  }
  it.each(Object.entries(spellings))('%s is refused', (_name, spelling) => {
    expect(rawSignature(spelling(derOf(numbers)))).toBe(null)
  })

  it.each([0, 1, 2, 31])('a number with %d zero bytes in front is one of 32 bytes', (zeros) => {
    const raw = numbers.map((byte, at) => (at % 32 < zeros ? 0 : byte))
    expect(rawSignature(derOf(raw))).toEqual(raw)
  })
})
