import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { publicMembers, thumbprintOf } from '../../src/crypto/jwk.ts'

// RFC 7638 3.1
const printedKey = {
  kty: 'RSA',
  n:
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX' +
    'jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaS' +
    'qzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksIN' +
    'HaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
}

describe('RFC 7638: the thumbprint of a key', () => {
  it('is the one of the example in 3.1', async () => {
    expect(await thumbprintOf(printedKey)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  // RFC 8037 A.3
  it('is the one of the Ed25519 example', async () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
    expect(await thumbprintOf({ kty: 'OKP', crv: 'Ed25519', x })).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    )
  })

  it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256'])(
    'of a key for %s is what jose says, whichever half, order and uses',
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
      const expected = await calculateJwkThumbprint(await exportJWK(publicKey))
      const whole = { use: 'sig', ...(await exportJWK(privateKey)), kid: 'a', alg }
      const turned = Object.fromEntries(Object.entries(whole).toReversed())
      expect([await thumbprintOf(whole), await thumbprintOf(turned)]).toEqual([expected, expected])
    },
  )
})

describe('RFC 7517: the public members of a key', () => {
  it('are those that make it', () => {
    const key = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }
    expect(publicMembers({ ...key, d: 'secret', n: 'c', use: 'sig', kid: 'k' })).toEqual(key)
  })

  it.each([
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['a type that every object has', { kty: 'constructor' }],
    ['a type that is no text', { kty: ['EC'], crv: 'P-256', x: 'a', y: 'b' }],
    ['no type', { crv: 'P-256', x: 'a', y: 'b' }],
    ['no y', { kty: 'EC', crv: 'P-256', x: 'a' }],
    ['a number as n', { kty: 'RSA', n: 5, e: 'AQAB' }],
  ])('are none in %s', (_what, jwk) => expect(() => publicMembers(jwk)).toThrow(TypeError))
})
