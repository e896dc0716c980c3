import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { basic, bearer, formRequest, get, issuer, post, postern, read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { clientCredentials, passwordGrant, tokensOf } from '../support/tokens.ts'

const client = await registerClient()
const nothing = {
  status: 404,
  body: { error: 'not_found', error_description: 'there is nothing at this address' },
}

describe('every answer', () => {
  it.each([
    '/.well-known/jwks.json',
    '/oauth2/token',
    '/oauth2/userinfo',
    '/admin/v1/users',
    '/nothing',
  ])('%s has a request id of its own', async (path) => {
    const ids = [await get(path), await get(path)].map(({ headers }) => headers.get('X-Request-Id'))
    expect(ids).toEqual([
      expect.stringMatching(/^[\w-]{36}$/),
      expect.stringMatching(/^[\w-]{36}$/),
    ])
    expect(ids[0]).not.toBe(ids[1])
  })

  it('has one that the client cannot choose', async () => {
    const answer = await get('/oauth2/userinfo', { 'X-Request-Id': 'forged' })
    expect(answer.headers.get('X-Request-Id')).not.toBe('forged')
  })

  it.each([
    ['a success', () => clientCredentials(client)],
    ['a refusal', () => clientCredentials(client, { scope: 'none' })],
    ['a wrong secret', () => post('/oauth2/token', {}, basic(client.client_id, 'wrong'))],
    ['a wrong method', () => get('/oauth2/token')],
    ['a missing token', () => get('/oauth2/userinfo')],
    ['a wrong token', () => get('/oauth2/userinfo', { Authorization: 'Bearer x' })],
    ['too large a body', () => post('/oauth2/token', 'a'.repeat(70_000))],
    ['the wrong media type', () => post('/oauth2/token', '', { 'Content-Type': 'text/plain' })],
  ])('where a secret may be is not kept: %s', async (_what, ask) => {
    const { headers } = await ask()
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
  })

  it('sets no cookie at the endpoints for clients', async () => {
    const answers = [await clientCredentials(client), await get('/.well-known/jwks.json')]
    expect(answers.map(({ headers }) => headers.get('Set-Cookie'))).toEqual([null, null])
  })
})

describe('RFC 9110: methods and paths', () => {
  it.each([
    '/',
    '//oauth2/token',
    '/oauth2//token',
    '/oauth2/token/',
    '/OAUTH2/token',
    '/oauth2/token%00',
    '/oauth2/token%2f',
    '/oauth2/token;x=1',
    '/oauth2/token.json',
    '/oauth2/%2e%2e/oauth2%2ftoken',
    '/__proto__',
    '/constructor',
    '/%ff',
    '/%',
  ])('%s is no other way to the token endpoint', async (path) => {
    const form = { grant_type: 'client_credentials' }
    const answer = await post(path, form, basic(client.client_id, client.client_secret ?? ''))
    expect([400, 404, 405]).toContain(answer.status)
  })

  it.each([
    '/oauth2/%74oken',
    '/oauth2/t%6Fken',
    '/oauth2/t%6fken?x=%6f',
    '/%6Fauth2/token',
    '/admin/v1/%75sers',
    `/admin/v1/clients/%${client.client_id.charCodeAt(0).toString(16)}${client.client_id.slice(1)}`,
    '/lo%67in',
    '/api/v1/lo%67in',
    '/api.p%68p',
  ])('nothing is at %s: no address has a second spelling', async (path) => {
    const { Authorization } = bearer(testSettings.ADMIN_TOKEN)
    const answers = [
      await get(path, { Authorization }),
      await post(path, { grant_type: 'client_credentials' }, { Authorization }),
    ]
    expect(await Promise.all(answers.map(read))).toEqual(answers.map(() => nothing))
  })

  it.each([...'-._~09AZaz'].map((character) => character.charCodeAt(0).toString(16)))(
    'nothing is where %%%s is written for an unreserved character',
    async (code) => expect((await get(`/admin/v1/clients/a%${code}`)).status).toBe(404),
  )

  it('what must be encoded is a part of the path as ever', async () => {
    const client_id = `a:b~${crypto.randomUUID()}`
    await registerClient({ client_id })
    const shown = await admin('GET', `/clients/${encodeURIComponent(client_id)}`)
    expect(await shown.json()).toMatchObject({ client_id })
  })

  it.each(['/oauth2/token', '/oauth2/userinfo', '/.well-known/jwks.json', '/nothing'])(
    'an invented method at %s is refused',
    async (path) => {
      const answer = await postern(new Request(issuer + path, { method: 'PROPFIND' }))
      expect([404, 405]).toContain(answer.status)
    },
  )

  it('nothing is at an unknown address, and it says so in JSON', async () =>
    expect(await read(await get('/nothing'))).toEqual(nothing))

  it('a URL of 16 kB and a header of 100 kB are no failure', async () => {
    const answers = [
      await get(`/oauth2/userinfo?${'a'.repeat(16_384)}`),
      await get('/oauth2/userinfo', { Authorization: `Bearer ${'a'.repeat(100_000)}` }),
      await get('/oauth2/userinfo', { Cookie: `a=${'b'.repeat(100_000)}` }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
  })
})

describe('RFC 9700 4.13: whose name the server answers to', () => {
  const issuerAt = async (url: string, headers: Record<string, string> = {}, to = postern) => {
    const answer = await to(new Request(`${url}/.well-known/openid-configuration`, { headers }))
    const { issuer: named } = Object(await answer.json())
    return { status: answer.status, issuer: named }
  }

  it.each([
    'http://evil.example',
    'http://localhost.evil.example:8787',
    'http://127.0.0.2:8787',
    'http://localhost.:8787',
    'http://0.0.0.0:8787',
    'http://[::ffff:127.0.0.1]:8787',
    'https://evil.example',
  ])('in development %s gets 503 and no issuer', async (origin) =>
    expect(await issuerAt(origin)).toEqual({ status: 503, issuer: undefined }),
  )

  it.each(['http', 'https'])(
    'in development over %s a token is ours under every loopback spelling of the same port',
    async (scheme) => {
      const at = (host: string, path: string, form: Record<string, string>) =>
        postern(new Request(`${scheme}://${host}:8787${path}`, formRequest(path, form, headers)))
      const headers = basic(client.client_id, client.client_secret ?? '')
      const form = { grant_type: 'client_credentials' }
      const { access_token: token } = await tokensOf(at('localhost', '/oauth2/token', form))
      const hosts = ['localhost', '127.0.0.1', '[::1]']
      const told = hosts.map(async (host) => at(host, '/oauth2/introspect', { token }))
      const bodies = await Promise.all(told.map(async (answer) => (await answer).json()))
      expect(bodies).toMatchObject(hosts.map(() => ({ active: true })))
    },
  )

  it('with DEVELOPMENT_ISSUER it is that issuer under its host and loopback, nothing else', async () => {
    const DEVELOPMENT_ISSUER = 'https://abc-8787.app.github.dev'
    const { fetch } = new Server({ DEVELOPMENT_ISSUER })
    const hosts = [
      'http://abc-8787.app.github.dev',
      'https://abc-8787.app.github.dev',
      'http://localhost:8787',
      'http://127.0.0.1:8787',
      'http://[::1]:8787',
      'http://app.github.dev',
      'http://x.abc-8787.app.github.dev',
      'http://evil.example',
    ]
    const told = await Promise.all(hosts.map((host) => issuerAt(host, {}, fetch)))
    const ours = { status: 200, issuer: DEVELOPMENT_ISSUER }
    const refused = { status: 503, issuer: undefined }
    expect(told).toEqual([ours, ours, ours, ours, ours, refused, refused, refused])
  })

  it('with DEVELOPMENT_ISSUER a token of a loopback issuer is none', async () => {
    const { fetch } = new Server({ DEVELOPMENT_ISSUER: 'https://abc.example' })
    const { access_token } = await tokensOf(clientCredentials(client))
    const headers = basic(client.client_id, client.client_secret ?? '')
    const request = formRequest('/oauth2/introspect', { token: access_token }, headers)
    expect(await (await fetch(request)).json()).toEqual({ active: false })
  })

  it('DEVELOPMENT=true that was forgotten in a deployment is not honoured under its ISSUER', async () => {
    const { fetch } = new Server({ ISSUER: 'https://id.example' })
    expect(await issuerAt('https://id.example', {}, fetch)).toEqual({
      status: 503,
      issuer: undefined,
    })
    expect(await issuerAt('http://localhost:8787', {}, fetch)).toEqual({
      status: 200,
      issuer: 'http://localhost:8787',
    })
  })

  it('headers that proxies set change nothing', async () => {
    const forwarded = {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil.example;proto=https',
      'X-Original-URL': '/nothing',
    }
    expect(await issuerAt(issuer, forwarded)).toEqual({ status: 200, issuer })
  })

  const production = new Server({
    DEVELOPMENT: undefined,
    INSECURE_LOOPBACK_PROVIDERS: undefined,
    ISSUER: 'https://id.example',
  })

  it('in production the issuer is the setting, at its own host', async () =>
    expect(await issuerAt('https://id.example', {}, production.fetch)).toEqual({
      status: 200,
      issuer: 'https://id.example',
    }))

  it.each([
    'https://evil.example',
    'https://id.example.',
    'https://id.example:8443',
    'https://id.example@evil.example',
    'https://www.id.example',
    'https://postern.account.workers.dev',
    'http://evil.example',
    'http://127.0.0.1:8787',
  ])('in production %s is another server: 421, and nothing is done', async (origin) => {
    const form = { grant_type: 'client_credentials' }
    const { client_id, client_secret = '' } = client
    const headers = basic(client_id, client_secret)
    const request = new Request(formRequest('/oauth2/token', form, headers))
    const sent = new Request(`${origin}/oauth2/token`, request)
    expect(await read(await production.fetch(sent))).toEqual({
      status: 421,
      body: {
        error: 'invalid_request',
        error_description: 'this server does not serve the requested host',
      },
    })
  })

  it.each([
    ['users', { username: `u-${crypto.randomUUID()}` }],
    ['clients', { grant_types: ['client_credentials'] }],
    [
      'providers',
      { label: 'Up', issuer: 'https://up.example', client_id: 'x', client_secret: 'y' },
    ],
  ])('in production what was made of %s is at an address of the issuer', async (path, body) => {
    const answer = await admin('POST', `/${path}`, body, production.fetch)
    const location = answer.headers.get('Location') ?? ''
    expect({ status: answer.status, origin: new URL(location).origin }).toEqual({
      status: 201,
      origin: 'https://id.example',
    })
    expect(location).toContain(`/admin/v1/${path}/`)
  })

  it('in development what was made is where it was asked for', async () => {
    const body = { grant_types: ['client_credentials'] }
    const answer = await admin('POST', '/clients', body)
    expect(answer.headers.get('Location')).toMatch(/^http:\/\/localhost:8787\/admin\/v1\/clients\//)
  })

  it('in production a token of another issuer is none, though signed with our key', async () => {
    const { access_token } = await tokensOf(clientCredentials(client))
    const headers = basic(client.client_id, client.client_secret ?? '')
    const request = formRequest('/oauth2/introspect', { token: access_token }, headers)
    expect(await (await production.fetch(request)).json()).toEqual({ active: false })
  })
})

describe('settings.ts: a worker with a fault answers 503 and does nothing', () => {
  it.each([
    ['no ADMIN_TOKEN', { ADMIN_TOKEN: undefined }],
    ['no MASTER_KEY', { MASTER_KEY: undefined }],
    ['a MASTER_KEY of 31 bytes', { MASTER_KEY: `a:${'A'.repeat(42)}` }],
    ['a MASTER_KEY in the other alphabet', { MASTER_KEY: `a:${'+'.repeat(43)}` }],
    ['a key id twice', { MASTER_KEY: `a:${'A'.repeat(43)},a:${'B'.repeat(42)}A` }],
    ['no ISSUER in production', { DEVELOPMENT: undefined, INSECURE_LOOPBACK_PROVIDERS: undefined }],
    ['development that is neither true nor false', { DEVELOPMENT: 'yes' }],
    ['an HSTS that is no policy', { HSTS: 'true' }],
    ['an unknown dialect', { DIALECTS: 'constructor' }],
    ['a lifetime in words', { ACCESS_TOKEN_LIFETIME: 'ten minutes' }],
    ['a lifetime of nothing', { ACCESS_TOKEN_LIFETIME: '0' }],
  ])('%s', async (_what, settings) => {
    const server = new Server(settings)
    const answer = await clientCredentials(client, {}, server.fetch)
    const named = answer.headers.has('X-Request-Id')
    expect({ ...(await read(answer)), calls: server.calls, named }).toEqual({
      status: 503,
      body: { error: 'server_error', error_description: 'the server is not configured' },
      calls: [],
      named: true,
    })
  })

  it.each([
    'http://id.example',
    'https://id.example/',
    'https://ID.example',
    'https://id.example:443',
    'https://id.example?x',
    'https://id.example#x',
    'https:/id.example',
    'https:///id.example',
    'https://a@id.example',
    'id.example',
    'javascript:alert(1)',
  ])('in production no issuer is %s', async (text) => {
    const development = { DEVELOPMENT: undefined, INSECURE_LOOPBACK_PROVIDERS: undefined }
    const server = new Server({ ...development, ISSUER: text })
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(503)
  })

  it('in production ADMIN_TOKEN has 32 characters at least', async () => {
    const development = { DEVELOPMENT: undefined, INSECURE_LOOPBACK_PROVIDERS: undefined }
    const short = { ...development, ISSUER: 'https://id.example', ADMIN_TOKEN: 'x'.repeat(31) }
    expect((await clientCredentials(client, {}, new Server(short).fetch)).status).toBe(503)
  })

  it('DEVELOPMENT_ISSUER is allowed in development only', async () => {
    const production = { DEVELOPMENT: undefined, INSECURE_LOOPBACK_PROVIDERS: undefined }
    const issuers = { ISSUER: 'https://id.example', DEVELOPMENT_ISSUER: 'https://id.example' }
    const server = new Server({ ...production, ...issuers })
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(503)
  })

  it('loopback providers are for development only', async () => {
    const server = new Server({ DEVELOPMENT: undefined, ISSUER: 'https://id.example' })
    expect(testSettings.INSECURE_LOOPBACK_PROVIDERS).toBe('true')
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(503)
  })
})

describe('what a user sends into our lines', () => {
  it('names that would break a log line, a header or a query are only names', async () => {
    const names = ['a"b', "a' OR '1'='1", 'a\\b', '{"event":"x"}', '<script>', '%s%n', '${x}']
    const users = await Promise.all(
      names.map((name) => registerUser({ username: `${name} ${crypto.randomUUID()}` })),
    )
    const answers = await Promise.all(users.map((user) => passwordGrant(client, user)))
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200))
  })
})
