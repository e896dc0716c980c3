// Kustvakt's authorization service and the exchange of its codes, as transcripts.
import { beforeAll, describe, expect, it } from 'vitest'
import { registerKeyClient } from '../support/assertions.ts'
import { basic, bearer, get, post, read } from '../support/http.ts'
import { authorizePath, decide, signedIn } from '../openid/flow.ts'
import {
  patchClient,
  registerClient,
  registerPublicClient,
  registerUser,
  type TestClient,
  type TestUser,
} from '../support/registry.ts'
import { age } from '../support/time.ts'
import {
  introspect,
  postAs,
  refresh,
  revoke,
  signIn,
  tokensOf,
  type GrantTokens,
} from '../support/tokens.ts'

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

  it('gives no code to a client that needs more than the password of the first one', async () => {
    const strict = await registerClient({
      trusted: false,
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      scope: 'search',
      require_acr: 'urn:postern:acr:2',
    })
    const answer = await location(ask({ client_id: strict.client_id, scope: 'search' }))
    expect(new URL(answer.location ?? '').searchParams.get('error')).toBe(
      'unmet_authentication_requirements',
    )
  })

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

  it('PA7: a client that must push its requests gets no code here', async () => {
    const pushing = await registerClient({
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      scope: 'search match_info',
      require_pushed_authorization_requests: true,
    })
    const { location: to } = await location(ask({ client_id: pushing.client_id }))
    expect(Object.fromEntries(new URL(to ?? '').searchParams)).toMatchObject({
      error: 'invalid_request',
      state: 'thisIsMyState',
    })
  })

  it('JR3: a client that must sign its requests gets no code here', async () => {
    const { client: signing } = await registerKeyClient({
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      scope: 'search match_info',
      require_signed_request_object: true,
    })
    const { location: to } = await location(ask({ client_id: signing.client_id }))
    expect(Object.fromEntries(new URL(to ?? '').searchParams)).toMatchObject({
      error: 'invalid_request',
      state: 'thisIsMyState',
    })
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

  const notAuthorized = {
    status: 401,
    body: { errors: [[2010, 'Scope authorize is not authorized', '[]']] },
  }

  it.each([
    ['is not trusted', { trusted: false }],
    ['is public', { token_endpoint_auth_method: 'none' }],
  ])('refuses the token of a client that %s', async (_what, change) => {
    const former = await registerClient({
      scope: 'all authorize search',
      grant_types: ['password', 'refresh_token'],
      redirect_uris: [redirectUri],
    })
    const { access_token } = await signIn(former, user, { scope: 'authorize search' })
    await patchClient(former, change)
    expect(await read(await ask({}, access_token))).toEqual(notAuthorized)
  })

  it('is not open to a client that a person allowed the scope authorize: nobody can allow it', async () => {
    const asking = await registerClient({
      trusted: false,
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      scope: 'authorize search',
    })
    const agent = await signedIn(user)
    const path = (scope: string) => authorizePath(asking, { redirect_uri: redirectUri, scope })
    const page = await agent.open(path('authorize search'))
    const place = await decide(agent, page, 'allow')
    const code = new URL(place.away ?? '').searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    const { scope } = await tokensOf(
      postAs(asking, '/oauth2/token', { ...form, code_verifier: verifier }),
    )
    const alone = await agent.open(path('authorize'))
    const { searchParams } = new URL(alone.away ?? '')
    expect({ scope, error: searchParams.get('error') }).toEqual({
      scope: 'search',
      error: 'invalid_scope',
    })
  })

  it.each([
    ['no code_challenge', {}, 'A code_challenge is required'],
    [
      'a plain one',
      { code_challenge: verifier, code_challenge_method: 'plain' },
      'The code_challenge must be one of S256',
    ],
  ])('refuses a public client with %s', async (_what, pkce, description) => {
    const own = await registerPublicClient({
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      scope: 'search',
    })
    const answer = await location(ask({ client_id: own.client_id, scope: 'search', ...pkce }))
    expect(Object.fromEntries(new URL(answer.location ?? '').searchParams)).toEqual({
      error: 'invalid_request',
      error_description: description,
      state: 'thisIsMyState',
    })
  })

  it('refuses a token whose own code was made here', async () => {
    const other = await registerClient({
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
      scope: 'authorize search',
    })
    const { access_token } = await made(other, { scope: 'authorize search' })
    expect(await read(await ask({}, access_token))).toEqual(notAuthorized)
  })

  /** What a client gets for a code that the super client's token made. */
  async function made(client: TestClient, changes: object = {}, token = userToken) {
    const answer = await location(ask({ client_id: client.client_id, ...changes }, token))
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    return tokensOf(postAs(client, '/oauth2/token', form))
  }

  it.each([
    ['revoked', (grant: GrantTokens) => revoke(kalamar, grant.refresh_token)],
    ['expired', ({ refresh_token }: GrantTokens) => age(refresh_token, 'absolute', 91 * 86_400)],
  ])('what a token makes ends with its grant: %s', async (how, end) => {
    const grant = await signIn(kalamar, user, { scope: 'authorize' })
    const { access_token, refresh_token = '' } = await made(app, {}, grant.access_token)
    expect((await refresh(app, refresh_token)).status).toBe(200)
    await end(grant)
    if (how === 'expired') await age(grant.refresh_token, 'access', 601)
    expect(await (await introspect(app, access_token)).json()).toEqual({ active: false })
    expect((await refresh(app, refresh_token)).status).toBe(400)
  })

  it('does not go beyond what the user allowed the client at our own page', async () => {
    const agent = await signedIn(user)
    const extra = { redirect_uri: redirectUri, scope: 'search' }
    await decide(agent, await agent.open(authorizePath(app, extra)), 'allow')
    expect(await location(ask({}))).toEqual({
      status: 307,
      location:
        `${redirectUri}?error=access_denied&error_description=` +
        'The+user+has+allowed+the+client+less+than+that&state=thisIsMyState',
    })
    expect((await made(app, { scope: 'search' })).scope).toBe('search')
  })

  it('ignores parameters that Kustvakt does not know', async () => {
    const unknown = { request: 'x', request_uri: 'x', prompt: 'x', max_age: 'x', nonce: 'x' }
    const answer = await location(ask({ scope: 'search', response_mode: 'fragment', ...unknown }))
    expect({ ...answer, location: answer.location?.replace(/code=[^&]+/, 'code=CODE') }).toEqual({
      status: 307,
      location: `${redirectUri}?code=CODE&state=thisIsMyState`,
    })
  })

  it('counts nothing that the user allowed the client at another resource', async () => {
    const elsewhere = await registerClient({
      ...{ trusted: false, grant_types: ['authorization_code'], scope: 'search' },
      redirect_uris: [redirectUri],
    })
    const agent = await signedIn(user)
    const extra = {
      ...{ redirect_uri: redirectUri, scope: 'search' },
      resource: 'https://harmless.example/api',
    }
    await decide(agent, await agent.open(authorizePath(elsewhere, extra)), 'allow')
    const answer = await location(ask({ client_id: elsewhere.client_id, scope: 'search' }))
    expect(answer.location).toContain('error=access_denied')
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
