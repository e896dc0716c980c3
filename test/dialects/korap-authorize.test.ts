// Kustvakt's authorization service and the exchange of its codes, as transcripts.
import { beforeAll, describe, expect, it } from 'vitest'
import { basic, bearer, get, post, read } from '../support/http.ts'
import {
  registerClient,
  registerUser,
  type TestClient,
  type TestUser,
} from '../support/registry.ts'

const redirectUri = 'https://korap.example/callback'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const path = '/api/v1.1/oauth2/authorize'

describe('Kustvakt GET oauth2/authorize', () => {
  let kalamar: TestClient
  let app: TestClient
  let user: TestUser
  let userToken: string

  beforeAll(async () => {
    user = await registerUser()
    kalamar = await registerClient({ scope: 'all authorize search match_info' })
    app = await registerClient({
      trusted: false,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
      scope: 'search match_info all',
    })
    userToken = await tokenOf('authorize')
  })

  async function tokenOf(scope: string): Promise<string> {
    const { username, password } = user
    const { client_id, client_secret = '' } = kalamar
    const form = { grant_type: 'password', client_id, client_secret, username, password, scope }
    const { body } = await read(await post('/api/oauth2/token', form))
    return (body as { access_token: string }).access_token
  }

  const ask = (changes: Record<string, string | undefined>, token = userToken) => {
    const wanted = {
      response_type: 'code',
      client_id: app.client_id,
      redirect_uri: redirectUri,
      scope: 'search match_info',
      state: 'thisIsMyState',
      ...changes,
    }
    const given = Object.entries(wanted).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    return get(`${path}?${new URLSearchParams(given)}`, bearer(token))
  }

  const location = async (answer: Promise<Response>) => {
    const { status, headers } = await answer
    return { status, location: headers.get('Location') }
  }

  it('sends the code and the state by 307, and the code is exchanged once', async () => {
    const answer = await location(ask({}))
    const url = new URL(answer.location ?? '')
    const code = url.searchParams.get('code') ?? ''
    expect({ status: answer.status, keys: [...url.searchParams.keys()] }).toEqual({
      status: 307,
      keys: ['code', 'state'],
    })
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    const credentials = basic(app.client_id, app.client_secret ?? '')
    const first = await read(await post('/api/v1.1/oauth2/token', form, credentials))
    expect(first).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        scope: 'search match_info',
        token_type: 'Bearer',
        expires_in: 600,
      },
    })
    expect(await read(await post('/api/v1.1/oauth2/token', form, credentials))).toEqual({
      status: 400,
      body: { error_description: 'Invalid authorization', error: 'invalid_grant' },
    })
  })

  it.each([
    ['named, then left out', { redirect_uri: redirectUri }, {}, 'Missing redirect URI'],
    [
      'named, then another',
      { redirect_uri: redirectUri },
      { redirect_uri: `${redirectUri}2` },
      'Invalid redirect URI',
    ],
    [
      'left out, then named',
      { redirect_uri: undefined },
      { redirect_uri: redirectUri },
      'Invalid redirect URI',
    ],
    ['left out both times', { redirect_uri: undefined }, {}, null],
  ])('binds the code to its redirect_uri: %s', async (_, asked, sent, refusal) => {
    const answer = await location(ask(asked))
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, ...sent }
    const credentials = basic(app.client_id, app.client_secret ?? '')
    const { status, body } = await read(await post('/api/oauth2/token', form, credentials))
    if (refusal === null) expect(status).toBe(200)
    else {
      expect({ status, body }).toEqual({
        status: 400,
        body: { error_description: refusal, error: 'invalid_grant' },
      })
    }
  })

  it('honours a code_challenge: the wrong verifier burns nothing, the right one redeems', async () => {
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
    const answer = await location(ask(pkce))
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    const credentials = basic(app.client_id, app.client_secret ?? '')
    const wrong = { ...form, code_verifier: `${verifier}x` }
    expect((await post('/api/oauth2/token', wrong, credentials)).status).toBe(400)
    const right = { ...form, code_verifier: verifier }
    expect((await post('/api/oauth2/token', right, credentials)).status).toBe(200)
  })

  it.each([
    [{ scope: undefined }, 'error=invalid_scope&error_description=scope+is+required'],
    [{ scope: 'search unheard_of' }, 'error=invalid_scope&error_description=Invalid+scope'],
    [{ scope: 'all' }, 'error=invalid_scope&error_description=Requested+scope+all+is+not+allowed.'],
    [
      { response_type: undefined },
      'error=invalid_request_uri&error_description=Missing+response_type+parameter',
    ],
    [
      { response_type: 'token' },
      'error=unsupported_response_type&error_description=Unsupported+response+type.+Only+code+is+supported.',
    ],
  ])('sends the refusal of %j to the client by 307', async (changes, query) => {
    expect(await location(ask(changes))).toEqual({
      status: 307,
      location: `${redirectUri}?${query}&state=thisIsMyState`,
    })
  })

  it.each([
    [{ client_id: undefined }, 400, 'invalid_request', 'Missing parameter: client_id', true],
    [{ client_id: 'nobody' }, 401, 'invalid_client', 'Unknown client: nobody', false],
    [
      { redirect_uri: 'https://evil.example/' },
      400,
      'invalid_request',
      'Invalid redirect URI',
      true,
    ],
    [{ redirect_uri: `${redirectUri}#x` }, 400, 'invalid_request', 'Invalid redirect URI', true],
  ])('answers %j itself and sends nobody anywhere', async (changes, status, error, text, state) => {
    const answer = await ask(changes)
    expect({ location: answer.headers.get('Location'), ...(await read(answer)) }).toEqual({
      location: null,
      status,
      body: { error_description: text, error, ...(state ? { state: 'thisIsMyState' } : {}) },
    })
  })

  it.each([
    ['no token', {}, 2010, 'Unauthorized operation for user: guest', 'guest'],
    ['an unknown token', bearer('nothing'), 2011, 'Access token is invalid', 'invalid_token'],
    [
      'another scheme',
      { Authorization: 'Token x' },
      2001,
      'Authentication scheme is not supported.',
      'Token',
    ],
    ['a token that can be none', bearer('!'), 2011, 'Access token is invalid', 'invalid_token'],
    [
      'a scheme alone',
      { Authorization: 'Bearer' },
      2001,
      'Cannot parse authorization header value. ' +
        'Use this format: [authentication scheme] [Base64-encoded token]',
      '[]',
    ],
    [
      'a token that nothing is said of, without repeating it',
      { Authorization: 'a-token-alone' },
      2001,
      'Cannot parse authorization header value. ' +
        'Use this format: [authentication scheme] [Base64-encoded token]',
      '[]',
    ],
  ])('answers %s with 401 in its own shape', async (_, headers, code, message, entity) => {
    const answer = await get(`${path}?client_id=${app.client_id}`, headers)
    expect(await read(answer)).toEqual({
      status: 401,
      body: { errors: [[code, message, entity]] },
    })
  })

  it('refuses a user token without the scope authorize', async () => {
    expect(await read(await ask({}, await tokenOf('search')))).toEqual({
      status: 401,
      body: { errors: [[2010, 'Scope authorize is not authorized', '[]']] },
    })
  })

  it('takes a form in version 1.0 alone', async () => {
    const form = { response_type: 'code', client_id: app.client_id, scope: 'search' }
    const statuses = ['v1.0', 'v1.1'].map(async (version) => {
      const answer = await post(`/api/${version}/oauth2/authorize`, form, bearer(userToken))
      return answer.status
    })
    expect(await Promise.all(statuses)).toEqual([307, 404])
  })
})
