// The document: OAuth of the CMS, `api.php?method=oauth`.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { dialects } from '../../src/dialects/dialects.ts'
import { deployment, overPlainHttp, policies, policiesOf } from '../support/deployment.ts'
import { boundSignIn, boundTokens } from '../support/dpop.ts'
import { always, Server } from '../support/faults.ts'
import { bearer, get, post } from '../support/http.ts'
import {
  patchClient,
  patchUser,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { clientCredentials, signIn, tokensOf, userinfo } from '../support/tokens.ts'
import { outcome, send, sendForm, transcript } from '../support/transcript.ts'

// The first user of an empty server: the document's userID 1.
const admin = await registerUser({ username: 'admin', password: 'admin password' })
await registerPublicClient({
  client_id: 'cms',
  grant_types: ['password'],
  scope: 'openid profile',
})
const other = await registerClient()

const url = '/api.php?method=oauth'
const headers = {
  'cache-control': 'no-store',
  'content-type': 'application/json',
  pragma: 'no-cache',
}
const guest = '{"status":200,"authentificated":false,"userID":-1,"username":"Guest"}'
const signedIn = '{"status":200,"authentificated":true,"userID":1,"username":"admin"}'
const refusal = (error: string, status = 200) =>
  JSON.stringify({ status, error, authentificated: false, userID: -1, username: 'Guest' })

const adminForm = 'login=admin&password=admin+password'
const login = (form: string, to?: Server['fetch']) => sendForm(url, form, {}, to)
const tokenOf = async (answer: Promise<Response>) =>
  z.object({ access_token: z.string() }).parse(await (await answer).json()).access_token

afterEach(() => vi.restoreAllMocks())

describe('CMS: the document', () => {
  it('tells a caller without token that it is a guest', async () => {
    const answer = await transcript(send('GET /api.php?method=oauth'))
    expect(answer).toEqual({ status: 200, headers, body: guest })
  })

  it('tells a caller with an invalid token the same', async () => {
    const answer = send('GET /api.php?method=oauth&access_token=YOUR_ACCESS_TOKEN')
    expect(await transcript(answer)).toEqual({ status: 200, headers, body: guest })
  })

  it('refuses a wrong password', async () => {
    const answer = send(`POST /api.php?method=oauth
Content-Type: application/x-www-form-urlencoded

login=admin&password=wrong`)
    expect(await transcript(answer)).toEqual({
      status: 200,
      headers,
      body:
        '{"status":200,"error":"wrong_password","authentificated":false,"userID":-1,' +
        '"username":"Guest"}',
    })
  })

  it('gives a token for the right password', async () => {
    const answer = send(`POST /api.php?method=oauth
Content-Type: application/x-www-form-urlencoded

login=admin&password=admin+password`)
    expect(await transcript(answer)).toEqual({
      status: 200,
      headers,
      body:
        '{"status":200,"access_token":"ACCESS_TOKEN","authentificated":true,"userID":1,' +
        '"username":"admin"}',
    })
  })

  it('knows who is signed in, by a token in the query', async () => {
    const token = await tokenOf(login(adminForm))
    const answer = send(`GET /api.php?method=oauth&access_token=${token}`)
    expect(await transcript(answer)).toEqual({ status: 200, headers, body: signedIn })
  })

  it('knows who is signed in, by a token in the form', async () => {
    const token = await tokenOf(login(adminForm))
    expect(await outcome(login(`access_token=${token}`))).toEqual({ status: 200, body: signedIn })
  })
})

describe('CMS: whose token may tell who somebody is', () => {
  // The scopes of every dialect's system do.
  const ofDialects = dialects.flatMap(({ scopes }) => scopes.slice(-1))

  it.each<[scope: string, metadata: object, expected: string]>([
    ['openid', {}, signedIn],
    ['profile', {}, signedIn],
    ...ofDialects.map((scope): [string, object, string] => [scope, {}, signedIn]),
    ['weather', {}, guest],
    ['openid profile', { subject_type: 'pairwise' }, guest],
  ])('with the scope %s of a client %o', async (scope, metadata, expected) => {
    const app = await registerClient({ scope, ...metadata })
    const { access_token } = await signIn(app, admin)
    expect(await outcome(get(`${url}&access_token=${access_token}`))).toEqual({
      status: 200,
      body: expected,
    })
  })
})

describe('CMS: login', () => {
  it('takes the method from the form as well, where it wins', async () => {
    const form = `method=oauth&${adminForm}`
    const answers = [sendForm('/api.php', form), sendForm('/api.php?method=users', form)]
    for (const answer of answers) {
      expect(await (await answer).json()).toMatchObject({ authentificated: true, userID: 1 })
    }
    expect(await outcome(login('method=users'))).toEqual({
      status: 200,
      body: `{"error":"Api method 'users' doesnt exists","status":400}`,
    })
  })

  it('takes the e-mail address, and the login from the query', async () => {
    const answer = sendForm(`${url}&login=${admin.email}`, 'password=admin+password')
    expect(await (await answer).json()).toMatchObject({ userID: 1, username: 'admin' })
  })

  it.each([
    ['by GET', () => get(`${url}&${adminForm}`)],
    ['in the query of a POST', () => sendForm(`${url}&password=admin+password`, 'login=admin')],
  ])('does not see a password %s', async (_what, request) => {
    expect(await outcome(request())).toEqual({ status: 200, body: guest })
  })

  it.each([
    ['no login', 'password=admin+password'],
    ['no password', 'login=admin'],
    ['an empty password', 'login=admin&password='],
    ['the password 0, which is empty to PHP', 'login=admin&password=0'],
    ['the login 0', 'login=0&password=admin+password'],
  ])('is not tried with %s', async (_what, form) => {
    expect(await outcome(login(form))).toEqual({ status: 200, body: guest })
  })

  it('goes before a token that is sent along', async () => {
    const token = await tokenOf(login(adminForm))
    const answer = login(`login=admin&password=wrong&access_token=${token}`)
    expect(await outcome(answer)).toEqual({ status: 200, body: refusal('wrong_password') })
  })

  it('tells that a user does not exist, or is not active', async () => {
    const inactive = await registerUser()
    await patchUser(inactive, { disabled: true })
    const forms = [
      'login=nobody&password=x',
      `login=${inactive.username}&password=${inactive.password}`,
      `login=${'x'.repeat(400)}&password=x`,
    ]
    const answers = await Promise.all(forms.map((form) => outcome(login(form))))
    expect(answers).toEqual(forms.map(() => ({ status: 200, body: refusal('user_not_exists') })))
  })

  it('does not tell where the setting forbids it', async () => {
    const server = new Server({ CMS_TELLS_UNKNOWN_USERS: 'false' })
    const answer = login('login=nobody&password=x', server.fetch)
    expect(await outcome(answer)).toEqual({ status: 200, body: refusal('wrong_password') })
  })

  it('hashes as much for a user that does not exist', async () => {
    const derive = vi.spyOn(crypto.subtle, 'deriveBits')
    const hashings = async (form: string) => {
      derive.mockClear()
      await login(form)
      return derive.mock.calls.length
    }
    expect({
      unknown: await hashings('login=nobody&password=x'),
      known: await hashings('login=admin&password=x'),
    }).toEqual({ unknown: 6, known: 6 })
  })

  it.each([
    ['unset', undefined],
    ['unknown', 'nobody'],
  ])('permits nobody where its client is %s', async (_what, CMS_CLIENT) => {
    const server = new Server({ CMS_CLIENT })
    expect(await outcome(login(adminForm, server.fetch))).toEqual({
      status: 200,
      body: refusal('not_permitted_user'),
    })
  })

  it('permits nobody while its client is disabled, or not trusted', async () => {
    const disabled = await registerPublicClient()
    await patchClient(disabled, { disabled: true })
    const clients = [disabled, await registerPublicClient({ trusted: false })]
    for (const { client_id } of clients) {
      const server = new Server({ CMS_CLIENT: client_id })
      expect(await outcome(login(adminForm, server.fetch))).toEqual({
        status: 200,
        body: refusal('not_permitted_user'),
      })
    }
  })

  it('makes no refresh token, even for a client that could have one', async () => {
    const owner = await registerPublicClient()
    const server = new Server({ CMS_CLIENT: owner.client_id })
    await login(adminForm, server.fetch)
    const rows = env.DB.prepare('SELECT current_digest FROM grants WHERE client_id = ?')
    const { results } = await rows.bind(owner.client_id).all()
    expect(results).toEqual([{ current_digest: null }])
  })
})

describe('CMS: login state', () => {
  const state = (token: string) => outcome(get(`${url}&access_token=${token}`))

  it('knows a token that another face gave, and its own is known there', async () => {
    const { access_token } = await signIn(other, admin)
    expect(await state(access_token)).toEqual({ status: 200, body: signedIn })
    expect((await userinfo(await tokenOf(login(adminForm)))).status).toBe(200)
  })

  it.each([
    ['of a client alone', async () => (await tokensOf(clientCredentials(other))).access_token],
    [
      'for another resource',
      async () => (await signIn(other, admin, { resource: 'https://api.example/' })).access_token,
    ],
    ['for refreshing', async () => (await signIn(other, admin)).refresh_token],
    [
      'with one character changed',
      async () => (await tokenOf(login(adminForm))).replace(/.{9}$/, 'AAAAAAAAA'),
    ],
    [
      'that was revoked',
      async () => {
        const token = await tokenOf(login(adminForm))
        await post('/oauth2/revoke', { token, client_id: 'cms' })
        return token
      },
    ],
    ['that is bound to a key', async () => (await boundSignIn(other, admin)).access_token],
    [
      'of a disabled user',
      async () => {
        const user = await registerUser()
        const { access_token } = await signIn(other, user)
        await patchUser(user, { disabled: true })
        return access_token
      },
    ],
    [
      'that has expired',
      async () => {
        const { access_token } = await signIn(other, admin)
        vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 601_000)
        return access_token
      },
    ],
  ])('takes a token %s for nobody', async (_what, makeToken) => {
    expect(await state(await makeToken())).toEqual({ status: 200, body: guest })
  })

  it('reads no Authorization header', async () => {
    const token = await tokenOf(login(adminForm))
    expect(await outcome(get(url, bearer(token)))).toEqual({ status: 200, body: guest })
  })
})

describe('CMS: other methods', () => {
  it.each([
    [
      '/api.php',
      '{"error":"No api method in request, correct call: api.php?method=<API_METHOD>","status":400}',
    ],
    ['/api.php?method=users', `{"error":"Api method 'users' doesnt exists","status":400}`],
    [
      `/api.php?method=%3Cb%20a%3D'%22%26`,
      `{"error":"Api method '&lt;b a=&#039;&quot;&amp;' doesnt exists","status":400}`,
    ],
  ])('answers %s with 200', async (path, body) => {
    expect(await transcript(get(path))).toEqual({ status: 200, headers, body })
  })
})

describe('CMS: what it does not know', () => {
  it.each([
    ['a repeated parameter', `${url}&access_token=a&access_token=b`],
    ['a NUL', `${url}&access_token=%00`],
    ['bad UTF-8', `${url}&access_token=%FF`],
  ])('refuses %s', async (_what, path) => {
    expect(await outcome(get(path))).toEqual({ status: 400, body: refusal('invalid_request', 400) })
  })

  it('refuses a body that is no form, and one that is too large', async () => {
    const type = { 'Content-Type': 'application/json' }
    expect(await outcome(sendForm(url, '{}', type))).toEqual({
      status: 415,
      body: refusal('invalid_request', 415),
    })
    expect(await outcome(login(`login=${'x'.repeat(70_000)}`))).toEqual({
      status: 413,
      body: refusal('request_too_large', 413),
    })
  })

  it('throttles', async () => {
    const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    await login('login=throttled&password=x', server.fetch)
    expect(await transcript(login('login=throttled&password=x', server.fetch))).toEqual({
      status: 429,
      headers: { ...headers, 'retry-after': expect.stringMatching(/^\d+$/) },
      body: refusal('too_many_requests', 429),
    })
  })

  it.each([
    ['login', () => adminForm],
    ['login state', async () => `access_token=${await tokenOf(login(adminForm))}`],
  ])('asks to come back for its %s while storage is away', async (_what, makeForm) => {
    const form = await makeForm()
    const server = new Server()
    server.plan(always('fails', 'DB'))
    expect(await transcript(login(form, server.fetch))).toEqual({
      status: 503,
      headers: { ...headers, 'retry-after': '2' },
      body: refusal('temporarily_unavailable', 503),
    })
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('has no %s', async (method) => {
    expect(await transcript(send(`${method} ${url}`))).toEqual({
      status: 405,
      headers: { ...headers, allow: 'HEAD, GET, POST' },
      body: refusal('method_not_allowed', 405),
    })
  })

  it('is not there unless it is named', async () => {
    const server = new Server({ DIALECTS: '' })
    expect((await get(url, {}, server.fetch)).status).toBe(404)
  })
})

describe('CMS: what is logged', () => {
  it('holds no token, no password and no query', async () => {
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const token = await tokenOf(login(adminForm))
    await get(`${url}&access_token=${token}x&password=secret-in-query`)
    await login('login=admin&password=secret-in-form')
    await get(`${url}&access_token=%FFsecret-in-query`)
    const logged = lines.mock.calls.flat().join('\n')
    expect(logged).toContain('wrong')
    expect(logged).not.toMatch(/eyJ|secret-in|access_token|method=|\?/)
  })

  it('names the client whose token is shown', async () => {
    const { access_token } = await signIn(other, admin)
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const { status } = await get(`${url}&access_token=${access_token}`)
    const line: unknown = JSON.parse(String(lines.mock.calls.at(-1)))
    const { client_id } = other
    expect(line).toMatchObject({
      event: 'request',
      method: 'GET',
      path: '/api.php',
      status,
      client_id,
    })
  })
})

it('a wrong setting of its own is a fault, whether or not it is served', () => {
  const settings = { ...testSettings, DIALECTS: '', CMS_TELLS_UNKNOWN_USERS: 'maybe' }
  expect(configurationFrom(settings)).toEqual({
    faults: ['CMS_TELLS_UNKNOWN_USERS: must be true or false'],
  })
})

describe('on its way', () => {
  it('an answer has the headers of every answer', async () =>
    expect(await policiesOf(get('/api.php?method=oauth', {}, deployment()))).toEqual(policies))

  it('a request over plain http is refused in its words, before anything is done', async () =>
    expect(await overPlainHttp('/api.php?method=oauth')).toEqual({
      status: 400,
      body: {
        status: 400,
        error: 'invalid_request',
        authentificated: false,
        userID: -1,
        username: 'Guest',
      },
      calls: [],
    }))
})

describe('M029: a bound token of a confidential client', () => {
  it.each(boundTokens)('%s signs nobody in', async (_whose, make) => {
    const answer = await get(`/api.php?method=oauth&access_token=${await make()}`)
    expect(await answer.json()).toMatchObject({ authentificated: false, username: 'Guest' })
  })
})
