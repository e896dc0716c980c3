// Which keys of others may prove anything, and which of several may have signed a token.
import { describe, expect, it } from 'vitest'
import { base64url } from '../../src/crypto/encoding.ts'
import {
  type ForeignAlgorithm,
  type ForeignKey,
  candidates,
  foreignAlgorithms,
  foreignKeyFault,
  keyKindOf,
  privateMembers,
} from '../../src/crypto/foreign-key.ts'

/** Bytes of ones after the given ones. */
const bytes = (length: number, ...begin: readonly number[]): string =>
  base64url(Uint8Array.from({ length }, (_, at) => begin[at] ?? 0xff))
const zeros = (length: number): string => base64url(new Uint8Array(length))

const rsa = { kty: 'RSA', n: bytes(256), e: 'AQAB' }
const ec = { kty: 'EC', crv: 'P-256', x: bytes(32), y: bytes(32) }
const edwards = { kty: 'OKP', crv: 'Ed25519', x: bytes(32) }

describe('RFC 7518 3.1, RFC 8037 3.1: an algorithm takes a key', () => {
  it('of its type and curve', () => {
    expect(Object.fromEntries(foreignAlgorithms.map((alg) => [alg, keyKindOf(alg)]))).toEqual({
      ...{ RS256: { kty: 'RSA' }, RS384: { kty: 'RSA' }, RS512: { kty: 'RSA' } },
      ...{ PS256: { kty: 'RSA' }, PS384: { kty: 'RSA' }, PS512: { kty: 'RSA' } },
      ES256: { kty: 'EC', crv: 'P-256' },
      ES384: { kty: 'EC', crv: 'P-384' },
      ES512: { kty: 'EC', crv: 'P-521' },
      EdDSA: { kty: 'OKP', crv: 'Ed25519' },
      Ed25519: { kty: 'OKP', crv: 'Ed25519' },
    })
  })
})

describe('a key of somebody else proves something', () => {
  it.each<[string, object]>([
    ['RSA of 2048 bits', rsa],
    ['RSA of 8192 bits', { ...rsa, n: bytes(1_024) }],
    ['RSA with zeros before its 2048 bits', { ...rsa, n: bytes(258, 0, 0) }],
    ['RSA with an exponent of 32 bits', { ...rsa, e: bytes(4) }],
    ['RSA with a curve, which means nothing', { ...rsa, crv: 'P-256' }],
    ['P-256', ec],
    ['P-384', { kty: 'EC', crv: 'P-384', x: bytes(48), y: bytes(48) }],
    ['P-521', { kty: 'EC', crv: 'P-521', x: bytes(66), y: bytes(66) }],
    ['Ed25519', edwards],
  ])('if it is %s', (_what, jwk) => expect(foreignKeyFault({ ...jwk })).toBe(null))

  it.each<[string, string, object]>([
    ['2048 to 8192 bits', 'RSA of 2047 bits', { ...rsa, n: bytes(256, 0x7f) }],
    ['2048 to 8192 bits', 'RSA of 2047 bits after a zero', { ...rsa, n: bytes(257, 0, 0x7f) }],
    ['2048 to 8192 bits', 'RSA of 2040 bits after a zero', { ...rsa, n: bytes(256, 0) }],
    ['2048 to 8192 bits', 'RSA of nothing but zeros', { ...rsa, n: zeros(256) }],
    ['2048 to 8192 bits', 'RSA of 8193 bits', { ...rsa, n: bytes(1_025, 1) }],
    ['the members n and e', 'RSA without n', { kty: 'RSA', e: 'AQAB' }],
    ['the members n and e', 'RSA without e', { kty: 'RSA', n: rsa.n }],
    ['the members n and e', 'RSA with an empty e', { ...rsa, e: '' }],
    ['the members n and e', 'RSA with a number as e', { ...rsa, e: 65_537 }],
    ['the members n and e', 'RSA with a padded n', { ...rsa, n: `${rsa.n}==` }],
    ['an exponent of 32 bits at most', 'RSA with 33 bits of e', { ...rsa, e: bytes(5, 1) }],
    ['the coordinates of a point on its curve', 'EC without x', { ...ec, x: undefined }],
    ['the coordinates of a point on its curve', 'EC without y', { ...ec, y: undefined }],
    ['the coordinates of a point on its curve', 'EC with a short y', { ...ec, y: bytes(31) }],
    ['the coordinates of a point on its curve', 'OKP without x', { ...edwards, x: undefined }],
  ])('but must have %s: %s', (rule, _what, jwk) => {
    expect(foreignKeyFault({ ...jwk })).toBe(`must have ${rule}`)
  })

  it.each<[string, object]>([
    ['another curve', { ...ec, crv: 'secp256k1' }],
    ['no curve', { ...ec, crv: undefined }],
    ['a list as the curve', { ...ec, crv: ['P-256'] }],
    ['a name that every object has', { ...ec, crv: 'constructor' }],
    ['the curve of another type', { ...edwards, kty: 'EC' }],
    ['a curve for agreements', { ...edwards, crv: 'X25519' }],
  ])('and on a curve that is known, not on %s', (_what, jwk) => {
    expect(foreignKeyFault({ ...jwk })).toBe('must be on the curve P-256, P-384, P-521 or Ed25519')
  })

  it('and be of a type that is known', () => {
    const kinds = ['oct', 'AKP', undefined, ['EC']]
    expect(kinds.map((kty) => foreignKeyFault({ ...ec, kty }))).toEqual(
      kinds.map(() => 'must be of type RSA, EC or OKP'),
    )
  })

  it.each(privateMembers)('and have no private half (%s)', (name) => {
    expect(foreignKeyFault({ ...rsa, [name]: 'AQAB' })).toBe('must be a public key')
  })
})

describe('OpenID Connect Core 10.1: the keys that may have signed a token', () => {
  /** The names of the keys that fit. */
  const fitting = (
    alg: ForeignAlgorithm,
    facts: Partial<ForeignKey>,
    kid?: string,
  ): (string | undefined)[] => {
    const key: ForeignKey = { kty: 'RSA', kid: 'own', ...facts }
    return candidates({ alg, kid }, [key]).map(({ kid: name }) => name)
  }

  it.each<[string, ForeignAlgorithm, Partial<ForeignKey>]>([
    ['of the type', 'RS256', {}],
    ['of the type, whatever its curve', 'RS256', { crv: 'P-256' }],
    ['of the curve', 'ES256', { kty: 'EC', crv: 'P-256' }],
    ['for signatures', 'RS256', { use: 'sig' }],
    ['of the algorithm', 'RS256', { alg: 'RS256' }],
    ['of EdDSA under its new name', 'EdDSA', { kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519' }],
    ['of Ed25519 under its old name', 'Ed25519', { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' }],
    ['to verify with', 'RS256', { key_ops: ['sign', 'verify'] }],
  ])('include one %s', (_what, alg, facts) => {
    expect({
      named: fitting(alg, facts, 'own'),
      unnamed: fitting(alg, facts),
      otherName: fitting(alg, facts, 'other'),
    }).toEqual({ named: ['own'], unnamed: ['own'], otherName: [] })
  })

  it.each<[string, ForeignAlgorithm, Partial<ForeignKey>]>([
    ['type', 'RS256', { kty: 'EC', crv: 'P-256' }],
    ['type, with the right curve', 'ES256', { crv: 'P-256' }],
    ['curve', 'ES256', { kty: 'EC', crv: 'P-384' }],
    ['use', 'RS256', { use: 'enc' }],
    ['algorithm', 'RS256', { alg: 'PS256' }],
    ['algorithm than EdDSA', 'EdDSA', { kty: 'OKP', crv: 'Ed25519', alg: 'ES256' }],
    ['algorithm than the one for its curve', 'ES256', { kty: 'EC', crv: 'P-256', alg: 'EdDSA' }],
    ['operation', 'RS256', { key_ops: ['encrypt'] }],
    ['operation, with the right use', 'RS256', { use: 'sig', key_ops: [] }],
  ])('include none of another %s', (_what, alg, facts) => {
    expect({ named: fitting(alg, facts, 'own'), unnamed: fitting(alg, facts) }).toEqual({
      named: [],
      unnamed: [],
    })
  })

  it('are all of the name; without a name, the only one that fits', () => {
    const [one, two, other] = [
      { kty: 'RSA', kid: 'one' },
      { kty: 'RSA', kid: 'two' },
      { kty: 'EC', crv: 'P-256', kid: 'one' },
    ]
    const alg = 'RS256'
    expect({
      name: candidates({ alg, kid: 'one' }, [one, two, other]),
      sameName: candidates({ alg, kid: 'one' }, [one, one]),
      onlyOne: candidates({ alg }, [one, other]),
      ambiguous: candidates({ alg }, [one, two]),
      none: candidates({ alg }, [other]),
    }).toEqual({ name: [one], sameName: [one, one], onlyOne: [one], ambiguous: [], none: [] })
  })
})
