import { afterEach, describe, expect, it, vi } from 'vitest'
import { readDpopProof } from '../../src/crypto/dpop.ts'
import { newProofKey, proofOf, type ProofFacts, type ProofKey } from '../support/dpop.ts'

afterEach(() => vi.restoreAllMocks())

describe('RFC 9449 4.2: reading a proof', () => {
  it('gives the thumbprint of its key and what it claims', async () => {
    const key = await newProofKey()
    const claims = { jti: 'j', htm: 'GET', htu: 'https://api.example/', iat: 5, ath: 'a' }
    expect(await readDpopProof(await proofOf(key, { ...claims, nonce: 'n', other: 1 }))).toEqual({
      thumbprint: key.thumbprint,
      ...claims,
      nonce: 'n',
    })
  })

  it('imports a key once, and of many keeps a hundred', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 101 }, () => newProofKey()))
    if (first === undefined) throw new Error('there is no key')
    const proof = await proofOf(first)
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    await readDpopProof(proof)
    await readDpopProof(proof)
    const remembered = importKey.mock.calls.length
    for (const other of others) await readDpopProof(await proofOf(other))
    await readDpopProof(proof)
    expect({ remembered, forgotten: importKey.mock.calls.length }).toEqual({
      remembered: 1,
      forgotten: 102,
    })
  })

  it('has one thumbprint for a key, whatever else its JWK says', async () => {
    const key = await newProofKey()
    const jwk = { kid: 'a name', alg: 'ES256', use: 'sig', key_ops: ['verify'], ...key.jwk }
    const { thumbprint } = await readDpopProof(await proofOf(key, { header: { jwk } }))
    expect(thumbprint).toBe(key.thumbprint)
  })
})

describe('RFC 9449 4.3: a proof is refused, with its signature good', () => {
  const jwkOf = (key: ProofKey, more: object) => ({ header: { jwk: { ...key.jwk, ...more } } })

  it.each<[string, string, (key: ProofKey) => ProofFacts]>([
    ['the type of the DPoP proof is not dpop+jwt', 'a JWT', () => ({ header: { typ: 'JWT' } })],
    [
      'the algorithm of the DPoP proof is not supported',
      'another algorithm',
      () => ({ header: { alg: 'ES384' } }),
    ],
    ...['crit', 'b64', 'jku', 'x5u', 'x5c'].map((name): [string, string, () => ProofFacts] => [
      'the DPoP proof has a header that is not supported',
      name,
      () => ({ header: { [name]: 'x' } }),
    ]),
    ['the DPoP proof has no jwk', 'no key', () => ({ header: { jwk: undefined } })],
    ['the DPoP proof has no jwk', 'a key that is a list', () => ({ header: { jwk: [] } })],
    [
      'the jwk of the DPoP proof is not a public key',
      'a private key',
      (key) => ({ header: { jwk: key.privateJwk } }),
    ],
    [
      'the jwk of the DPoP proof is for another use',
      'a key to encrypt for',
      (key) => jwkOf(key, { use: 'enc' }),
    ],
    [
      'the jwk of the DPoP proof is for another use',
      'a key of another algorithm',
      (key) => jwkOf(key, { alg: 'EdDSA' }),
    ],
    [
      'the jwk of the DPoP proof is not a key of its algorithm',
      'a point that is none',
      (key) => jwkOf(key, { x: 'AAAA' }),
    ],
    ['the DPoP proof has no jti', 'no jti', () => ({ jti: undefined })],
    ['the DPoP proof has no jti', 'an empty jti', () => ({ jti: '' })],
    ['the DPoP proof has no jti', 'a jti that is a number', () => ({ jti: 1 })],
    ['the DPoP proof has no htm', 'no htm', () => ({ htm: undefined })],
    ['the DPoP proof has no htu', 'no htu', () => ({ htu: undefined })],
    ['the DPoP proof has no iat', 'no iat', () => ({ iat: undefined })],
    ['the DPoP proof has no iat', 'an iat that is text', () => ({ iat: '5' })],
    ['the ath of the DPoP proof is not text', 'an ath that is a number', () => ({ ath: 1 })],
    ['the nonce of the DPoP proof is not text', 'a nonce that is null', () => ({ nonce: null })],
  ])('%s: %s', async (description, _what, factsOf) => {
    const key = await newProofKey()
    await expect(readDpopProof(await proofOf(key, factsOf(key)))).rejects.toThrow(
      `invalid_dpop_proof: ${description}`,
    )
  })

  it('where another key has signed it', async () => {
    const [key, other] = await Promise.all([newProofKey(), newProofKey()])
    const proof = await proofOf(key, { header: { jwk: other.jwk } })
    await expect(readDpopProof(proof)).rejects.toThrow('the signature of the DPoP proof is invalid')
  })

  it('where it is longer than 8,192 characters, or no JWT', async () => {
    const key = await newProofKey()
    const long = await proofOf(key, { other: 'a'.repeat(8_192) })
    for (const text of [long, '', 'a.b', 'a.b.c.d']) {
      await expect(readDpopProof(text)).rejects.toThrow('the DPoP header is not one compact JWT')
    }
    await expect(readDpopProof('a.b.c')).rejects.toThrow('the DPoP proof is not a JWT')
  })
})
