import { importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { signJwt } from '../../src/crypto/jwt.ts'
import { makeKeyPair, unwrapPrivateKey, useOf } from '../../src/crypto/signing-key.ts'

const keys = new KeyRing([{ id: 'one', bytes: new Uint8Array(32).fill(1) }])
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']

describe('RFC 7517 and 7638: keys of our own', () => {
  it.each(['ES256', 'RS256', 'ECDH-ES+A256KW', 'RSA-OAEP-256'] as const)(
    '%s: the public half names itself, its use and its algorithm, and holds nothing private',
    async (alg) => {
      const { kid, publicJwk } = await makeKeyPair(keys, alg)
      expect(publicJwk).toMatchObject({ kid, use: useOf(alg), alg })
      expect(Object.keys(publicJwk).filter((name) => privateMembers.includes(name))).toEqual([])
    },
  )

  it('the name is the thumbprint: RFC 7638 3.1', async () => {
    const { kid, publicJwk } = await makeKeyPair(keys, 'ES256')
    const { crv, kty, x, y } = publicJwk
    const text = new TextEncoder().encode(JSON.stringify({ crv, kty, x, y }))
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text))
    const expected = btoa(String.fromCharCode(...digest))
    expect(kid).toBe(expected.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''))
  })

  it('the private half is wrapped: without the master key nothing of it can be read', async () => {
    const { kid, wrappedPrivateKey } = await makeKeyPair(keys, 'ES256')
    const others = new KeyRing([{ id: 'one', bytes: new Uint8Array(32).fill(2) }])
    expect(wrappedPrivateKey).toMatch(/^one\.[\w-]+$/)
    await expect(unwrapPrivateKey(others, wrappedPrivateKey, kid, 'ES256')).rejects.toThrow()
  })

  it('a wrapped key cannot stand under the name of another', async () => {
    const [one, other] = [await makeKeyPair(keys, 'ES256'), await makeKeyPair(keys, 'ES256')]
    const swapped = unwrapPrivateKey(keys, one.wrappedPrivateKey, other.kid, 'ES256')
    await expect(swapped).rejects.toThrow()
  })

  it('a stranger verifies with the published half', async () => {
    const { kid, publicJwk, wrappedPrivateKey } = await makeKeyPair(keys, 'ES256')
    const privateKey = await unwrapPrivateKey(keys, wrappedPrivateKey, kid, 'ES256')
    const token = await signJwt({ kid, alg: 'ES256', privateKey }, 'at+jwt', { sub: 'dory' })
    const verified = await jwtVerify(token, await importJWK(publicJwk))
    expect(verified.payload).toEqual({ sub: 'dory' })
  })

  it('an unwrapped key cannot be taken out of the isolate', async () => {
    const { kid, wrappedPrivateKey } = await makeKeyPair(keys, 'ES256')
    const privateKey = await unwrapPrivateKey(keys, wrappedPrivateKey, kid, 'ES256')
    expect(privateKey.extractable).toBe(false)
  })
})
