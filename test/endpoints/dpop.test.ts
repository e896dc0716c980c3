// RFC 9449 at the token endpoint: what a proof must be, and what it binds.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { base64url, fromBase64url, utf8 } from '../../src/crypto/encoding.ts'
import {
  boundTokensOf,
  newProofKey,
  postProved,
  proofOf,
  type ProofFacts,
} from '../support/dpop.ts'
import { deployed } from '../support/deployment.ts'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { get, issuer, read } from '../support/http.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { introspect } from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()
const key = await newProofKey()
const other = await newProofKey()

const machine = { grant_type: 'client_credentials' }
const { username, password } = user
const person = { grant_type: 'password', username, password, scope: 'openid read' }

const refusal = async (answer: Response | Promise<Response>) => {
  const response = await answer
  const { error } = await response.json<{ error?: string }>()
  return {
    status: response.status,
    error,
    nonce: response.headers.get('DPoP-Nonce') !== null,
    cache: response.headers.get('Cache-Control'),
  }
}
const refused = (error = 'invalid_dpop_proof', status = 400) => ({
  status,
  error,
  nonce: true,
  cache: 'no-store',
})

const withProof = async (facts: ProofFacts = {}, of = key) =>
  postProved(client, await proofOf(of, facts), machine)

afterEach(() => {
  vi.useRealTimers()
})

describe('RFC 9449 5: a proof binds the tokens of a request', () => {
  it('DP4: the token type is DPoP and the access token names the key', async () => {
    const answer = await postProved(client, await proofOf(key), person)
    const { access_token } = await answer.clone().json<{ access_token: string }>()
    expect(await read(answer)).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        token_type: 'DPoP',
        expires_in: 600,
        refresh_token: expect.any(String),
        scope: 'openid read',
      },
    })
    expect(claimsOf(access_token).cnf).toEqual({ jkt: key.thumbprint })
  })

  it('GR8: introspection tells the key and the type', async () => {
    const { access_token } = await boundTokensOf(withProof())
    expect(await (await introspect(client, access_token)).json()).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: key.thumbprint },
    })
  })

  it('M026: a confidential client may refresh with another key; the token names that', async () => {
    const first = await boundTokensOf(postProved(client, await proofOf(key), person))
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const second = await boundTokensOf(postProved(client, await proofOf(other), form))
    expect(claimsOf(second.access_token).cnf).toEqual({ jkt: other.thumbprint })
  })

  it.each(['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const)('DP1: takes %s', async (alg) => {
    const its = await newProofKey(alg)
    const { access_token } = await boundTokensOf(withProof({}, its))
    expect(claimsOf(access_token).cnf).toEqual({ jkt: its.thumbprint })
  })

  it('discovery lists these algorithms', async () =>
    expect(await (await get('/.well-known/openid-configuration')).json()).toMatchObject({
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    }))
})

describe('RFC 9449 4.3: what is no proof', () => {
  it.each([
    ['two of them', async () => `${await proofOf(key)}, ${await proofOf(key)}`],
    ['nothing', async () => ''],
    ['garbage', async () => 'garbage'],
    ['40 KB', async () => proofOf(key, { padding: 'p'.repeat(30_000) })],
    ['50 levels', async () => proofOf(key, { deep: JSON.parse('['.repeat(50) + ']'.repeat(50)) })],
    ['an array as payload', async () => `${(await proofOf(key)).split('.')[0]}.W10.AAAA`],
  ])('M016, M020: %s: invalid_dpop_proof', async (_what, make) =>
    expect(await refusal(postProved(client, await make(), machine))).toEqual(refused()),
  )

  it.each([
    ['a number', 5],
    ['an array', [`${issuer}/oauth2/token`]],
    ['relative', '/oauth2/token'],
    ['another path', `${issuer}/oauth2/introspect`],
    ['a slash more', `${issuer}/oauth2/token/`],
    ['an encoded letter', `${issuer}/oauth2/%74oken`],
    ['a user', 'http://user@localhost:8787/oauth2/token'],
    ['absent', undefined],
  ])('M017: an htu that is %s: invalid_dpop_proof', async (_what, htu) =>
    expect(await refusal(withProof({ htu }))).toEqual(refused()),
  )

  it.each([
    ['no type', { header: { typ: undefined } }],
    ['another type', { header: { typ: 'JWT' } }],
    ['RS256', { header: { alg: 'RS256' } }],
    ['ES256K', { header: { alg: 'ES256K' } }],
    ['HS256', { header: { alg: 'HS256' } }],
    ['none', { header: { alg: 'none' } }],
    ['no alg', { header: { alg: undefined } }],
    ['ES384 over a P-256 key', { header: { alg: 'ES384' } }],
    ['PS256 over an EC key', { header: { alg: 'PS256' } }],
    ['a key that says ES384', { header: { jwk: { ...key.jwk, alg: 'ES384' } } }],
    ['a key for encryption', { header: { jwk: { ...key.jwk, use: 'enc' } } }],
    ['a private key', { header: { jwk: key.privateJwk } }],
    ['a symmetric key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['the key of somebody else', { header: { jwk: other.jwk } }],
    ['a point that is not on the curve', { header: { jwk: { ...key.jwk, y: 'A'.repeat(43) } } }],
    ['no key', { header: { jwk: undefined } }],
    ['a key as text', { header: { jwk: JSON.stringify(key.jwk) } }],
    ['a critical extension', { header: { crit: ['exp'] } }],
    ['an unencoded payload', { header: { b64: false } }],
    ['a key that is elsewhere', { header: { jku: 'https://evil.example/jwks' } }],
  ])('M019: %s: invalid_dpop_proof', async (_what, facts) =>
    expect(await refusal(withProof(facts))).toEqual(refused()),
  )

  it.each(['RS256', 'ES384', 'PS256 of 1024 bits'] as const)(
    'M019: a good signature of %s: invalid_dpop_proof',
    async (kind) =>
      expect(await refusal(withProof({}, await newProofKey(kind)))).toEqual(refused()),
  )

  it('M019: a key that is sent along to check its own HMAC, and no signature: invalid_dpop_proof', async () => {
    const secret = utf8('a secret that everybody can read')
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const mac = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
    const symmetric = {
      ...{ ...key, alg: 'HS256', jwk: { kty: 'oct', k: base64url(secret) } },
      sign: async (text: string) =>
        new Uint8Array(await crypto.subtle.sign('HMAC', mac, utf8(text))),
    }
    const unsigned = { ...key, alg: 'none', sign: async () => new Uint8Array() }
    expect({
      HS256: await refusal(withProof({}, symmetric)),
      none: await refusal(withProof({}, unsigned)),
    }).toEqual({ HS256: refused(), none: refused() })
  })

  it('M019: an RSA key of 1024 bits that zeros fill up to 2048: invalid_dpop_proof', async () => {
    const short = await newProofKey('PS256 of 1024 bits')
    const modulus = fromBase64url(short.jwk.n ?? '') ?? new Uint8Array()
    const n = base64url(new Uint8Array([...new Uint8Array(128), ...modulus]))
    const header = { jwk: { ...short.jwk, n } }
    expect(await refusal(withProof({ header }, short))).toEqual(refused())
  })

  it.each([
    ['htm of another method', { htm: 'GET' }],
    ['htm in lower case', { htm: 'post' }],
    ['no htm', { htm: undefined }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 5 }],
    ['no iat', { iat: undefined }],
    ['an iat that is text', { iat: '1' }],
    ['an ath that is a number', { ath: 5 }],
  ])('DP1: %s: invalid_dpop_proof', async (_what, facts) =>
    expect(await refusal(withProof(facts))).toEqual(refused()),
  )

  it('DP1: an iat 300 s ago and one 60 s ahead are good, a second further is not', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 * Math.floor(Date.now() / 1_000) })
    const now = Date.now() / 1_000
    const statuses: Record<string, number> = {}
    for (const offset of [-301, -300, 60, 61]) {
      statuses[String(offset)] = (await withProof({ iat: now + offset })).status
    }
    expect(statuses).toEqual({ '-301': 400, '-300': 200, '60': 200, '61': 400 })
  })

  it('DP1: a signature that is cut, and one with bits to spare: invalid_dpop_proof', async () => {
    const proof = await proofOf(key)
    const spare = proof.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[proof.at(-1) ?? '']
    expect({
      cut: await refusal(postProved(client, proof.slice(0, -4), machine)),
      spare: await refusal(postProved(client, spare, machine)),
    }).toEqual({ cut: refused(), spare: refused() })
  })
})

describe('DP2: htu is compared with our own address', () => {
  const server = new Server(deployed)
  const ask = async (htu: string) =>
    postProved(client, await proofOf(key, { htu }), machine, server.fetch)

  it.each([
    ['a query', 'https://id.example/oauth2/token?a=b'],
    ['a fragment', 'https://id.example/oauth2/token#f'],
    ['the host in upper case', 'HTTPS://ID.EXAMPLE/oauth2/token'],
    ['the port', 'https://id.example:443/oauth2/token'],
  ])('M017: with %s it is the same address', async (_what, htu) =>
    expect((await ask(htu)).status).toBe(200),
  )

  it.each([
    ['plain http', 'http://id.example/oauth2/token'],
    ['another host', 'https://evil.example/oauth2/token'],
    ['another port', 'https://id.example:8443/oauth2/token'],
    ['a host as user', 'https://id.example@evil.example/oauth2/token'],
  ])('M018: with %s it is another', async (_what, htu) =>
    expect(await refusal(ask(htu))).toEqual(refused()),
  )

  it('M018: a Host header of that name changes nothing', async () => {
    const proof = await proofOf(key, { htu: 'https://evil.example/oauth2/token' })
    const to = (request: Request) => {
      const headers = new Headers(request.headers)
      headers.set('Host', 'evil.example')
      headers.set('X-Forwarded-Host', 'evil.example')
      return server.fetch(new Request(request, { headers }))
    }
    expect(await refusal(postProved(client, proof, machine, to))).toEqual(refused())
  })
})
