// The CBOR of authenticators, and what they say in it: each value has one spelling.
import { describe, expect, it } from 'vitest'
import { joined } from '../../../src/crypto/encoding.ts'
import { parseAuthenticatorData } from '../../../src/crypto/webauthn/authenticator-data.ts'
import {
  CborFault,
  asBytes,
  asMap,
  decodeCbor,
  decodeCborMap,
} from '../../../src/crypto/webauthn/cbor.ts'
import { importCoseKey } from '../../../src/crypto/webauthn/public-key.ts'
import { type CborInput, SoftPasskey, cbor } from '../../support/soft-passkey.ts'

const bytesOf = (hex: string): Uint8Array =>
  new Uint8Array((hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)))

/** The value, or the words of the fault. */
function outcome<Value>(read: () => Value): Value | string {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof CborFault) return thrown.message
    throw thrown
  }
}
const decoded = (hex: string) => outcome(() => decodeCbor(bytesOf(hex)).value)

describe('RFC 8949 3: a value of an authenticator', () => {
  it.each<[string, unknown]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['18ff', 255],
    ['190100', 256],
    ['1a00010000', 65_536],
    ['20', -1],
    ['26', -7],
    ['390100', -257],
    ['42ff00', new Uint8Array([255, 0])],
    ['40', new Uint8Array()],
    ['626162', 'ab'],
    ['80', []],
    ['820102', [1, 2]],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['a1616120', new Map([['a', -1]])],
    ['8181818100', [[[[0]]]]],
    ['a101a101a101a10102', new Map([[1, new Map([[1, new Map([[1, new Map([[1, 2]])]])]])]])],
  ])('%s is read', (hex, value) => expect(decoded(hex)).toEqual(value))

  it.each([
    ['1817', 'has a number in a long form'],
    ['1900ff', 'has a number in a long form'],
    ['1a0000ffff', 'has a number in a long form'],
    ['1b0000000100000000', 'has an indefinite or too large number'],
    ['1f', 'has an indefinite or too large number'],
    ['4201', 'ends too early'],
    ['626a', 'ends too early'],
    ['8101'.slice(0, 2), 'ends too early'],
    ['a101', 'ends too early'],
    ['9affffffff00', 'ends too early'],
    ['', 'ends too early'],
    ['61ff', 'has text that is not UTF-8'],
    ['818181818100', 'is nested too deeply'],
    ['a101a101a101a101a10102', 'is nested too deeply'],
    ['a1818181818100', 'is nested too deeply'],
    ['a1410001', 'has an odd map key'],
    ['a1f501', 'has an odd map key'],
    ['a201020103', 'has a map key twice'],
    ['c000', 'has a tag'],
    ['f7', 'has a value that authenticators do not write'],
    ['f814', 'has a value that authenticators do not write'],
    ['fa00000000', 'has a value that authenticators do not write'],
  ])('%s %s', (hex, words) => expect(decoded(hex)).toBe(words))

  it('begins where it is said to, and tells where it ends', () => {
    expect(decodeCbor(bytesOf('0042ff0000'), 1)).toEqual({
      value: new Uint8Array([255, 0]),
      end: 4,
    })
  })

  it('is a map to the last byte, or bytes, where these are wanted', () => {
    expect({
      map: outcome(() => decodeCborMap(bytesOf('a10102'))),
      longer: outcome(() => decodeCborMap(bytesOf('a1010200'))),
      list: outcome(() => decodeCborMap(bytesOf('80'))),
      absentMap: outcome(() => asMap(undefined)),
      bytes: outcome(() => asBytes(new Uint8Array([1]))),
      text: outcome(() => asBytes('a')),
    }).toEqual({
      map: new Map([[1, 2]]),
      longer: 'goes on after its end',
      list: 'is not a map',
      absentMap: 'is not a map',
      bytes: new Uint8Array([1]),
      text: 'is not a byte string',
    })
  })
})

describe('WebAuthn 6.1: authenticator data', () => {
  const key = new Map([[1, 2]])
  const head = (flags: number) =>
    joined(new Uint8Array(32).fill(7), new Uint8Array([flags, 0, 0, 1, 2]))
  const credential = (length: number, id = length) =>
    joined(new Uint8Array(16), new Uint8Array([length >> 8, length & 255]), new Uint8Array(id))
  const parsed = (...parts: Uint8Array[]) => outcome(() => parseAuthenticatorData(joined(...parts)))
  const plain = {
    rpIdHash: new Uint8Array(32).fill(7),
    isUserPresent: false,
    isUserVerified: false,
    isBackupEligible: false,
    isBackedUp: false,
    counter: 258,
    credential: null,
  }

  it('has each flag in its place, and the counter', () => {
    expect({
      none: parsed(head(0)),
      present: parsed(head(1)),
      verified: parsed(head(4)),
      eligible: parsed(head(8)),
      backedUp: parsed(head(24)),
      impossible: parsed(head(16)),
    }).toEqual({
      none: plain,
      present: { ...plain, isUserPresent: true },
      verified: { ...plain, isUserVerified: true },
      eligible: { ...plain, isBackupEligible: true },
      backedUp: { ...plain, isBackupEligible: true, isBackedUp: true },
      impossible: 'is backed up without being eligible',
    })
  })

  it('ends where it ends, with extensions that are a map', () => {
    expect({
      short: parsed(head(0).subarray(0, 36)),
      long: parsed(head(0), new Uint8Array(1)),
      extensions: parsed(head(128), cbor(new Map([['credProtect', 1]]))),
      noMap: parsed(head(128), cbor([1])),
      none: parsed(head(128)),
    }).toEqual({
      short: 'ends too early',
      long: 'goes on after its end',
      extensions: plain,
      noMap: 'is not a map',
      none: 'ends too early',
    })
  })

  it('has an id of 1 to 1023 bytes and a key, then extensions', () => {
    const cose = cbor(key)
    const wrongLength = 'has a credential id of a wrong length'
    const made = (length: number) => ({
      ...plain,
      credential: { id: new Uint8Array(length), publicKey: cose, cose: key },
    })
    expect({
      right: parsed(head(64), credential(1), cose),
      longest: parsed(head(64), credential(1023), cose),
      extended: parsed(head(192), credential(2), cose, cbor(new Map())),
      longer: parsed(head(64), credential(1024), cose),
      empty: parsed(head(64), credential(0), cose),
      alone: parsed(head(64), credential(0)),
      cut: parsed(head(64), credential(0).subarray(0, 17)),
      idCut: parsed(head(64), credential(9, 8)),
      noKey: parsed(head(64), credential(9)),
      listForKey: parsed(head(64), credential(1), cbor([1])),
    }).toEqual({
      right: made(1),
      longest: made(1023),
      extended: made(2),
      longer: wrongLength,
      empty: wrongLength,
      alone: wrongLength,
      cut: 'ends too early',
      idCut: wrongLength,
      noKey: 'ends too early',
      listForKey: 'is not a map',
    })
  })
})

describe('RFC 9053 7: the key of a passkey', () => {
  const imported = async (cose: Uint8Array, change: Record<number, CborInput> = {}) => {
    const map = decodeCborMap(cose)
    const changes = Object.entries(change).map(([label, value]) => [Number(label), value] as const)
    const changed = decodeCborMap(cbor(new Map([...map, ...changes])))
    try {
      const { algorithm, key } = await importCoseKey(changed)
      return { algorithm, name: key.algorithm.name, extractable: key.extractable }
    } catch (thrown) {
      if (thrown instanceof CborFault) return thrown.message
      throw thrown
    }
  }
  const otherKind = 'has another type or curve than its algorithm'

  it.each([
    ['EdDSA', -8, 'Ed25519'],
    ['ES256', -7, 'ECDSA'],
    ['RS256', -257, 'RSASSA-PKCS1-v1_5'],
  ] as const)('%s is of its type and curve', async (name, algorithm, webCrypto) => {
    const { publicKey } = await SoftPasskey.make(name)
    const others = [-8, -7, -257].filter((other) => other !== algorithm)
    expect({
      own: await imported(publicKey),
      others: await Promise.all(others.map((other) => imported(publicKey, { 3: other }))),
      unknown: await imported(publicKey, { 3: -37 }),
      otherType: await imported(publicKey, { 1: 4 }),
    }).toEqual({
      own: { algorithm, name: webCrypto, extractable: false },
      others: [otherKind, otherKind],
      unknown: 'has no algorithm of passkeys',
      otherType: otherKind,
    })
  })

  it('is one that can be used, and a point of its curve', async () => {
    const [curve, rsa] = [await SoftPasskey.make('ES256'), await SoftPasskey.make('RS256')]
    expect({
      short: await imported(rsa.publicKey, { [-1]: new Uint8Array(128).fill(255) }),
      cut: await imported(curve.publicKey, { [-2]: new Uint8Array(31) }),
      noPoint: await imported(curve.publicKey, { [-2]: new Uint8Array(32).fill(1) }),
      otherCurve: await imported(curve.publicKey, { [-1]: 2 }),
    }).toEqual({
      short: 'has no usable key',
      cut: 'has no usable key',
      noPoint: 'has no point of its curve',
      otherCurve: otherKind,
    })
  })
})
