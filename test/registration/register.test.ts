// Dynamic client registration. RFC 7591; rows N119 to N128, O01, M053, M058, M059.
import { env } from 'cloudflare:workers'
import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { makeKey } from '../federation/providers.ts'
import { Server, always } from '../support/faults.ts'
import { bearer, get, issuer, post, read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { authorizePath, signedIn } from '../openid/flow.ts'
import {
  countRows,
  cursor,
  geminiCli,
  mcpRemote,
  registerAt,
  registered201,
  vsCode,
} from './registrant.ts'

const open = new Server({ REGISTRATION: 'open' })
const register = (metadata: unknown, headers?: Record<string, string>) =>
  registerAt(open.fetch, metadata, headers)

const app = { client_name: 'An app', redirect_uris: ['https://app.example/cb'] }

/** A refusal that has changed nothing: its status, its error code, and what there is more of. */
async function refusal(metadata: unknown, headers?: Record<string, string>) {
  const before = await countRows()
  const { status, body } = await register(metadata, headers)
  expect(await countRows()).toEqual(before)
  return { status, error: body['error'] }
}

describe('RFC 7591 3.2.1: an answer', () => {
  it('has everything that was registered, defaults included', async () => {
    const { status, headers, body } = await register(app)
    expect({ status, cache: headers['cache-control'], body }).toEqual({
      status: 201,
      cache: 'no-store',
      body: {
        client_id: expect.stringMatching(/^[\w-]{22}$/),
        client_id_issued_at: expect.any(Number),
        client_secret: expect.stringMatching(/^[\w-]{43}$/),
        client_secret_expires_at: 0,
        registration_access_token: expect.stringMatching(/^rat_[\w-]{43}$/),
        registration_client_uri: `${issuer}/oauth2/register/${body['client_id']}`,
        ...app,
        post_logout_redirect_uris: [],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'web',
        scope: 'openid profile email offline_access',
        subject_type: 'public',
        id_token_signed_response_alg: 'RS256',
      },
    })
  })

  it('has no secret for a public client', async () => {
    const { body } = await register({ ...app, token_endpoint_auth_method: 'none' })
    expect(Object.keys(body).filter((name) => name.startsWith('client_secret'))).toEqual([])
  })

  it('N128: a hundred at once are a hundred clients, and only digests of their secrets are stored', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => registered201(open.fetch)))
    const ids = new Set(answers.map(({ client_id }) => client_id))
    const { results } = await env.DB.prepare('SELECT * FROM clients').all()
    const stored = JSON.stringify(results)
    const secrets = answers.flatMap((one) => [one.client_secret, one.registration_access_token])
    expect({
      ids: ids.size,
      stored: [...ids].every((id) => stored.includes(id)),
      leaked: secrets.filter((secret) => secret === undefined || stored.includes(secret)),
    }).toEqual({ ids: 100, stored: true, leaked: [] })
  })

  it('can be read by the page of any origin, as can a refusal (AG28)', async () => {
    const origin = { Origin: 'https://agent.example' }
    const answers = [await register(app, origin), await register({}, origin)]
    expect(
      answers.map(({ status, headers }) => ({
        status,
        allowed: headers['access-control-allow-origin'],
        credentials: headers['access-control-allow-credentials'],
      })),
    ).toEqual([
      { status: 201, allowed: '*', credentials: undefined },
      { status: 400, allowed: '*', credentials: undefined },
    ])
  })

  it('is announced to a preflight with any header', async () => {
    const asked = {
      Origin: 'https://agent.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type, mcp-protocol-version',
    }
    const request = new Request(`${issuer}/oauth2/register`, { method: 'OPTIONS', headers: asked })
    const { headers, status } = await open.fetch(request)
    expect({ status, methods: headers.get('Access-Control-Allow-Methods') }).toEqual({
      status: 204,
      methods: 'POST',
    })
  })
})

describe('What agents send', () => {
  it.each([
    ['AG10, M053: Cursor', cursor],
    ['AG11: Visual Studio Code', vsCode],
    ['AG27: mcp-remote', mcpRemote],
    ['AG27: Gemini CLI', geminiCli],
  ])('%s is registered as a public client', async (_who, metadata) => {
    const { status, body } = await register(metadata)
    const { redirect_uris, token_endpoint_auth_method, client_secret } = body
    expect({ status, redirect_uris, token_endpoint_auth_method, client_secret }).toEqual({
      status: 201,
      redirect_uris: metadata.redirect_uris,
      token_endpoint_auth_method: 'none',
      client_secret: undefined,
    })
  })

  it('M053: one redirect that runs a script refuses all of them', async () => {
    const redirect_uris = [...cursor.redirect_uris, 'javascript:alert(1)']
    expect(await refusal({ ...cursor, redirect_uris })).toEqual({
      status: 400,
      error: 'invalid_redirect_uri',
    })
  })

  it('M059: unknown members and foreign grant types are left out, response_types may be empty', async () => {
    const { status, body } = await register({
      ...app,
      grant_types: [
        'authorization_code',
        'implicit',
        'urn:openid:params:grant-type:ciba',
        'password',
      ],
      response_types: [],
      request_uris: ['https://app.example/request'],
      tls_client_certificate_bound: 'perhaps',
      'client_name#de': 'Eine App',
    })
    const { grant_types, response_types } = body
    const unknown = Object.keys(body).filter((name) => /request_uris|bound|#/.test(name))
    expect({ status, grant_types, response_types, unknown }).toEqual({
      status: 201,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      unknown: [],
    })
  })

  it('what is null or empty counts as absent', async () => {
    const { status, body } = await register({ ...app, logo_uri: '', tos_uri: null, scope: null })
    const { logo_uri, tos_uri, scope } = body
    expect({ status, logo_uri, tos_uri, scope }).toEqual({
      status: 201,
      logo_uri: undefined,
      tos_uri: undefined,
      scope: 'openid profile email offline_access',
    })
  })

  it("nobody declares themselves trusted: the operator's members are ignored", async () => {
    const { client_id } = await registered201(open.fetch, {
      trusted: true,
      require_pkce: false,
      introspection: 'any',
      access_token_ttl: 31_536_000,
      refresh_token_grace: 0,
      resources: ['https://api.example'],
      allowed_cors_origins: ['https://evil.example'],
      claims: { access_token: ['role'] },
      disabled: false,
      client_id: 'a-name-of-my-own',
      client_secret: 'a-secret-of-my-own-that-is-long',
    })
    const row = await env.DB.prepare('SELECT metadata, origin FROM clients WHERE id = ?1')
      .bind(client_id)
      .first<{ metadata: string; origin: string }>()
    const metadata: Record<string, unknown> = JSON.parse(row?.metadata ?? '{}')
    expect({
      origin: row?.origin,
      own: client_id === 'a-name-of-my-own',
      trusted: metadata['trusted'],
      require_pkce: metadata['require_pkce'],
      introspection: metadata['introspection'],
      ignored: ['access_token_ttl', 'refresh_token_grace', 'resources', 'claims'].filter(
        (name) => name in metadata,
      ),
    }).toEqual({
      origin: 'dcr',
      own: false,
      trusted: false,
      require_pkce: true,
      introspection: 'own',
      ignored: [],
    })
  })
})

describe('RFC 7591 3.2.2: what is refused, without a trace', () => {
  const huge = JSON.stringify({ ...app, client_name: 'x'.repeat(1_000_000) })

  it.each([
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['truncated JSON', '{"redirect_uris":'],
    ['a member twice', '{"redirect_uris":[],"redirect_uris":["https://app.example/cb"]}'],
    ['half of a surrogate pair', '{"client_name":"\\ud800"}'],
    ['__proto__', '{"__proto__":{"trusted":true}}'],
  ])('N119, O01: a body that is %s', async (_what, body) => {
    expect(await refusal(body)).toEqual({ status: 400, error: 'invalid_client_metadata' })
  })

  it('N119, O01: a body of 1 MB', async () => {
    expect(await refusal(huge)).toEqual({ status: 413, error: 'request_too_large' })
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jwt'])(
    'N119, O01, U17: the media type %s',
    async (type) => {
      const sent = [JSON.stringify(app), { 'Content-Type': type }] as const
      expect(await refusal(...sent)).toEqual({ status: 415, error: 'invalid_client_metadata' })
      const { body } = await register(...sent)
      expect(body['error_description']).toContain('the header Content-Type: application/json')
    },
  )

  const uris = ['logo_uri', 'tos_uri', 'policy_uri', 'client_uri', 'initiate_login_uri']
  const bad = [
    'javascript:alert(1)',
    'data:text/html,x',
    'http://10.0.0.1/logo.png',
    'https://a@b/',
  ]
  it.each(uris.flatMap((name) => bad.map((uri) => [name, uri])))(
    'N121: %s = %s',
    async (name, uri) => {
      expect(await refusal({ ...app, [name ?? '']: uri })).toEqual({
        status: 400,
        error: 'invalid_client_metadata',
      })
    },
  )

  it.each([
    ['N122: a client_name of 10 kB', { client_name: 'x'.repeat(10_000) }],
    ['N124: an unknown authentication method', { token_endpoint_auth_method: 'magic' }],
    [
      'N124: code without its grant type',
      { grant_types: ['refresh_token'], response_types: ['code'] },
    ],
    ['N124: no response type that is offered here', { response_types: ['token'] }],
    ['N125: a sector that nobody vouches for', { sector_identifier_uri: 'https://app.example/s' }],
    ['a grant_types that is no list', { grant_types: 'authorization_code' }],
    ['a scope with a quotation mark', { scope: 'openid "x"' }],
    ['logout notices to a private address', { backchannel_logout_uri: 'https://10.0.0.1/logout' }],
    ['eleven addresses after a logout', { post_logout_redirect_uris: addresses(11) }],
    [
      'more than 8 KiB',
      {
        contacts: Array.from({ length: 10 }, () => 'x'.repeat(320)),
        redirect_uris: addresses(10, 'x'.repeat(700)),
      },
    ],
    [
      'client_credentials for a client that nobody vouches for',
      { grant_types: ['client_credentials'] },
    ],
  ])('%s', async (_what, metadata) => {
    expect(await refusal({ ...app, ...metadata })).toEqual({
      status: 400,
      error: 'invalid_client_metadata',
    })
  })

  it('M013: keys that are private, shared, short, too many or in two places', async () => {
    const { jwk, privateKey } = await makeKey()
    const keyed = { ...app, token_endpoint_auth_method: 'private_key_jwt' }
    const sets = {
      private: { jwks: { keys: [{ ...jwk, ...(await exportJWK(privateKey)) }] } },
      shared: { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } },
      short: { jwks: { keys: [{ kty: 'RSA', e: 'AQAB', n: `${'x'.repeat(170)}w` }] } },
      many: { jwks: { keys: Array.from({ length: 21 }, () => jwk) } },
      twice: { jwks: { keys: [jwk] }, jwks_uri: 'https://app.example/keys' },
    }
    for (const [what, set] of Object.entries(sets)) {
      const { status, body } = await register({ ...keyed, ...set })
      expect({ what, status, error: body['error'], says: body['error_description'] }).toEqual({
        ...{ what, status: 400, error: 'invalid_client_metadata' },
        says: expect.stringMatching(/^jwks/),
      })
    }
    expect((await register({ ...keyed, jwks: { keys: [jwk] } })).status).toBe(201)
  })

  it.each([
    ['a fragment', ['https://app.example/cb#x']],
    ['http to a public host', ['http://app.example/cb']],
    ['a wildcard', ['https://*.app.example/cb']],
    ['none', []],
    ['eleven', addresses(11)],
    ['no list', 'https://app.example/cb'],
  ])('redirect_uris: %s', async (_what, redirect_uris) => {
    expect(await refusal({ redirect_uris })).toEqual({ status: 400, error: 'invalid_redirect_uri' })
  })
})

function addresses(count: number, path = ''): string[] {
  return Array.from({ length: count }, (_, index) => `https://app.example/${index}${path}`)
}

describe('REGISTRATION', () => {
  it('N127: by default needs an initial access token, and no token in the body is one', async () => {
    const server = new Server()
    const answer = await registerAt(server.fetch, { ...app, initial_access_token: 'iat_x' })
    expect({ status: answer.status, challenge: answer.headers['www-authenticate'] }).toEqual({
      status: 401,
      challenge: 'Bearer realm="postern"',
    })
  })

  it.each(['token', 'open'])('N127: %s refuses a wrong initial access token', async (mode) => {
    const server = new Server({ REGISTRATION: mode })
    const { status, headers, body } = await registerAt(server.fetch, app, bearer('iat_wrong'))
    expect({ status, challenge: headers['www-authenticate'], error: body['error'] }).toEqual({
      status: 401,
      challenge: expect.stringContaining('Bearer realm="postern", error="invalid_token"'),
      error: 'invalid_token',
    })
  })

  it.each([
    ['open', `${issuer}/oauth2/register`],
    ['token', `${issuer}/oauth2/register`],
    ['closed', undefined],
  ])('%s: both documents announce %s', async (mode, endpoint) => {
    const server = new Server({ REGISTRATION: mode })
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const { body } = await readObject(await get(`/.well-known/${name}`, {}, server.fetch))
      expect({ name, endpoint: body['registration_endpoint'] }).toEqual({ name, endpoint })
    }
  })

  it('closed answers 404', async () => {
    const closed = new Server({ REGISTRATION: 'closed' })
    expect(await registerAt(closed.fetch, app)).toMatchObject({
      status: 404,
      body: { error: 'not_found' },
    })
  })

  it('is one of three words', async () => {
    const server = new Server({ REGISTRATION: 'yes' })
    expect((await get('/health/ready', {}, server.fetch)).status).toBe(503)
  })

  it('GET is not for this address', async () => {
    const answer = await get('/oauth2/register', {}, open.fetch)
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    })
  })
})

describe('The rate', () => {
  const at = (server: Server, address: string) =>
    registerAt(server.fetch, app, { 'CF-Connecting-IP': address })

  it('AG20: the address that has registered 20 clients within an hour waits, and writes nothing', async () => {
    const server = new Server({ REGISTRATION: 'open', REGISTRATIONS_PER_ADDRESS: undefined })
    const answers = await Promise.all(Array.from({ length: 25 }, () => at(server, '192.0.2.7')))
    const statuses = answers.map(({ status }) => status).sort()
    const before = await countRows()
    const { status, headers, body } = await at(server, '192.0.2.7')
    expect({
      statuses,
      status,
      error: body['error'],
      waits: Number(headers['retry-after']) > 3_500,
      rows: await countRows(),
      elsewhere: (await at(server, '192.0.2.8')).status,
    }).toEqual({
      statuses: [...Array.from({ length: 20 }, () => 201), ...Array.from({ length: 5 }, () => 429)],
      status: 429,
      error: 'too_many_requests',
      waits: true,
      rows: before,
      elsewhere: 201,
    })
  })

  it('counts IPv6 by its /64', async () => {
    const server = new Server({ REGISTRATION: 'open', REGISTRATIONS_PER_ADDRESS: '1' })
    const answers = []
    for (const address of ['2001:db8:1:1::1', '2001:db8:1:1:ffff::2', '2001:db8:1:2::1']) {
      answers.push({ address, status: (await at(server, address)).status })
    }
    expect(answers).toEqual([
      { address: '2001:db8:1:1::1', status: 201 },
      { address: '2001:db8:1:1:ffff::2', status: 429 },
      { address: '2001:db8:1:2::1', status: 201 },
    ])
  })
})

describe('M058: storage that does not answer', () => {
  it.each(['fails', 'fails after the commit'] as const)(
    '%s: 503 or the client, never an error of its',
    async (fault) => {
      const server = new Server({ REGISTRATION: 'open' })
      server.plan((call) => (call.method === 'batch' ? fault : null))
      const { status, headers, body } = await registerAt(server.fetch, app)
      const expected =
        fault === 'fails'
          ? { status: 503, error: 'temporarily_unavailable', retryAfter: '2' }
          : { status: 201, error: undefined, retryAfter: undefined }
      expect({ status, error: body['error'], retryAfter: headers['retry-after'] }).toEqual(expected)
    },
  )

  it('at the token endpoint a registered client is not told that it is unknown', async () => {
    const server = new Server({ REGISTRATION: 'open' })
    const { client_id } = await registered201(server.fetch, { token_endpoint_auth_method: 'none' })
    server.plan(always('fails', 'DB'))
    const form = { grant_type: 'refresh_token', refresh_token: 'rt_x', client_id }
    const { status, body } = await read(await post('/oauth2/token', form, {}, server.fetch))
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { error: 'temporarily_unavailable' },
    })
  })
})

async function readObject(answer: Response): Promise<{ body: Record<string, unknown> }> {
  return { body: await answer.json<Record<string, unknown>>() }
}

const user = await registerUser()

const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

describe('AG26: the consent page of a client that registered itself', () => {
  it.each([
    ['https://app.example/cb', 'You will be sent to app.example .', false],
    ['http://127.0.0.1:7777/cb', 'to an app on this device ( 127.0.0.1:7777 ).', true],
  ])('never vouches for its name: %s', async (redirect_uri, destination, warns) => {
    const client = await registered201(open.fetch, {
      client_name: 'Your bank',
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    })
    const agent = await signedIn(user, open.fetch)
    const page = await agent.open(authorizePath(client, { redirect_uri }))
    const text = textOf(page.html)
    expect({
      unverified: text.includes('Its name is not verified.'),
      destination: text.includes(destination),
      warns: text.includes('Any program on this device can use this name.'),
    }).toEqual({ unverified: true, destination: true, warns })
  })
})
