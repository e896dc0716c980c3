import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { get, issuer, postern, readAll } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { clientCredentials, tokensOf } from '../support/tokens.ts'

type Metadata = Record<string, unknown> & { jwks_uri: string; token_endpoint: string }

const metadataOf = async (origin = issuer): Promise<Metadata> =>
  (await postern(new Request(`${origin}/.well-known/openid-configuration`))).json<Metadata>()
const keySet = async () => (await get('/.well-known/jwks.json')).json<JSONWebKeySet>()

const paths = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/.well-known/jwks.json',
]

describe('RFC 8414 3, OpenID Connect Discovery 4: server metadata', () => {
  it('is the same document at both addresses', async () => {
    const [openid = '', oauth = ''] = paths
    expect(await readAll(await get(openid))).toEqual(await readAll(await get(oauth)))
  })

  it('names the issuer exactly as it was asked for, without a trailing slash', async () => {
    const origins = [issuer, 'http://127.0.0.1:8787', 'http://[::1]:9000']
    const named = await Promise.all(
      origins.map(async (origin) => (await metadataOf(origin)).issuer),
    )
    expect(named).toEqual(origins)
  })

  it('lists no endpoint that is not there', async () => {
    const metadata = await metadataOf()
    const names = Object.keys(metadata).filter((name) => /_(endpoint|uri)$/.test(name))
    const answers = await Promise.all(
      names.map((name) => postern(new Request(String(metadata[name]), { method: 'OPTIONS' }))),
    )
    const absent = names.filter((_name, index) => answers[index]?.status === 404)
    expect(names.length).toBeGreaterThan(4)
    expect(absent).toEqual([])
  })

  it('lists RS256 and ES256 for ID tokens (OIDC Core 15.1)', async () =>
    expect((await metadataOf()).id_token_signing_alg_values_supported).toEqual(['ES256', 'RS256']))

  it('lists the response modes that are answered in', async () => {
    const { response_modes_supported } = await metadataOf()
    expect(response_modes_supported).toEqual([
      'query',
      'fragment',
      'form_post',
      'jwt',
      'query.jwt',
      'form_post.jwt',
    ])
  })

  it('lists each authentication method that a client can be registered for, and no other', async () => {
    const { token_endpoint_auth_methods_supported: listed } = await metadataOf()
    const named = [
      ...['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      ...['client_secret_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
    ]
    const jwks_uri = 'https://client.example/keys'
    const answers = await Promise.all(
      named.map((token_endpoint_auth_method) =>
        admin('POST', '/clients', {
          token_endpoint_auth_method,
          grant_types: ['refresh_token'],
          jwks_uri,
        }),
      ),
    )
    expect(named.filter((_name, index) => answers[index]?.status === 201)).toEqual(listed)
  })

  it('lists what client assertions may be signed with, at each endpoint that takes them', async () => {
    const algorithms = ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256']
    expect(await metadataOf()).toMatchObject({
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    })
  })

  it('lists each grant type that a client can be registered for', async () => {
    const { grant_types_supported } = await metadataOf()
    expect(grant_types_supported).toEqual(
      expect.arrayContaining(['password', 'refresh_token', 'client_credentials']),
    )
  })
})

describe('documents for anyone', () => {
  it.each(paths)('%s may be kept for a while and read by any page', async (path) => {
    const answer = await get(path, { Origin: 'https://anyone.example' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toMatch(/^public, max-age=\d+$/)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(answer.headers.get('Set-Cookie')).toBeNull()
  })

  it.each(paths)('%s answers HEAD, and 405 to what would write', async (path) => {
    const ask = (method: string) => postern(new Request(issuer + path, { method }))
    expect((await ask('HEAD')).status).toBe(200)
    const refused = await ask('POST')
    expect({ status: refused.status, allow: refused.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'HEAD, GET, OPTIONS',
    })
  })
})

describe('RFC 7517 5: the JWK set', () => {
  it('has public members only, each key its name, use and algorithm, no name twice', async () => {
    const { keys } = await keySet()
    const told = keys.map(({ kty, crv, x, y, n, e, kid, use, alg, ...rest }) => ({
      rest,
      complete: [kty, kid, use, alg].every((member) => typeof member === 'string'),
      material: kty === 'RSA' ? [n, e].length : [crv, x, y].length,
    }))
    expect(told.filter(({ rest }) => Object.keys(rest).length > 0)).toEqual([])
    expect(told.filter(({ complete }) => !complete)).toEqual([])
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
  })

  it('names each key by its thumbprint (RFC 7638)', async () => {
    const { keys } = await keySet()
    const thumbprints = await Promise.all(keys.map((key) => calculateJwkThumbprint(key)))
    expect(keys.map(({ kid }) => kid)).toEqual(thumbprints)
  })

  it('lists one ES256 and one RS256 key before anything was ever signed', async () => {
    const { keys } = await keySet()
    const signing = keys.filter(({ use }) => use === 'sig').map(({ alg }) => alg)
    expect(signing.sort()).toEqual(['ES256', 'RS256'])
  })

  it('is the same from every isolate, however many make the first keys at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => get('/.well-known/jwks.json', {}, new Server().fetch)),
    )
    const sets = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(sets).size).toBe(1)
  })

  it('verifies an access token for a stranger who knows nothing but the issuer', async () => {
    const { access_token } = await tokensOf(clientCredentials(await registerClient()))
    const { jwks_uri } = await metadataOf()
    const keys = await (await postern(new Request(jwks_uri))).json<JSONWebKeySet>()
    const options = { issuer, audience: issuer, typ: 'at+jwt', algorithms: ['ES256'] }
    const { payload } = await jwtVerify(access_token, createLocalJWKSet(keys), options)
    expect(payload.scope).toBe('read write')
  })
})
