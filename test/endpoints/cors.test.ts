import { describe, expect, it } from 'vitest'
import { issuer, postern } from '../support/http.ts'
import { bearer, basic, post, get } from '../support/http.ts'
import { registerClient, registerPublicClient, registerUser } from '../support/registry.ts'
import { signIn } from '../support/tokens.ts'

const browserClient = {
  grant_types: ['password', 'refresh_token', 'authorization_code'],
  redirect_uris: ['https://app.example/cb', 'http://127.0.0.1/cb', 'com.example.app:/cb'],
  allowed_cors_origins: ['https://tool.example:8443'],
}
const client = await registerPublicClient(browserClient)
const user = await registerUser()
const { access_token, refresh_token } = await signIn(client, user)

const endpoints = ['token', 'introspect', 'revoke', 'userinfo'].map((name) => `/oauth2/${name}`)

/** Every header of CORS in an answer. */
const cors = (answer: Response) =>
  Object.fromEntries(
    [...answer.headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  )

const preflight = (path: string, origin: string) => {
  const headers = {
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization',
  }
  return postern(new Request(issuer + path, { method: 'OPTIONS', headers }))
}

const foreign = [
  'null',
  'https://evil.example',
  'http://app.example',
  'https://app.example.evil.example',
  'https://app.example:444',
  'https://app.example/',
  'HTTPS://APP.EXAMPLE',
  'http://localhost:3000',
  'http://127.0.0.1.evil.example',
  'http://127.0.0.2:3000',
  'https://127.0.0.1:3000',
  'com.example.app:',
  'com.example.app://',
  'file://',
  'https://app.example, https://evil.example',
  'garbage',
  'http://[',
]

describe('Fetch 3.2: preflights', () => {
  it.each(endpoints)('%s: any https or loopback origin may try', async (path) => {
    const answer = await preflight(path, 'https://anyone.example')
    expect({ status: answer.status, cors: cors(answer) }).toEqual({
      status: 204,
      cors: {
        'access-control-allow-origin': 'https://anyone.example',
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization, content-type, dpop',
        'access-control-max-age': '600',
        vary: 'Origin',
      },
    })
  })

  it.each(['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:8080'])(
    'so may %s',
    async (origin) => {
      const answer = await preflight('/oauth2/token', origin)
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(origin)
    },
  )

  it.each(['null', 'http://app.example', 'file://', 'https://app.example/', 'garbage', '*'])(
    'not the origin %j',
    async (origin) => {
      const answer = await preflight('/oauth2/token', origin)
      expect({ status: answer.status, cors: cors(answer) }).toEqual({
        status: 204,
        cors: { vary: 'Origin' },
      })
    },
  )

  it.each([
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/.well-known/jwks.json',
  ])('%s: anyone may ask, with any header, without credentials', async (path) => {
    const answer = await preflight(path, 'https://anyone.example')
    expect({ status: answer.status, cors: cors(answer) }).toEqual({
      status: 204,
      cors: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET',
        'access-control-allow-headers': '*, authorization',
        'access-control-max-age': '86400',
      },
    })
  })

  it.each([
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/.well-known/jwks.json',
  ])('M057: %s allows the header mcp-protocol-version', async (path) => {
    const headers = {
      Origin: 'https://inspector.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'mcp-protocol-version',
    }
    const answer = await postern(new Request(issuer + path, { method: 'OPTIONS', headers }))
    const allowed = answer.headers.get('Access-Control-Allow-Headers')?.split(', ') ?? []
    expect({
      status: answer.status,
      // "*" stands for every header of a request without credentials (Fetch 3.3.5).
      allows: allowed.includes('*') || allowed.includes('mcp-protocol-version'),
    }).toEqual({ status: 204, allows: true })
  })

  it.each(['/oauth2/authorize', '/login', '/consent', '/account', '/oauth2/logout'])(
    '%s is for no script of another site',
    async (path) => {
      const answers = [
        await preflight(path, 'https://app.example'),
        await get(path, { Origin: 'https://app.example' }),
      ]
      expect(answers.map(cors)).toEqual([{}, {}])
    },
  )
})

describe('Fetch 3.2: answers', () => {
  const allowed = (origin: string) => ({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'dpop-nonce, retry-after, www-authenticate',
    vary: 'Origin',
  })
  const ask = (origin: string) =>
    post(
      '/oauth2/introspect',
      { client_id: client.client_id, token: access_token },
      { Origin: origin },
    )

  it.each([
    'https://app.example',
    'https://tool.example:8443',
    'http://127.0.0.1:3000',
    'http://127.0.0.1',
  ])('may be read by %s, an origin of the client', async (origin) =>
    expect(cors(await ask(origin))).toEqual(allowed(origin)),
  )

  it.each(foreign)('may not be read by %j, and are given all the same', async (origin) => {
    const answer = await ask(origin)
    expect({ status: answer.status, cors: cors(answer) }).toEqual({
      status: 200,
      cors: { vary: 'Origin' },
    })
  })

  it.each(foreign)('of userinfo may not be read by %j either', async (origin) => {
    const answer = await get('/oauth2/userinfo', { ...bearer(access_token), Origin: origin })
    expect({ status: answer.status, cors: cors(answer) }).toEqual({
      status: 200,
      cors: { vary: 'Origin' },
    })
  })

  it('of userinfo may be read by an origin of the token’s client', async () => {
    const headers = { ...bearer(access_token), Origin: 'https://app.example' }
    expect(cors(await get('/oauth2/userinfo', headers))).toEqual(allowed('https://app.example'))
  })

  it('that refuse may be read as well, once it is known who asks', async () => {
    const form = { client_id: client.client_id, grant_type: 'refresh_token', refresh_token: 'x' }
    const answer = await post('/oauth2/token', form, { Origin: 'https://app.example' })
    expect({ status: answer.status, cors: cors(answer) }).toEqual({
      status: 400,
      cors: allowed('https://app.example'),
    })
  })

  it('are not for the origins of a client whose credentials are wrong', async () => {
    const confidential = await registerClient(browserClient)
    const headers = { ...basic(confidential.client_id, 'wrong'), Origin: 'https://app.example' }
    const answer = await post('/oauth2/token', { grant_type: 'refresh_token' }, headers)
    expect({ status: answer.status, cors: cors(answer) }).toEqual({
      status: 401,
      cors: { vary: 'Origin' },
    })
  })

  it('to no page at all say nothing of CORS', async () => {
    const form = { client_id: client.client_id, token: refresh_token }
    expect(cors(await post('/oauth2/introspect', form))).toEqual({})
  })
})
