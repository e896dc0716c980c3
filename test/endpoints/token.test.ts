import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import {
  encodeForm,
  formRequest,
  get,
  issuer,
  post,
  postern,
  read,
  readAll,
} from '../support/http.ts'
import {
  patchClient,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import {
  clientCredentials,
  introspect,
  passwordGrant,
  postAs,
  refresh,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const publicClient = await registerPublicClient()
const user = await registerUser()

const refusal = (error: string, status = 400) => ({
  status,
  body: { error, error_description: expect.any(String) },
})
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

describe('RFC 6749 4.3: resource owner password credentials grant', () => {
  it('answers both tokens, their type, lifetime and scope, and nobody may keep the answer', async () => {
    const answer = await passwordGrant(client, user, { scope: 'openid profile' })
    expect(await readAll(answer)).toEqual({
      status: 200,
      headers: { ...noStore, 'content-type': 'application/json' },
      body: {
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        token_type: 'Bearer',
        expires_in: 600,
        refresh_token: expect.stringMatching(/^rt_test\.[\w-]{22}\.0\.[\w-]{43}\.[\w-]{22}$/),
        scope: 'openid profile',
      },
    })
  })

  it('takes the e-mail address for the username, in any case', async () => {
    const shouted = { ...user, username: user.email.toUpperCase() }
    expect((await passwordGrant(client, shouted)).status).toBe(200)
  })

  it('gives no refresh token to a client that is not registered for one', async () => {
    const without = await registerClient({ grant_types: ['password'] })
    expect(Object.keys(await tokensOf(passwordGrant(without, user)))).not.toContain('refresh_token')
  })

  it('has one answer for a wrong password, an unknown, a disabled and a passwordless user', async () => {
    const disabled = await registerUser({ disabled: true })
    const passwordless = await registerUser({ password: null })
    const strangers = [
      { username: user.username, password: 'wrong password' },
      { username: crypto.randomUUID(), password: 'wrong password' },
      { username: disabled.username, password: disabled.password },
      { username: passwordless.username, password: 'null' },
    ]
    const answers = await Promise.all(strangers.map((one) => passwordGrant(client, one)))
    const body = { error: 'invalid_grant', error_description: 'the username or password is wrong' }
    expect(await Promise.all(answers.map(read))).toEqual(
      strangers.map(() => ({ status: 400, body })),
    )
  })

  it('is for trusted clients only', async () => {
    const untrusted = await registerClient({ trusted: false })
    expect(await read(await passwordGrant(untrusted, user))).toEqual(refusal('unauthorized_client'))
  })

  it('is not for a client that was not registered for it (unauthorized_client)', async () => {
    const other = await registerClient({ grant_types: ['client_credentials'] })
    expect(await read(await passwordGrant(other, user))).toEqual(refusal('unauthorized_client'))
  })

  it.each(['username', 'password'])('needs the %s', async (name) => {
    const answer = await passwordGrant(client, user, { [name]: undefined })
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('refuses a longer password than any can be, and never looks at a beginning of it', async () => {
    const tail = { ...user, password: user.password + 'x'.repeat(1024) }
    expect(await read(await passwordGrant(client, tail))).toEqual(refusal('invalid_grant'))
  })

  it.each([
    ['a space at its end', (text: string) => `${text} `],
    ['another case', (text: string) => text.toUpperCase()],
    ['a zero width space', (text: string) => `${text}\u200b`],
  ])('the password counts to the byte: not with %s', async (_what, alter) => {
    const other = { ...user, password: alter(user.password) }
    expect(await read(await passwordGrant(client, other))).toEqual(refusal('invalid_grant'))
  })
})

describe('RFC 6749 3.3: scope', () => {
  it('absent: all that the client may have', async () => {
    const { scope } = await tokensOf(passwordGrant(client, user))
    expect(scope).toBe('openid profile email read write')
  })

  it('names outside of what the client may have are left out, and the answer says so', async () => {
    const { scope } = await tokensOf(passwordGrant(client, user, { scope: 'admin read' }))
    expect(scope).toBe('read')
  })

  it('names outside of what the user may have are left out, too', async () => {
    const reader = await registerUser({ scope: 'read list' })
    const { scope } = await tokensOf(passwordGrant(client, reader))
    expect(scope).toBe('read')
  })

  it.each(['read write ', ' read write', 'read  write'])('%j is read write', async (scope) => {
    expect((await tokensOf(clientCredentials(client, { scope }))).scope).toBe('read write')
  })

  it.each([
    ['nothing that the client may have', 'admin'],
    ['nothing but a space', ' '],
    ['a quotation mark', 'read "write"'],
    ['a control character', 'read\u0001'],
    ['a line break that would begin a header', 'read\r\nSet-Cookie: a=b'],
    ['a name that objects inherit', '__proto__ constructor'],
  ])('is invalid_scope with %s', async (_what, scope) => {
    const answer = await clientCredentials(client, { scope })
    expect(await read(answer)).toEqual(refusal('invalid_scope'))
  })
})

describe('RFC 6749 4.4: client credentials grant', () => {
  it('answers an access token in the client’s own name, and no refresh token', async () => {
    expect(await read(await clientCredentials(client, { scope: 'read' }))).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 600,
        scope: 'read',
      },
    })
  })

  it('never has the scopes that are about a user', async () => {
    expect((await tokensOf(clientCredentials(client))).scope).toBe('read write')
    const answer = await clientCredentials(client, { scope: 'openid email' })
    expect(await read(answer)).toEqual(refusal('invalid_scope'))
  })

  describe('to a client that may have no scope', () => {
    const withoutScope = () =>
      registerClient({ scope: undefined, grant_types: ['client_credentials'], trusted: false })

    it('gives a token without scope where it asks for none', async () => {
      const machine = await withoutScope()
      const { status, body } = await read(await clientCredentials(machine))
      expect({ status, body }).toEqual({
        status: 200,
        body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 600 },
      })
      const { access_token } = Object(body) as { access_token: string }
      expect(decodeJwt(access_token)).not.toHaveProperty('scope')
      expect(await read(await introspect(machine, access_token))).toEqual({
        status: 200,
        body: {
          ...{ active: true, client_id: machine.client_id, sub: machine.client_id },
          ...{ token_type: 'Bearer', exp: expect.any(Number), iat: expect.any(Number) },
          ...{ aud: issuer, iss: issuer, jti: expect.any(String) },
        },
      })
    })

    it('is invalid_scope where it asks for some', async () => {
      const answer = await clientCredentials(await withoutScope(), { scope: 'openid' })
      expect(await read(answer)).toEqual(refusal('invalid_scope'))
    })
  })

  it('is not for public clients', async () => {
    expect(await read(await clientCredentials(publicClient))).toEqual(
      refusal('unauthorized_client'),
    )
  })
})

describe('RFC 9068 2: access tokens', () => {
  const jwks = async () => createLocalJWKSet(await (await get('/.well-known/jwks.json')).json())

  it('name issuer, user, audience, client, times, scope and line', async () => {
    const { access_token } = await signIn(client, user, { scope: 'openid read' })
    const { payload, protectedHeader } = await jwtVerify(access_token, await jwks(), { issuer })
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    const { iat = 0 } = payload
    expect(payload).toEqual({
      iss: issuer,
      sub: user.sub,
      aud: issuer,
      client_id: client.client_id,
      exp: iat + 600,
      iat: expect.any(Number),
      auth_time: iat,
      ...{ acr: 'urn:postern:acr:1', amr: ['pwd'] },
      jti: expect.any(String),
      scope: 'openid read',
      grant_id: expect.any(String),
    })
  })

  it('of a client have it as their subject, and no user, line or sign-in', async () => {
    const { access_token } = await tokensOf(clientCredentials(client))
    const { payload } = await jwtVerify(access_token, await jwks(), { issuer })
    expect(payload).toEqual({
      iss: issuer,
      sub: client.client_id,
      aud: issuer,
      client_id: client.client_id,
      exp: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.any(String),
      scope: 'read write',
    })
  })

  it('are never the same twice', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => tokensOf(clientCredentials(client))),
    )
    expect(new Set(all.map(({ access_token }) => access_token)).size).toBe(20)
  })

  it('live as long as the client’s own setting says', async () => {
    const brief = await registerClient({ access_token_ttl: 7 })
    expect(await tokensOf(clientCredentials(brief))).toMatchObject({ expires_in: 7 })
  })

  it('carry the claims of the user that are registered for them, but none of the server’s', async () => {
    const claims = { access_token: ['team', 'client_id', 'scope', '__proto__'] }
    const claimant = await registerClient({ claims })
    const member = await registerUser({ claims: { team: 'blue' } })
    const { access_token } = await signIn(claimant, member, { scope: 'read' })
    const { payload } = await jwtVerify(access_token, await jwks())
    expect(payload).toMatchObject({ team: 'blue', scope: 'read', client_id: claimant.client_id })
  })

  it('have a header that tells their kind, before anything else is read', async () => {
    const { access_token } = await tokensOf(clientCredentials(client))
    expect(decodeProtectedHeader(access_token).typ).toBe('at+jwt')
  })
})

describe('RFC 8707: resource indicators', () => {
  const resource = 'https://api.example/v1'

  it('make the audience, without the issuer: userinfo refuses the token', async () => {
    const { access_token } = await signIn(client, user, { resource })
    const [, payload = ''] = access_token.split('.')
    expect(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))).toMatchObject({
      aud: resource,
    })
    expect((await userinfo(access_token)).status).toBe(401)
  })

  it.each([
    ['relative', '/v1'],
    ['with a fragment', `${resource}#x`],
    ['not a URI', 'api'],
    ['with a space', 'https://api.example/ x'],
  ])('%s: invalid_target', async (_what, target) => {
    const answer = await clientCredentials(client, { resource: target })
    expect(await read(answer)).toEqual(refusal('invalid_target'))
  })

  it('outside of the client’s registered ones: invalid_target', async () => {
    const bound = await registerClient({ resources: [resource] })
    expect((await clientCredentials(bound, { resource })).status).toBe(200)
    const answer = await clientCredentials(bound, { resource: `${resource}/` })
    expect(await read(answer)).toEqual(refusal('invalid_target'))
  })

  it('in a deployment a client in its own name names only what is registered for it', async () => {
    const production = { DEVELOPMENT: 'false', INSECURE_LOOPBACK_PROVIDERS: 'false' }
    const server = new Server({ ...production, ISSUER: 'https://id.example' })
    const ask = async (metadata: object, form: object) => {
      const one = await registerClient(metadata)
      const credentials = { client_id: one.client_id, client_secret: one.client_secret }
      const body = encodeForm({ grant_type: 'client_credentials', ...credentials, ...form })
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      const init = { method: 'POST', headers, body }
      return read(await server.fetch(new Request('https://id.example/oauth2/token', init)))
    }
    expect({
      unregistered: await ask({ token_endpoint_auth_method: 'client_secret_post' }, { resource }),
      registered: await ask(
        { token_endpoint_auth_method: 'client_secret_post', resources: [resource] },
        { resource },
      ),
      unnamed: await ask({ token_endpoint_auth_method: 'client_secret_post' }, {}),
    }).toEqual({
      unregistered: refusal('invalid_target'),
      registered: expect.objectContaining({ status: 200 }),
      unnamed: expect.objectContaining({ status: 200 }),
    })
  })

  it('several make an audience of several, each once', async () => {
    const several = { resource: [resource, 'https://b.example', resource] }
    const form = { grant_type: 'client_credentials', ...several }
    const { access_token } = await tokensOf(postAs(client, '/oauth2/token', form))
    const aud = [resource, 'https://b.example']
    expect(decodeJwt(access_token).aud).toEqual(aud)
    const answer = await postAs(client, '/oauth2/introspect', { token: access_token })
    expect(await answer.json()).toMatchObject({ active: true, aud })
  })

  it('several of which one may not be named: invalid_target', async () => {
    const bound = await registerClient({ resources: [resource] })
    const form = { grant_type: 'client_credentials', resource: [resource, 'https://b.example'] }
    const answer = await postAs(bound, '/oauth2/token', form)
    expect(await read(answer)).toEqual(refusal('invalid_target'))
  })

  it('of several that a password gave, a refresh narrows to one, and back to all', async () => {
    const several = [resource, 'https://b.example']
    const { username, password } = user
    const form = { grant_type: 'password', username, password, resource: several }
    const { refresh_token = '' } = await tokensOf(postAs(client, '/oauth2/token', form))
    const one = await tokensOf(refresh(client, refresh_token, { resource }))
    const all = await tokensOf(refresh(client, one.refresh_token ?? ''))
    expect({
      one: decodeJwt(one.access_token).aud,
      all: decodeJwt(all.access_token).aud,
    }).toEqual({ one: resource, all: several })
  })

  it('a refresh gives no resource that the client may name no longer, nor a token for all instead', async () => {
    const several = [resource, 'https://b.example']
    const own = await registerClient({ resources: several })
    const { username, password } = user
    const form = { grant_type: 'password', username, password, resource: several }
    const { refresh_token = '' } = await tokensOf(postAs(own, '/oauth2/token', form))
    await patchClient(own, { resources: [resource] })
    const one = await tokensOf(refresh(own, refresh_token))
    await patchClient(own, { resources: ['https://c.example'] })
    const none = await read(await refresh(own, one.refresh_token ?? ''))
    expect({ one: decodeJwt(one.access_token).aud, none }).toEqual({
      one: resource,
      none: refusal('invalid_target'),
    })
  })

  it('the longest scope and resource still make a token that is ours', async () => {
    const scope = Array.from({ length: 400 }, (_, index) => `scope-${1000 + index}`).join(' ')
    const long = `https://api.example/${'x'.repeat(1970)}`
    const wordy = await registerClient({ scope: scope.slice(0, 3999), resources: [long] })
    const { access_token } = await tokensOf(clientCredentials(wordy, { resource: long }))
    const answer = await postAs(wordy, '/oauth2/introspect', { token: access_token })
    expect(await answer.json()).toMatchObject({ active: true })
  })
})

describe('RFC 6749 3.2: what is not a token request', () => {
  const form = { grant_type: 'client_credentials' }

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'])('%s is 405 with Allow', async (method) => {
    const answer = await postern(new Request(`${issuer}/oauth2/token`, { method }))
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    })
  })

  it.each([
    ['JSON', 'application/json'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['text', 'text/plain'],
    ['two types at once', 'application/json, application/x-www-form-urlencoded'],
    ['no type', ''],
  ])('%s is 415, and says which header a form has', async (_what, type) => {
    const headers = new Headers(type === '' ? {} : { 'Content-Type': type })
    const text = encodeForm({ ...form, client_id: publicClient.client_id })
    const sent = { method: 'POST', headers, body: new TextEncoder().encode(text) }
    const answer = await postern(new Request(`${issuer}/oauth2/token`, sent))
    expect(await read(answer)).toEqual({
      status: 415,
      body: {
        error: 'invalid_request',
        error_description:
          'send the body as a form, with the header Content-Type: application/x-www-form-urlencoded',
      },
    })
  })

  it.each([
    'application/x-www-form-urlencoded; charset=UTF-8',
    'Application/X-WWW-Form-URLEncoded ;charset=utf-8',
  ])('%s is accepted', async (type) => {
    const method = { token_endpoint_auth_method: 'client_secret_post' }
    const { client_id, client_secret } = await registerClient(method)
    const credentials = { client_id, client_secret }
    const answer = await post(
      '/oauth2/token',
      { ...form, ...credentials },
      { 'Content-Type': type },
    )
    expect(answer.status).toBe(200)
  })

  it('parameters in the query are not read, and a secret there opens nothing', async () => {
    const { client_id, client_secret = '' } = client
    const query = new URLSearchParams({ ...form, client_id, client_secret })
    const answer = await post(`/oauth2/token?${query}`, '')
    expect(await read(answer)).toEqual(refusal('invalid_client', 401))
  })

  it.each([
    ['no grant type', {}, 'invalid_request'],
    ['an empty grant type', { grant_type: '' }, 'invalid_request'],
    ['a grant type twice', { grant_type: ['client_credentials', 'password'] }, 'invalid_request'],
    ['an unknown grant type', { grant_type: 'implicit' }, 'unsupported_grant_type'],
    ['a grant type in another case', { grant_type: 'Password' }, 'unsupported_grant_type'],
    ['an inherited name', { grant_type: 'constructor' }, 'unsupported_grant_type'],
    ['another inherited name', { grant_type: '__proto__' }, 'unsupported_grant_type'],
  ])('%s: %s', async (_what, parameters, error) => {
    const answer = await postAs(client, '/oauth2/token', parameters)
    expect(await read(answer)).toEqual(refusal(String(error)))
  })

  it.each(['username', 'password', 'scope', 'refresh_token', 'client_id', 'x'])(
    '%s twice is invalid_request',
    async (name) => {
      const twice = { ...form, [name]: ['a', 'b'] }
      expect(await read(await postAs(client, '/oauth2/token', twice))).toEqual(
        refusal('invalid_request'),
      )
    },
  )

  it.each([
    ['a byte that is no UTF-8, encoded', 'grant_type=client_credentials&scope=%FF'],
    ['an open percent', 'grant_type=client_credentials&scope=%'],
    ['a NUL', 'grant_type=client_credentials&scope=read%00'],
    ['a NUL in the client_id', 'grant_type=client_credentials&client_id=a%00'],
    ['10,000 parameters', Array.from({ length: 10_000 }, (_, i) => i).join('&')],
  ])('%s is invalid_request', async (_what, text) => {
    const answer = await post('/oauth2/token', text)
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('a raw byte that is no UTF-8 is invalid_request', async () => {
    const { url, headers } = formRequest('/oauth2/token', '')
    const body = new Uint8Array([0x61, 0x3d, 0xff])
    const answer = await postern(new Request(url, { method: 'POST', headers, body }))
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  const megabyte = new Uint8Array(1_048_576).fill(0x61)

  it.each([
    ['with its length', { 'Content-Length': '1048576' }, megabyte],
    ['that is only announced', { 'Content-Length': '1048576' }, new Uint8Array(1)],
    ['that is announced as a byte', { 'Content-Length': '1' }, megabyte],
    ['in chunks', {}, new Blob([megabyte]).stream()],
  ])('a megabyte %s is 413 before anything is looked up', async (_what, length, body) => {
    const server = new Server()
    const { url, headers } = formRequest('/oauth2/token', '', length)
    const answer = await server.fetch(new Request(url, { method: 'POST', headers, body }))
    const { calls } = server
    const tooLarge = refusal('request_too_large', 413)
    expect({ ...(await read(answer)), calls }).toEqual({ ...tooLarge, calls: [] })
  })

  it('parameters that it does not know are ignored', async () => {
    const answer = await clientCredentials(client, {
      foo: 'bar',
      ['__proto__']: 'x',
      toString: '1',
    })
    expect(answer.status).toBe(200)
  })

  it('a grant type that was taken from the client is refused at once where it was taken', async () => {
    const former = await registerClient()
    expect((await clientCredentials(former)).status).toBe(200)
    await patchClient(former, { grant_types: ['password'] })
    expect(await read(await clientCredentials(former))).toEqual(refusal('unauthorized_client'))
  })
})
