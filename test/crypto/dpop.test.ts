import { afterEach, describe, expect, it, vi } from 'vitest'
import { readDpopProof } from '../../src/crypto/dpop.ts'
import { newProofKey, proofOf } from '../support/dpop.ts'

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
