// The document: issue ISS-566 of Perfect-Turnstile-PostgreSQL.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hmacOf } from '../../src/crypto/hmac.ts'
import {
  deployment,
  httpsOnly,
  overPlainHttp,
  policies,
  policiesOf,
} from '../support/deployment.ts'
import { boundSignIn, boundTokens } from '../support/dpop.ts'
import { always, Server } from '../support/faults.ts'
import { basic, bearer, get, read } from '../support/http.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import { introspect, refresh, signIn, userinfo } from '../support/tokens.ts'
import { outcome, send, sendForm, transcript } from '../support/transcript.ts'

const gamer = await registerUser({
  username: 'c64.gamer@perfect.org',
  email: 'c64.gamer@perfect.org',
  password: 'Secret123',
})
const c64 = await registerPublicClient({ client_id: 'c64', scope: 'openid profile email' })

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }
const json = { 'content-type': 'application/json', ...noStore }
const documentForm =
  'grant_type=password&password=Secret123&client_id=c64&username=c64.gamer%40perfect.org'
const plainForm = 'username=c64.gamer%40perfect.org&password=Secret123'

const wished = z.strictObject({
  issued_at: z.string(),
  instance_url: z.string(),
  signature: z.string(),
  access_token: z.string(),
  refresh_token: z.string().optional(),
  id: z.string(),
  token_type: z.string(),
  expires_in: z.number(),
  scope: z.string(),
})
const wishedAnswer = async (answer: Promise<Response>) => wished.parse(await (await answer).json())

const login = (form: string, headers = {}) => sendForm('/api/v1/login', form, headers)
const plainAnswer = z.object({ token: z.string() })
const plainToken = async () => plainAnswer.parse(await (await login(plainForm)).json()).token

describe('Turnstile: the document', () => {
  it('gives the wished answer to the request of the document', async () => {
    const answer = await transcript(
      send(
        `POST /api/v1/login
Content-Type: application/x-www-form-urlencoded

grant_type=password&password=Secret123&client_id=c64&username=c64.gamer%40perfect.org`,
      ),
    )
    const body = answer.body
      .replace(/"issued_at":"\d{13}"/, '"issued_at":"MILLISECONDS"')
      .replace(/"signature":"[\w+/]{43}="/, '"signature":"SIGNATURE"')
    expect({ ...answer, body }).toEqual({
      status: 200,
      headers: json,
      body:
        '{"issued_at":"MILLISECONDS","instance_url":"http://localhost:8787/",' +
        '"signature":"SIGNATURE","access_token":"ACCESS_TOKEN","refresh_token":"REFRESH_TOKEN",' +
        `"id":"http://localhost:8787/id/${gamer.sub}","token_type":"Bearer","expires_in":600,` +
        '"scope":"openid profile email"}',
    })
  })

  it('gives the current answer, and nothing more, to a caller that knows nothing of OAuth', async () => {
    expect(await transcript(login(plainForm))).toEqual({
      status: 200,
      headers: json,
      body: '{"login":"ok","token":"ACCESS_TOKEN","error":"none"}',
    })
  })

  it('signs with the key that the operator is shown, where there is no secret', async () => {
    const answer = await wishedAnswer(login(documentForm))
    const shown: unknown = await (await admin('GET', '/clients/c64')).json()
    const { signature_key: key } = z.looseObject({ signature_key: z.string() }).parse(shown)
    expect(answer.signature).toBe(await hmacOf(key, answer.id + answer.issued_at))
  })

  it('shows the operator the key of a public client alone, in the form in which it is used', async () => {
    const confidential: unknown = await registerClient()
    const shown: unknown = await registerPublicClient()
    expect({ confidential, shown }).toEqual({
      confidential: expect.not.objectContaining({ signature_key: expect.anything() }),
      shown: expect.objectContaining({ signature_key: expect.stringMatching(/^[\w-]{43}$/) }),
    })
  })

  it('signs with the secret that the client presented, by header or by body', async () => {
    const { client_id, client_secret = '' } = await registerClient({
      token_endpoint_auth_method: undefined,
    })
    const form = `grant_type=password&${plainForm}`
    const answers = [
      await wishedAnswer(login(form, basic(client_id, client_secret))),
      await wishedAnswer(login(`${form}&client_id=${client_id}&client_secret=${client_secret}`)),
    ]
    for (const { signature, id, issued_at } of answers) {
      expect(signature).toBe(await hmacOf(client_secret, id + issued_at))
    }
  })

  it('signs with the secret that proved the client, not with what decoding made of it', async () => {
    const client_secret = 'Abcd+1234+efgh+5678+ijkl'
    const { client_id } = await registerClient({ client_secret })
    const headers = { Authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }
    const { signature, id, issued_at } = await wishedAnswer(
      login(`grant_type=password&${plainForm}`, headers),
    )
    expect(signature).toBe(await hmacOf(client_secret, id + issued_at))
  })

  it('signs as callers of Salesforce check: HMAC-SHA-256 of id and issued_at, in base64', async () => {
    const signature = await hmacOf('secret', 'https://perfect.org/id/org1/user11278448832702')
    expect(signature).toBe('J3N1idfpexqPvOPu67du4IiG+RQKNvkStdy5B8JY5eM=')
  })
})

describe('Turnstile: OAuth login', () => {
  it('refreshes', async () => {
    const { refresh_token = '' } = await wishedAnswer(login(documentForm))
    const form = `grant_type=refresh_token&client_id=c64&refresh_token=${refresh_token}`
    const next = await wishedAnswer(login(form))
    expect(next.refresh_token).not.toBe(refresh_token)
    expect(next.id).toBe(`http://localhost:8787/id/${gamer.sub}`)
  })

  it('leaves out the refresh token of a client that has none', async () => {
    const { client_id } = await registerPublicClient({ grant_types: ['password'] })
    const answer = await wishedAnswer(
      login(`grant_type=password&client_id=${client_id}&${plainForm}`),
    )
    expect(answer.refresh_token).toBeUndefined()
  })

  it.each([
    [
      'a wrong password',
      'grant_type=password&client_id=c64&username=c64.gamer%40perfect.org&password=x',
    ],
    ['an unknown user', 'grant_type=password&client_id=c64&username=nobody&password=Secret123'],
    ['a refresh token that is none', 'grant_type=refresh_token&client_id=c64&refresh_token=rt_x'],
  ])('refuses %s', async (_what, form) => {
    expect(await transcript(login(form))).toEqual({
      status: 400,
      headers: json,
      body: '{"error":"invalid_grant","error_description":"authentication failure"}',
    })
  })

  it.each([
    ['an unknown client', `grant_type=password&client_id=nobody&${plainForm}`],
    ['no client', `grant_type=password&${plainForm}`],
    ['a secret of a public client', `${documentForm}&client_secret=secret`],
  ])('refuses %s', async (_what, form) => {
    expect(await transcript(login(form))).toEqual({
      status: 401,
      headers: { ...json, 'www-authenticate': 'Basic realm="turnstile"' },
      body: '{"error":"invalid_client","error_description":"client identifier invalid"}',
    })
  })

  it.each(['client_credentials', 'authorization_code', 'foo'])(
    'has no grant type %s',
    async (grantType) => {
      expect(await outcome(login(`grant_type=${grantType}&client_id=c64`))).toEqual({
        status: 400,
        body:
          '{"error":"unsupported_grant_type",' +
          '"error_description":"the grant types are password and refresh_token"}',
      })
    },
  )

  it('refuses a client that is not trusted', async () => {
    const { client_id } = await registerPublicClient({ trusted: false })
    const answer = login(`grant_type=password&client_id=${client_id}&${plainForm}`)
    expect(await outcome(answer)).toEqual({
      status: 400,
      body:
        '{"error":"unauthorized_client",' +
        '"error_description":"the password grant is for trusted clients only"}',
    })
  })

  it.each([
    [
      'a missing password',
      'grant_type=password&client_id=c64&username=x',
      'the parameter password is missing',
    ],
    ['a repeated parameter', `${documentForm}&client_id=c64`, 'a parameter is repeated'],
    [
      'a NUL',
      'grant_type=password&client_id=c64&username=a%00b&password=x',
      'a parameter contains a NUL character',
    ],
    [
      'bad UTF-8',
      'grant_type=password&client_id=c64&username=%FF&password=x',
      'a parameter is not valid percent-encoded UTF-8',
    ],
  ])('refuses %s', async (_what, form, description) => {
    expect(await outcome(login(form))).toEqual({
      status: 400,
      body: JSON.stringify({ error: 'invalid_request', error_description: description }),
    })
  })
})

describe('Turnstile: plain login', () => {
  it.each([
    ['a wrong password', 'username=c64.gamer%40perfect.org&password=x'],
    ['an unknown user', 'username=nobody&password=Secret123'],
  ])('answers %s with 200', async (_what, form) => {
    expect(await transcript(login(form))).toEqual({
      status: 200,
      headers: json,
      body: '{"error":"Invalid username or password"}',
    })
  })

  it.each([
    ['no password', 'username=c64.gamer%40perfect.org'],
    ['no username', 'password=Secret123'],
    ['nothing at all', ''],
  ])('answers %s with 200', async (_what, form) => {
    expect(await outcome(login(form))).toEqual({
      status: 200,
      body: '{"error":"Missing username or password"}',
    })
  })

  it.each([
    ['an empty username', 'username=&password=Secret123'],
    ['an empty password', 'username=c64.gamer%40perfect.org&password='],
    ['nothing but empty parameters, grant_type too', 'grant_type=&username=&password='],
  ])('checks %s: only an absent parameter is missing', async (_what, form) => {
    expect(await outcome(login(form))).toEqual({
      status: 200,
      body: '{"error":"Invalid username or password"}',
    })
  })

  it('answers a request without body', async () => {
    expect(await outcome(send('POST /api/v1/login'))).toEqual({
      status: 200,
      body: '{"error":"Missing username or password"}',
    })
  })

  it('reads nothing from the query', async () => {
    expect(await outcome(send(`POST /api/v1/login?${plainForm}`))).toEqual({
      status: 200,
      body: '{"error":"Missing username or password"}',
    })
  })

  it('gives a token for the server itself, whatever resource is named', async () => {
    const answer = await login(`${plainForm}&resource=https%3A%2F%2Fapi.example`)
    const { token } = plainAnswer.parse(await answer.json())
    expect((await userinfo(token)).status).toBe(200)
  })

  it.each([
    ['unset', undefined],
    ['unknown', 'nobody'],
  ])('refuses everybody where its client is %s', async (_what, TURNSTILE_CLIENT) => {
    const server = new Server({ TURNSTILE_CLIENT })
    const answer = sendForm('/api/v1/login', plainForm, {}, server.fetch)
    expect(await outcome(answer)).toEqual({
      status: 200,
      body: '{"error":"Invalid username or password"}',
    })
  })

  it('refuses everybody while its client is disabled', async () => {
    const owner = await registerPublicClient()
    await patchClient(owner, { disabled: true })
    const server = new Server({ TURNSTILE_CLIENT: owner.client_id })
    const answer = sendForm('/api/v1/login', plainForm, {}, server.fetch)
    expect(await outcome(answer)).toEqual({
      status: 200,
      body: '{"error":"Invalid username or password"}',
    })
  })

  it('refuses a disabled user', async () => {
    const user = await registerUser()
    await patchUser(user, { disabled: true })
    const answer = login(`username=${user.username}&password=${user.password}`)
    expect(await outcome(answer)).toEqual({
      status: 200,
      body: '{"error":"Invalid username or password"}',
    })
  })
})

describe('Turnstile: what it does not know', () => {
  it.each([
    ['plain', plainForm, '{"error":"too many attempts, try again later"}'],
    [
      'OAuth',
      documentForm,
      '{"error":"too_many_requests","error_description":"too many attempts, try again later"}',
    ],
  ])('throttles a %s login', async (_what, form, body) => {
    const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    const wrong = form.replace('Secret123', 'wrong').replace('c64.gamer', `x${body.length}`)
    await sendForm('/api/v1/login', wrong, {}, server.fetch)
    const answer = await transcript(sendForm('/api/v1/login', wrong, {}, server.fetch))
    const headers = { ...json, 'retry-after': expect.stringMatching(/^\d+$/) }
    expect(answer).toEqual({ status: 429, headers, body })
  })

  it('asks to come back while storage is away', async () => {
    const server = new Server()
    server.plan(always('fails', 'DB'))
    const answer = await transcript(sendForm('/api/v1/login', plainForm, {}, server.fetch))
    expect(answer).toEqual({
      status: 503,
      headers: { ...json, 'retry-after': '2' },
      body: '{"error":"the server cannot answer now, try again"}',
    })
  })

  it('refuses a body that is too large, and one that is no form', async () => {
    expect(await outcome(login(`username=${'x'.repeat(70_000)}`))).toEqual({
      status: 413,
      body: '{"error":"request_too_large","error_description":"the body is too large"}',
    })
    expect(await outcome(login('{}', { 'Content-Type': 'application/json' }))).toEqual({
      status: 415,
      body:
        '{"error":"invalid_request","error_description":"send the body as a form, ' +
        'with the header Content-Type: application/x-www-form-urlencoded"}',
    })
  })

  it.each([
    ['GET', '/api/v1/login', 'POST'],
    ['POST', '/api/v1/logout', 'HEAD, GET'],
  ])('has no %s %s', async (method, path, allow) => {
    expect(await transcript(send(`${method} ${path}`))).toEqual({
      status: 405,
      headers: { ...json, allow },
      body: '{"error":"Method not allowed"}',
    })
  })

  it('is not there unless it is named', async () => {
    const server = new Server({ DIALECTS: '' })
    const answer = await sendForm('/api/v1/login', plainForm, {}, server.fetch)
    expect(answer.status).toBe(404)
  })
})

describe('Turnstile: logout', () => {
  const complete = '{"error":"none","logout":"complete"}'

  it('ends the token', async () => {
    const token = await plainToken()
    const answer = await transcript(get('/api/v1/logout', bearer(token)))
    expect(answer).toEqual({ status: 200, headers: json, body: complete })
    expect((await userinfo(token)).status).toBe(401)
  })

  it('ends the whole line, its refresh token too', async () => {
    const { access_token, refresh_token } = await signIn(c64, gamer)
    await get('/api/v1/logout', bearer(access_token))
    expect(await read(await refresh(c64, refresh_token))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
  })

  it.each([
    ['without a token', {}],
    ['with a token that is none', bearer('x.y.z')],
    ['with another scheme', basic('c64', 'x')],
  ])('is complete %s', async (_what, headers) => {
    expect(await outcome(get('/api/v1/logout', headers))).toEqual({ status: 200, body: complete })
  })

  it('leaves a line alone whose token was made for another resource', async () => {
    const { access_token, refresh_token } = await signIn(c64, gamer, {
      resource: 'https://api.example/',
    })
    expect(await outcome(get('/api/v1/logout', bearer(access_token)))).toEqual({
      status: 200,
      body: complete,
    })
    expect((await refresh(c64, refresh_token)).status).toBe(200)
  })

  it('leaves a line alone that is bound to a key', async () => {
    const { access_token } = await boundSignIn(c64, gamer)
    const asker = await registerClient()
    await get('/api/v1/logout', bearer(access_token))
    expect(await read(await introspect(asker, access_token))).toMatchObject({
      body: { active: true },
    })
  })

  it('does not say complete while storage is away', async () => {
    const token = await plainToken()
    const server = new Server()
    server.plan(always('fails', 'DB'))
    const answer = await get('/api/v1/logout', bearer(token), server.fetch)
    expect({ status: answer.status, retryAfter: answer.headers.get('Retry-After') }).toEqual({
      status: 503,
      retryAfter: '2',
    })
  })
})

describe('on its way', () => {
  it('its address has no second spelling', async () =>
    expect((await get('/api/v1/%6Cogout')).status).toBe(404))

  it('an answer has the headers of every answer', async () =>
    expect(await policiesOf(get('/api/v1/logout', {}, deployment()))).toEqual(policies))

  it('a request over plain http is refused in its words, before anything is done', async () =>
    expect(await overPlainHttp('/api/v1/login')).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: httpsOnly },
      calls: [],
    }))
})

describe('M029: a bound token of a confidential client', () => {
  it.each(boundTokens)('%s ends nothing', async (_whose, make) => {
    const token = await make()
    await get('/api/v1/logout', bearer(token))
    expect(await (await introspect(await registerClient(), token)).json()).toMatchObject({
      active: true,
    })
  })
})
