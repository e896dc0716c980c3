// Client authentication by signature: RFC 7521 4.2, RFC 7523 3, RFC 10070, OpenID Connect Core 9.
import { base64url, exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { makeKey, ScriptedProvider, seconds, signToken } from '../federation/providers.ts'
import { backToNow, pass } from '../openid/flow.ts'
import {
  assertionOf,
  assertionType,
  postWith,
  registerKeyClient,
  type KeyClient,
  tokenWith,
} from '../support/assertions.ts'
import { newProofKey, proofOf } from '../support/dpop.ts'
import { always, noFault, Server } from '../support/faults.ts'
import { basic, issuer, post, read } from '../support/http.ts'
import { admin, patchClient, registerClient, registerPublicClient } from '../support/registry.ts'

const one = await registerKeyClient()
const other = await registerKeyClient()

afterEach(backToNow)
afterEach(() => void vi.useRealTimers())

const refusedWith = (description: string) => ({
  status: 401,
  body: { error: 'invalid_client', error_description: description },
})
const malformed = 'the client_assertion is not a JWT with an acceptable header (alg, typ)'
const unsigned = 'the client_assertion is not signed by a registered key of the client'
const wrongAudience = 'the client_assertion has an aud claim that is not the issuer alone'
const replayed = 'the client_assertion was used before: its jti claim is not new'

const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status

/** The text of a JWT with parts replaced. */
const encoded = (value: unknown): string => base64url.encode(JSON.stringify(value))

/** An assertion of this very header and payload, whose signature is good. */
async function signedAsItIs({ key }: KeyClient, header: object, payload: string): Promise<string> {
  const content = `${encoded({ alg: 'ES256', kid: key.kid, ...header })}.${base64url.encode(payload)}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(content)
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, bytes)
  return `${content}.${base64url.encode(new Uint8Array(signature))}`
}

describe('RFC 7523 3: what an assertion proves', () => {
  it.each(['ES256', 'EdDSA', 'PS256', 'RS256'])('the client, signed with %s', async (alg) => {
    const client = await registerKeyClient({}, alg)
    expect(await statusOf(tokenWith(await assertionOf(client)))).toBe(200)
  })

  it('CA5: Ed25519 is EdDSA under its newer name', async () => {
    const client = await registerKeyClient({}, 'EdDSA')
    const assertion = await assertionOf(client, {}, { alg: 'Ed25519' })
    expect(await statusOf(tokenWith(assertion))).toBe(200)
  })

  it('M001: aud is the issuer alone', async () => {
    const audiences = [
      `${issuer}/oauth2/token`,
      `${issuer}/oauth2/par`,
      [issuer, `${issuer}/oauth2/token`],
      [],
      'https://other.example',
    ]
    for (const aud of audiences) {
      expect(await read(await tokenWith(await assertionOf(one, { aud })))).toEqual(
        refusedWith(wrongAudience),
      )
    }
    expect(await statusOf(tokenWith(await assertionOf(one, { aud: [issuer] })))).toBe(200)
  })

  it('M001: with assertion_audience, aud may be the token endpoint and nothing more', async () => {
    const old = await registerKeyClient({ assertion_audience: 'token_endpoint' })
    const token = `${issuer}/oauth2/token`
    const outcomes = []
    for (const aud of [token, issuer, `${issuer}/oauth2/par`, [issuer, token]]) {
      outcomes.push({ aud, status: await statusOf(tokenWith(await assertionOf(old, { aud }))) })
    }
    expect(outcomes).toEqual([
      { aud: token, status: 200 },
      { aud: issuer, status: 200 },
      { aud: `${issuer}/oauth2/par`, status: 401 },
      { aud: [issuer, token], status: 401 },
    ])
  })

  it('M002: a client_id beside it is that of the assertion', async () => {
    const assertion = await assertionOf(one)
    const answer = await tokenWith(assertion, { client_id: other.client.client_id })
    expect(await read(answer)).toEqual(
      refusedWith('the client_id is not the sub claim of the client_assertion'),
    )
    // Nothing was spent.
    expect(await statusOf(tokenWith(assertion, { client_id: one.client.client_id }))).toBe(200)
  })

  it.each([
    ['a Basic header', {}, basic('a', 'b')],
    ['a secret in the form', { client_secret: 'a secret' }, {}],
  ])('M003: %s beside it is a second method: 400', async (_what, form, headers) => {
    const sent = {
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: await assertionOf(one),
      ...form,
    }
    const { status, body } = await read(await post('/oauth2/token', sent, headers))
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: 'more than one client credential was sent',
      },
    })
  })

  it('M003: two assertions are 400', async () => {
    const sent = {
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: [await assertionOf(one), await assertionOf(one)],
    }
    expect(await read(await post('/oauth2/token', sent))).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: expect.any(String) },
    })
  })

  it('M004: it suffices without a client_id', async () => {
    expect(await statusOf(tokenWith(await assertionOf(one)))).toBe(200)
  })

  it('M005: nothing in it is believed before its signature', async () => {
    const [header, payload] = (await assertionOf(one)).split('.')
    const random = base64url.encode(crypto.getRandomValues(new Uint8Array(64)))
    expect({
      random: await read(await tokenWith(`${header}.${payload}.${random}`)),
      empty: await read(await tokenWith(`${header}.${payload}.`)),
    }).toEqual({
      random: refusedWith(unsigned),
      empty: refusedWith('the client_assertion has no sub claim'),
    })
  })

  it('M006: only an algorithm of the list, by its exact name, over a key that fits', async () => {
    const { client, key } = one
    const claims = {
      iss: client.client_id,
      sub: client.client_id,
      aud: issuer,
      exp: seconds() + 60,
      jti: 'x',
    }
    const secret = new TextEncoder().encode(JSON.stringify(key.jwk))
    const [, payload, signature] = (await assertionOf(one)).split('.')
    const as = (alg: string) => `${encoded({ alg, kid: key.kid })}.${payload}.${signature}`
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: key.kid })
      .sign(secret)
    const rsa = await registerKeyClient({}, 'RS256')
    const wide = await registerKeyClient({}, 'ES384')
    const under = async (of: typeof one) => {
      const [, claimed, signed] = (await assertionOf(of)).split('.')
      return `${encoded({ alg: 'ES256', kid: of.key.kid })}.${claimed}.${signed}`
    }
    const outcomes = {
      es256: await read(await tokenWith(as('es256'))),
      NONE: await read(await tokenWith(as('NONE'))),
      none: await statusOf(tokenWith(new UnsecuredJWT(claims).encode())),
      HS256: await read(await tokenWith(hmac)),
      'ES256 over RSA': await read(await tokenWith(await under(rsa))),
      'ES256 over P-384': await read(await tokenWith(await under(wide))),
      ES384: await read(await tokenWith(await assertionOf(wide))),
    }
    expect(outcomes).toEqual({
      es256: refusedWith(malformed),
      NONE: refusedWith(malformed),
      none: 401,
      HS256: refusedWith(malformed),
      'ES256 over RSA': refusedWith(unsigned),
      'ES256 over P-384': refusedWith(unsigned),
      ES384: refusedWith(malformed),
    })
  })

  it('CA5: token_endpoint_auth_signing_alg is the only one', async () => {
    const pinned = await registerKeyClient({ token_endpoint_auth_signing_alg: 'PS256' })
    expect(await read(await tokenWith(await assertionOf(pinned)))).toEqual(refusedWith(malformed))
  })

  it('CA6: typ is JWT, client-authentication+jwt or absent, and never of another kind', async () => {
    const outcomes: Record<string, number> = {}
    const types = ['JWT', 'jwt', 'application/jwt', 'client-authentication+jwt', 'at+jwt']
    for (const typ of [...types, 'dpop+jwt', 'oauth-id-jag+jwt', 'logout+jwt']) {
      outcomes[typ] = await statusOf(tokenWith(await assertionOf(one, {}, { typ })))
    }
    expect(outcomes).toEqual({
      JWT: 200,
      jwt: 200,
      'application/jwt': 200,
      'client-authentication+jwt': 200,
      'at+jwt': 401,
      'dpop+jwt': 401,
      'oauth-id-jag+jwt': 401,
      'logout+jwt': 401,
    })
  })

  it.each([
    ['iss', { iss: 'another' }, 'has an iss claim that is not the client_id'],
    ['no iss', { iss: undefined }, 'has a missing or malformed claim: iss'],
    ['no jti', { jti: undefined }, 'has no jti claim'],
    ['an empty jti', { jti: '' }, 'has a missing or malformed claim: jti'],
    ['no aud', { aud: undefined }, 'has a missing or malformed claim: aud'],
    ['no exp', { exp: undefined }, 'has a missing or malformed claim: exp'],
    ['nbf in two minutes', { nbf: seconds() + 120 }, 'is not valid yet: see its nbf claim'],
  ])('CA3: refuses %s and says so', async (_what, claims, fault) => {
    expect(await read(await tokenWith(await assertionOf(one, claims)))).toEqual(
      refusedWith(`the client_assertion ${fault}`),
    )
  })

  it.each([
    ['exp as text', { exp: `${seconds() + 60}` }],
    ['exp beyond numbers', { exp: null }],
    ['negative exp', { exp: -1 }],
    ['exp ten years ahead', { exp: seconds() + 315_360_000 }],
    ['exp 70 minutes ahead', { exp: seconds() + 4_200 }],
    ['iat 70 s ahead', { iat: seconds() + 70 }],
  ])('M010: refuses %s', async (_what, claims) => {
    const { client_id } = one.client
    const usual = {
      iss: client_id,
      sub: client_id,
      aud: issuer,
      exp: seconds() + 60,
      jti: crypto.randomUUID(),
    }
    const text = JSON.stringify({ ...usual, ...claims }).replace('"exp":null', '"exp":1e400')
    const assertion = await signedAsItIs(one, {}, text)
    expect(await read(await tokenWith(assertion))).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
  })

  it('M010: takes an iat that is 8 s ahead, and an hour from a clock that is half a minute ahead', async () => {
    const [early, long] = [{ iat: seconds() + 8 }, { exp: seconds() + 3_630 }]
    expect({
      early: await statusOf(tokenWith(await assertionOf(one, early))),
      long: await statusOf(tokenWith(await assertionOf(one, long))),
    }).toEqual({ early: 200, long: 200 })
  })

  it('M010: an iat 60 s ahead is taken, one of a second more is not', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 * seconds() })
    const [at, beyond] = [{ iat: seconds() + 60 }, { iat: seconds() + 61 }]
    expect({
      at: await statusOf(tokenWith(await assertionOf(one, at))),
      beyond: await read(await tokenWith(await assertionOf(one, beyond))),
    }).toEqual({
      at: 200,
      beyond: refusedWith('the client_assertion has an iat claim in the future'),
    })
  })

  it('M015: only a compact JWS without extensions', async () => {
    const { key } = one
    const [header, payload, signature] = (await assertionOf(one)).split('.')
    const json = JSON.stringify({ payload, signatures: [{ protected: header, signature }] })
    const extended = async (more: object) => statusOf(tokenWith(await assertionOf(one, {}, more)))
    const claims = new TextDecoder().decode(base64url.decode(payload ?? ''))
    const signed = async (more: object) =>
      statusOf(tokenWith(await signedAsItIs(one, more, claims)))
    expect({
      json: await statusOf(tokenWith(json)),
      jwe: await statusOf(tokenWith(`${header}.${payload}.${signature}.${payload}.${signature}`)),
      b64: await signed({ b64: false }),
      critB64: await signed({ b64: true, crit: ['b64'] }),
      jwk: await extended({ jwk: key.jwk }),
      jku: await extended({ jku: 'https://keys.example/' }),
      x5u: await extended({ x5u: 'https://keys.example/' }),
      x5c: await extended({ x5c: [] }),
      crit: await signed({ crit: ['exp'] }),
      // The same claims, signed in the same way: nothing of the others was spent.
      none: await signed({}),
    }).toEqual({
      ...{ json: 401, jwe: 401, b64: 401, critB64: 401, jwk: 401, jku: 401, x5u: 401, x5c: 401 },
      ...{ crit: 401, none: 200 },
    })
  })
})

describe('RFC 7521 4.2: no way past an assertion', () => {
  it.each([
    [
      'another type',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    ],
    ['no type', { client_assertion_type: undefined }],
    ['no assertion', { client_assertion: undefined }],
    ['an empty assertion', { client_assertion: '' }],
    ['text', { client_assertion: 'text' }],
  ])('CA1: %s is 401, whoever asks', async (_what, change) => {
    const { client_id } = await registerPublicClient()
    const sent = {
      client_id,
      client_assertion_type: assertionType,
      client_assertion: await assertionOf(one),
      grant_type: 'password',
      ...change,
    }
    const { status, body } = await read(await post('/oauth2/token', sent))
    expect({ status, body }).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('CA9: a public client with keys that sends a bad assertion is not taken for a public one', async () => {
    const key = await makeKey()
    const jwks = { keys: [key.jwk] }
    const client = await registerPublicClient({ jwks })
    const { client_id } = client
    const assertion = await assertionOf({ client, key })
    expect(
      await statusOf(postWith(assertion, '/oauth2/token', { client_id, grant_type: 'password' })),
    ).toBe(401)
  })

  it('CA8: a secret, Basic or a bare client_id do not do for a client with a key', async () => {
    const { client_id } = one.client
    const form = { grant_type: 'client_credentials' }
    const secret = { client_id, client_secret: 'a secret' }
    expect({
      nameAlone: await statusOf(post('/oauth2/token', { ...form, client_id })),
      inForm: await statusOf(post('/oauth2/token', { ...form, ...secret })),
      inHeader: await statusOf(post('/oauth2/token', form, basic(client_id, 'a secret'))),
      empty: await statusOf(post('/oauth2/token', form, basic(client_id, ''))),
    }).toEqual({ nameAlone: 401, inForm: 401, inHeader: 401, empty: 401 })
  })

  it('a client with a secret cannot use an assertion, even with keys', async () => {
    const key = await makeKey()
    const client = await registerClient({ jwks: { keys: [key.jwk] } })
    expect(await statusOf(tokenWith(await assertionOf({ client, key })))).toBe(401)
  })

  it('an unknown client is refused', async () => {
    const client = { client_id: crypto.randomUUID() }
    expect(await statusOf(tokenWith(await assertionOf({ client, key: one.key })))).toBe(401)
  })

  it('a disabled client is refused', async () => {
    const gone = await registerKeyClient()
    await patchClient(gone.client, { disabled: true })
    expect(await statusOf(tokenWith(await assertionOf(gone)))).toBe(401)
  })

  it('a key that was registered a moment ago is known where the client was read before', async () => {
    const { fetch } = new Server()
    const moved = await registerKeyClient()
    expect(await statusOf(tokenWith(await assertionOf(moved), {}, fetch))).toBe(200)
    const key = await makeKey()
    await patchClient(moved.client, { jwks: { keys: [key.jwk] } })
    const { client } = moved
    expect(await statusOf(tokenWith(await assertionOf({ client, key }), {}, fetch))).toBe(200)
  })
})

describe('RFC 7523 3: jti, once in all', () => {
  it('M007: an assertion counts once across the endpoints', async () => {
    const assertion = await assertionOf(one)
    const tokens = await read(await tokenWith(assertion))
    const form = { token: 'none', grant_type: 'client_credentials' }
    const replays = {
      token: await read(await postWith(assertion, '/oauth2/token', form)),
      introspect: await read(await postWith(assertion, '/oauth2/introspect', form)),
      revoke: await read(await postWith(assertion, '/oauth2/revoke', form)),
    }
    expect(tokens.status).toBe(200)
    expect(replays).toEqual({
      token: refusedWith(replayed),
      introspect: refusedWith(replayed),
      revoke: refusedWith(replayed),
    })
  })

  it.each(['/oauth2/introspect', '/oauth2/revoke'])('M007: %s spends it', async (path) => {
    const assertion = await assertionOf(one)
    expect({
      first: await statusOf(postWith(assertion, path, { token: 'none' })),
      second: await read(await postWith(assertion, path, { token: 'none' })),
      token: await read(await tokenWith(assertion)),
    }).toEqual({ first: 200, second: refusedWith(replayed), token: refusedWith(replayed) })
  })

  it('M007: a replayed assertion revokes nothing', async () => {
    const assertion = await assertionOf(one)
    const answer = await tokenWith(assertion)
    const { access_token: token } = await answer.json<{ access_token: string }>()
    await postWith(assertion, '/oauth2/revoke', { token })
    const introspection = await postWith(await assertionOf(one), '/oauth2/introspect', { token })
    expect(await introspection.json()).toMatchObject({ active: true })
  })

  it('GR4: a refused request has spent its assertion', async () => {
    const { fetch, settled } = serverOfOwn()
    const assertion = await assertionOf(one)
    const refused = await tokenWith(assertion, { scope: 'unknown' }, fetch)
    await settled()
    expect({
      refused: refused.status,
      again: await read(await tokenWith(assertion, {}, fetch)),
    }).toEqual({
      refused: 400,
      again: refusedWith(replayed),
    })
  })

  it('M008: two clients may use one jti', async () => {
    const jti = crypto.randomUUID()
    expect({
      one: await statusOf(tokenWith(await assertionOf(one, { jti }))),
      other: await statusOf(tokenWith(await assertionOf(other, { jti }))),
      again: await statusOf(tokenWith(await assertionOf(one, { jti }))),
    }).toEqual({ one: 200, other: 200, again: 401 })
  })

  it.each(['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke'])(
    'of 50 requests with one assertion at %s one wins',
    async (path) => {
      const assertion = await assertionOf(one)
      const form = { grant_type: 'client_credentials', token: 'none' }
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => postWith(assertion, path, form)),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(49)
    },
  )
})

describe('a fault of storage', () => {
  it('after the assertion was spent is not noticed, and before it costs nothing', async () => {
    const server = new Server()
    await tokenWith(await assertionOf(one), {}, server.fetch)
    const [late, early] = [await assertionOf(one), await assertionOf(one)]
    server.plan(always('fails after the commit', 'DB', 'batch'))
    const afterwards = await tokenWith(late, {}, server.fetch)
    server.plan(always('fails', 'DB', 'batch'))
    const before = await tokenWith(early, {}, server.fetch)
    server.plan(noFault)
    const again = await tokenWith(early, {}, server.fetch)
    expect({
      afterwards: afterwards.status,
      before: before.status,
      retryAfter: before.headers.get('Retry-After'),
      again: again.status,
    }).toEqual({ afterwards: 200, before: 503, retryAfter: '2', again: 200 })
  })
})

describe('RFC 9449 8: an assertion beside a proof of possession', () => {
  it('M009: a request for a nonce does not spend the assertion; its success does', async () => {
    const careful = await registerKeyClient({ dpop_nonce: 'required' })
    const { fetch, settled } = serverOfOwn()
    const key = await newProofKey()
    const sent = {
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: await assertionOf(careful),
    }
    const ask = async (nonce?: string) => {
      const answer = await post(
        '/oauth2/token',
        sent,
        { DPoP: await proofOf(key, { nonce }) },
        fetch,
      )
      await settled()
      const { error } = await answer.json<{ error?: string }>()
      return { status: answer.status, error, nonce: answer.headers.get('DPoP-Nonce') ?? '' }
    }
    const first = await ask()
    const second = await ask(first.nonce)
    const third = await ask(second.nonce)
    expect([first, second, third].map(({ status, error }) => ({ status, error }))).toEqual([
      { status: 400, error: 'use_dpop_nonce' },
      { status: 200, error: undefined },
      { status: 401, error: 'invalid_client' },
    ])
  })

  it('GR4: a bad proof spends the assertion', async () => {
    const { fetch, settled } = serverOfOwn()
    const assertion = await assertionOf(one)
    const sent = {
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: assertion,
    }
    const bad = await post('/oauth2/token', sent, { DPoP: 'no proof' }, fetch)
    await settled()
    expect({ bad: bad.status, again: await read(await tokenWith(assertion, {}, fetch)) }).toEqual({
      bad: 400,
      again: refusedWith(replayed),
    })
  })
})

/** A server whose background work can be waited for. */
function serverOfOwn() {
  const server = new Server()
  return { fetch: server.fetch, settled: () => server.settled() }
}

describe('jwks_uri: the keys where the client publishes them', () => {
  const published = async (keys: readonly object[]) => {
    const host = new ScriptedProvider()
    await host.answer('/keys', { body: { keys } })
    return host
  }
  const registerAt = async (host: ScriptedProvider) => {
    const key = await makeKey()
    const { client } = await registerKeyClient({ jwks: undefined, jwks_uri: host.url('/keys') })
    return { client, key }
  }
  const fetches = async (host: ScriptedProvider) => (await host.requests('/keys')).length

  it('are fetched and kept', async () => {
    const host = await published([])
    const own = await registerAt(host)
    await host.answer('/keys', { body: { keys: [own.key.jwk] } })
    expect(await statusOf(tokenWith(await assertionOf(own)))).toBe(200)
    expect(await statusOf(tokenWith(await assertionOf(own)))).toBe(200)
    expect(await fetches(host)).toBe(1)
  })

  it('are read once more for a kid that is new', async () => {
    const host = await published([])
    const own = await registerAt(host)
    await host.answer('/keys', { body: { keys: [own.key.jwk] } })
    expect(await statusOf(tokenWith(await assertionOf(own)))).toBe(200)
    const key = await makeKey()
    await host.answer('/keys', { body: { keys: [key.jwk] } })
    pass(1)
    expect(await statusOf(tokenWith(await assertionOf({ ...own, key })))).toBe(200)
  })

  it.each([
    ['answers 500', { status: 500, body: {} }],
    ['answers HTML', { body: '<html>', headers: { 'Content-Type': 'text/html' } }],
    ['hangs', { delay: 10_000, body: {} }],
    ['is no key set', { body: { keys: 'none' } }],
    ['hangs up', { drops: true }],
  ])('M011: an address that %s is 503, and works again at once', async (_what, script) => {
    const host = await published([])
    const own = await registerAt(host)
    await host.answer('/keys', script)
    const assertion = await assertionOf(own)
    const failed = await tokenWith(assertion)
    expect({
      ...(await read(failed)),
      retryAfter: failed.headers.get('Retry-After'),
    }).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' }, retryAfter: '2' })
    await host.answer('/keys', { body: { keys: [own.key.jwk] } })
    expect(await statusOf(tokenWith(assertion))).toBe(200)
  })

  it('house.md R1: a flood of assertions is no flood of requests to an address that fails', async () => {
    const host = await published([])
    const own = await registerAt(host)
    await host.answer('/keys', { status: 500, body: {} })
    const statuses = new Set<number>()
    for (let round = 0; round < 40; round++) {
      statuses.add(await statusOf(tokenWith(await assertionOf(own))))
    }
    const during = await fetches(host)
    await host.answer('/keys', { body: { keys: [own.key.jwk] } })
    pass(60)
    const after = await statusOf(tokenWith(await assertionOf(own)))
    expect({ statuses: [...statuses], during, after }).toEqual({
      statuses: [503],
      during: 30,
      after: 200,
    })
  })

  it('M011: so is a new key while the address fails', async () => {
    const host = await published([])
    const own = await registerAt(host)
    await host.answer('/keys', { body: { keys: [own.key.jwk] } })
    expect(await statusOf(tokenWith(await assertionOf(own)))).toBe(200)
    const key = await makeKey()
    await host.answer('/keys', { status: 500, body: {} })
    pass(1)
    const assertion = await assertionOf({ ...own, key })
    expect(await statusOf(tokenWith(assertion))).toBe(503)
    await host.answer('/keys', { body: { keys: [key.jwk] } })
    pass(2)
    expect(await statusOf(tokenWith(assertion))).toBe(200)
  })

  it('M012: a thousand unknown kids in a minute cost three requests', async () => {
    const host = await published([(await makeKey()).jwk])
    const { fetch } = new Server()
    const own = await registerAt(host)
    for (let second = 0; second < 60; second += 6) {
      pass(second)
      const assertion = await assertionOf(own)
      const [header, ...rest] = assertion.split('.')
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => {
          const unknown = encoded({ alg: 'ES256', kid: crypto.randomUUID() })
          return tokenWith([unknown, ...rest].join('.'), {}, fetch)
        }),
      )
      expect(header).toBeDefined()
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
      backToNow()
    }
    expect(await fetches(host)).toBeLessThanOrEqual(3)
  })

  it('M014: of two keys with one kid the one that fits the algorithm is used', async () => {
    const [rsa, curve] = [await makeKey('RS256', 'twin'), await makeKey('ES256', 'twin')]
    const bare = ({ jwk: { alg: _alg, ...rest } }: typeof rsa) => rest
    const host = await published([bare(rsa), bare(curve)])
    const own = await registerAt(host)
    expect({
      RS256: await statusOf(tokenWith(await assertionOf({ ...own, key: rsa }))),
      ES256: await statusOf(tokenWith(await assertionOf({ ...own, key: curve }))),
    }).toEqual({ RS256: 200, ES256: 200 })
  })

  it('GR6: a key whose private half is published proves nothing; its neighbours do', async () => {
    const [leaked, sound] = [await makeKey(), await makeKey()]
    const { d } = await exportJWK(leaked.privateKey)
    const secret = { kty: 'oct', k: 'AAAA', kid: 'secret' }
    const host = await published([secret, { ...leaked.jwk, d }, sound.jwk])
    const own = await registerAt(host)
    expect({
      leaked: await statusOf(tokenWith(await assertionOf({ ...own, key: leaked }))),
      sound: await statusOf(tokenWith(await assertionOf({ ...own, key: sound }))),
    }).toEqual({ leaked: 401, sound: 200 })
  })
})

describe('M013: keys are judged when they are registered', () => {
  const faultOf = async (metadata: object) => {
    const answer = await admin('POST', '/clients', {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      ...metadata,
    })
    const { errors = [] } = await answer.json<{ errors?: { field: string; detail: string }[] }>()
    return { status: answer.status, errors }
  }
  const refusal = (field: string, detail: string) => ({ status: 400, errors: [{ field, detail }] })

  it('no private half, no shared secret, nothing short or unknown', async () => {
    const { jwk, privateKey } = await makeKey()
    const pair = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: Uint8Array.of(1, 0, 1),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    )
    const short = await exportJWK('publicKey' in pair ? pair.publicKey : pair)
    const rsa = { kty: 'RSA', n: base64url.encode(new Uint8Array(256).fill(255)) }
    const with_ = (key: object) => faultOf({ jwks: { keys: [key] } })
    expect({
      private: await with_({ ...jwk, ...(await exportJWK(privateKey)) }),
      oct: await with_({ kty: 'oct', x: 'AAAA' }),
      short: await with_(short),
      slow: await with_({ ...rsa, e: base64url.encode(new Uint8Array(5).fill(1)) }),
      secp256k1: await with_({ ...jwk, crv: 'secp256k1' }),
      mismatch: await with_({ ...jwk, crv: 'P-384' }),
      cut: await with_({ ...jwk, y: undefined }),
    }).toEqual({
      private: refusal('jwks.keys.0', 'must be a public key'),
      oct: refusal('jwks.keys.0', 'must be of type RSA, EC or OKP'),
      short: refusal('jwks.keys.0', 'must have 2048 to 8192 bits'),
      slow: refusal('jwks.keys.0', 'must have an exponent of 32 bits at most'),
      secp256k1: refusal('jwks.keys.0', 'must be on the curve P-256, P-384, P-521 or Ed25519'),
      mismatch: refusal('jwks.keys.0', 'must have the coordinates of a point on its curve'),
      cut: refusal('jwks.keys.0', 'must have the coordinates of a point on its curve'),
    })
  })

  it('not 201 of them, not none, and not in two places', async () => {
    const { jwk } = await makeKey()
    const of = (count: number) => ({ keys: Array.from({ length: count }, () => jwk) })
    const jwks_uri = 'https://client.example/keys'
    expect({
      201: (await faultOf({ jwks: of(201) })).status,
      21: (await faultOf({ jwks: of(21) })).status,
      20: (await faultOf({ jwks: of(20) })).status,
      both: await faultOf({ jwks: of(1), jwks_uri }),
      neither: await faultOf({}),
    }).toEqual({
      201: 400,
      21: 400,
      20: 201,
      both: refusal('jwks_uri', 'must not be registered beside jwks'),
      neither: refusal('jwks', 'or jwks_uri is required for private_key_jwt'),
    })
  })

  it('jwks_uri is an address that the server would fetch', async () => {
    const at = (jwks_uri: string) => faultOf({ jwks_uri })
    expect({
      http: await at('http://client.example/keys'),
      private: await at('https://10.0.0.1/keys'),
      own: await at(`${issuer}/.well-known/jwks.json`),
      loopback: (await at('http://localhost:4444/keys')).status,
      https: (await at('https://client.example:8443/keys')).status,
    }).toEqual({
      http: refusal('jwks_uri', 'must be https'),
      private: refusal('jwks_uri', 'has an address that is not public'),
      own: refusal('jwks_uri', 'must not be an address of this server'),
      loopback: 201,
      https: 201,
    })
  })

  it('a client with a key has no secret, and gets none', async () => {
    const { client } = await registerKeyClient()
    const rotated = await admin('POST', `/clients/${client.client_id}/secret`)
    expect({ secret: client.client_secret, rotated: rotated.status }).toEqual({
      secret: undefined,
      rotated: 400,
    })
  })

  it('a client that moves to a key loses its secret', async () => {
    const client = await registerClient()
    const key = await makeKey()
    await patchClient(client, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key.jwk] },
    })
    const header = basic(client.client_id, client.client_secret ?? '')
    expect({
      secret: await statusOf(post('/oauth2/token', { grant_type: 'client_credentials' }, header)),
      key: await statusOf(tokenWith(await assertionOf({ client, key }))),
    }).toEqual({ secret: 401, key: 200 })
  })
})

it('an assertion signed by another client is not its own', async () => {
  const { client_id } = one.client
  const claims = { iss: client_id, sub: client_id, aud: issuer, exp: seconds() + 60, jti: 'j' }
  expect(await read(await tokenWith(await signToken(other.key, claims)))).toEqual(
    refusedWith(unsigned),
  )
})
