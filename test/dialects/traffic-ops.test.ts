// The document: Traffic Ops `user/login/oauth`, and its neighbours.
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { authorizePath, outcome, refusedWith, registerWebClient, signedIn } from '../openid/flow.ts'
import {
  deployment,
  httpsOnly,
  overPlainHttp,
  policies,
  policiesOf,
} from '../support/deployment.ts'
import { boundTokens } from '../support/dpop.ts'
import { always, Server } from '../support/faults.ts'
import { issuer } from '../support/http.ts'
import { admin, patchUser, registerUser } from '../support/registry.ts'
import { transcript } from '../support/transcript.ts'
import { UserAgent } from '../support/user-agent.ts'
import { api, cookieOf, loginWithCode, scriptedIssuer } from './traffic-ops.ts'

const faceHeaders = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers':
    'Origin, X-Requested-With, Content-Type, Accept, Set-Cookie, Cookie',
  'access-control-allow-methods': 'POST,GET,OPTIONS,PUT,DELETE',
  'access-control-allow-origin': '*',
  'cache-control': 'no-store',
  'content-type': 'application/json',
  'x-server-name': 'traffic_ops_golang/',
}

/** The document's body: 65 bytes. */
const loggedIn = '{"alerts":[{"text":"Successfully logged in.","level":"success"}]}'
const alert = (text: string) => `{"alerts":[{"text":"${text}","level":"error"}]}\n`

const user = await registerUser({ name: 'Terry Ops', role: 'admin' })
const known = await scriptedIssuer()
await known.register()
await known.givesToken(known.tokenWith({ sub: user.username }))

async function hashOf(body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-512', new TextEncoder().encode(body))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

const signIn = async (): Promise<string> => cookieOf(await loginWithCode(known.wire))
const current = (cookie: string, version = '4.0', to?: Server['fetch']) =>
  api('GET', `${version}/user/current`, undefined, { Cookie: cookie }, to)

describe('user/login/oauth: the document', () => {
  it('has its status, its headers and its 65 bytes', async () => {
    const { status, headers, body } = await transcript(loginWithCode(known.wire))
    const { 'set-cookie': cookie, ...others } = headers
    expect({ status, headers: others, body }).toEqual({
      status: 200,
      headers: {
        ...faceHeaders,
        'whole-content-sha512':
          'UdO6T3tMNctnVusDXzRjVwwYOnD7jmnBzPEB9PvOt2bHajTv3SKTPiIZjDzvhU6EX4p+JoG4fA5wlhgxpsejIw==',
      },
      body: loggedIn,
    })
    expect(cookie).toMatch(
      /^mojolicious=[\w-]{43}; Path=\/; Expires=\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT; Max-Age=3600; HttpOnly; SameSite=Lax$/,
    )
  })

  it.each(['3.0', '3.1', '4.0', '4.1', '5.0'])('speaks %s', async (version) => {
    expect((await loginWithCode(known.wire, undefined, version)).status).toBe(200)
  })

  it('may have a slash at its end', async () => {
    const answer = await api('POST', '3.0/user/login/oauth/', JSON.stringify(known.wire))
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 200,
      body: loggedIn,
    })
  })

  it('sends the code as a client of the provider, with its secret in the header', async () => {
    const asked = await scriptedIssuer()
    await asked.register({ client_secret: 'p: %+' })
    await asked.givesToken(asked.tokenWith({ sub: user.username }))
    await loginWithCode(asked.wire)
    const [request] = await asked.provider.requests('/token')
    expect(request).toMatchObject({
      method: 'POST',
      headers: { authorization: `Basic ${btoa('portal:p%3A+%25%2B')}` },
    })
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'AbCd123',
      client_id: 'portal',
      redirect_uri: 'https://traffic-portal.example.com/sso',
    })
  })

  it('marks the cookie Secure where the server is reached by https', async () => {
    const server = new Server({
      DEVELOPMENT: 'false',
      ISSUER: 'https://as.example',
      INSECURE_LOOPBACK_PROVIDERS: 'false',
    })
    const request = new Request('https://as.example/api/4.0/user/login', {
      method: 'POST',
      body: JSON.stringify({ u: user.username, p: user.password }),
    })
    const answer = await server.fetch(request)
    expect(answer.headers.get('Set-Cookie')).toContain('; HttpOnly; Secure; SameSite=Lax')
  })
})

describe('user/login/oauth: refusals before anybody is asked', () => {
  it.each(['2.0', '3.2', '1.1', '6.0', 'v3', '3'])('knows no version %s', async (version) => {
    const { status, body } = await transcript(loginWithCode(known.wire, undefined, version))
    expect(status).toBe(501)
    expect(body).toContain('"The requested api version is not implemented by this server.')
  })

  it.each(['', 'x', '[]', 'null', '"a"', '{"code":'])('takes no body %j', async (body) => {
    const answer = await transcript(api('POST', '3.0/user/login/oauth', body))
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 400,
      body: alert('the request body is not a JSON object'),
    })
  })

  it.each(Object.keys(known.wire))('needs %s', async (name) => {
    for (const value of [undefined, '', null, 1, ['a']]) {
      const answer = await transcript(loginWithCode({ ...known.wire, [name]: value }))
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: 400,
        body: alert('authCodeTokenUrl, code, clientId and redirectUri are required'),
      })
    }
  })

  it('hashes what it says in a refusal, too', async () => {
    const { headers } = await transcript(loginWithCode({}))
    const body = alert('authCodeTokenUrl, code, clientId and redirectUri are required')
    expect(headers).toEqual({ ...faceHeaders, 'whole-content-sha512': await hashOf(body) })
  })

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('answers no %s', async (method) => {
    const answer = await api(method, '3.0/user/login/oauth')
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    })
  })

  it('refuses a body of 64 KiB and more', async () => {
    const answer = await transcript(loginWithCode({ ...known.wire, code: 'x'.repeat(70_000) }))
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 413,
      body: alert('Request Entity Too Large'),
    })
  })
})

describe('a login in a browser (login CSRF)', () => {
  const json = { 'Content-Type': 'application/json' }
  const text = { 'Content-Type': 'text/plain' }
  const logins = [
    ['user/login/oauth', JSON.stringify(known.wire)],
    ['user/login', JSON.stringify({ u: user.username, p: user.password })],
  ] as const
  const pages: [string, Record<string, string>][] = [
    [
      'a form of another site',
      { ...text, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
    ],
    [
      'a script of another site',
      { ...json, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' },
    ],
    ['a page of another host of the site', { ...json, 'Sec-Fetch-Site': 'same-site' }],
    ['a page of another origin, in an older browser', { ...json, Origin: 'https://evil.example' }],
    ['a page of another port', { ...json, Origin: 'http://localhost:8788' }],
    ['a sandboxed document', { ...json, Origin: 'null' }],
  ]

  it.each(
    logins.flatMap(([path, body]) =>
      pages.map(([page, headers]) => ({ path, body, page, headers })),
    ),
  )('$path refuses $page, and sets no cookie', async ({ path, body, headers }) => {
    const answer = await api('POST', `3.0/${path}`, body, headers)
    expect({
      status: answer.status,
      body: await answer.text(),
      setCookie: answer.headers.get('Set-Cookie'),
    }).toEqual({ status: 403, body: alert('Forbidden'), setCookie: null })
  })

  it.each(logins)('%s takes JSON alone from a page of its own origin', async (path, body) => {
    const origin = { Origin: 'http://localhost:8787' }
    const answer = await api('POST', `3.0/${path}`, body, { ...text, ...origin })
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 415,
      body: alert('Unsupported Media Type'),
    })
  })

  it.each<[string, Record<string, string>]>([
    [
      'a page of its own origin',
      { ...json, Origin: 'http://localhost:8787', 'Sec-Fetch-Site': 'same-origin' },
    ],
    ['a page of its own origin, in an older browser', { ...json, Origin: 'http://localhost:8787' }],
    [
      'a portal that passes requests on',
      { ...json, Origin: 'https://portal.example', 'Sec-Fetch-Site': 'same-origin' },
    ],
    ['a program that names no media type', {}],
    ['a program that sends text', text],
    ['a program on Node.js', { ...text, 'Sec-Fetch-Mode': 'cors' }],
  ])('user/login signs in for %s', async (_what, headers) => {
    const body = JSON.stringify({ u: user.username, p: user.password })
    const answer = await api('POST', '3.0/user/login', body, headers)
    expect({ status: answer.status, setCookie: answer.headers.get('Set-Cookie') }).toEqual({
      status: 200,
      setCookie: expect.stringContaining('mojolicious='),
    })
  })

  it('user/login signs in for a page that development serves beside its fixed issuer', async () => {
    const tunnelled = new Server({ DEVELOPMENT_ISSUER: 'https://tunnel.example' })
    const body = JSON.stringify({ u: user.username, p: user.password })
    const from = (origin: string) =>
      api('POST', '3.0/user/login', body, { ...json, Origin: origin }, tunnelled.fetch)
    const answers = await Promise.all(
      ['http://localhost:8787', 'https://tunnel.example', 'https://evil.example'].map(from),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403])
  })

  it('user/logout is for pages of its own origin, too', async () => {
    const cookie = await signIn()
    const headers = { Cookie: cookie, 'Sec-Fetch-Site': 'same-site' }
    expect((await api('POST', '3.0/user/logout', '', headers)).status).toBe(403)
    expect((await current(cookie)).status).toBe(200)
  })
})

describe('the two kinds of session', () => {
  it('the cookie signs nobody in on the pages', async () => {
    const secret = (await signIn()).replace('mojolicious=', '')
    const agent = new UserAgent()
    agent.cookies.set('postern_session_8787', secret)
    const silent = await agent.open(authorizePath(await registerWebClient(), { prompt: 'none' }))
    expect(outcome(silent)).toEqual(refusedWith('login_required'))
  })

  it('a session of the pages is no cookie of the face', async () => {
    const secret = (await signedIn(user)).cookies.get('postern_session_8787') ?? ''
    expect(secret).toMatch(/^[\w-]{43}$/)
    const answer = await current(`mojolicious=${secret}`)
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 401,
      body: alert('unauthorized, please log in.'),
    })
  })
})

describe('user/current', () => {
  it('tells who is signed in, as version 4 does', async () => {
    const { status, body } = await transcript(current(await signIn()))
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({
      response: expect.objectContaining({
        id: user.id,
        username: user.username,
        email: user.email,
        fullName: 'Terry Ops',
        role: 'admin',
        lastAuthenticated: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
      }),
    })
  })

  it('tells who is signed in, as version 3 does', async () => {
    const { body } = await transcript(current(await signIn(), '3.1'))
    expect(JSON.parse(body)).toEqual({
      response: expect.objectContaining({
        username: user.username,
        roleName: 'admin',
        role: null,
        localUser: true,
        lastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\d [\d:]{8}\+00$/),
      }),
    })
  })

  it('gives the cookie another hour', async () => {
    const cookie = await signIn()
    const answer = await current(cookie)
    expect(cookieOf(answer)).toBe(cookie)
    expect(answer.headers.get('Set-Cookie')).toContain('Max-Age=3600')
  })

  it('slides: an hour without use ends the session, use moves the end on', async () => {
    const [idle, used] = [await signIn(), await signIn()]
    await passTime(3_000)
    expect((await current(used)).status).toBe(200)
    await passTime(1_000)
    expect((await current(idle)).status).toBe(401)
    expect((await current(used)).status).toBe(200)
  })

  it.each([
    ['no cookie', ''],
    ['an empty one', 'mojolicious='],
    ['an unknown one', `mojolicious=${'A'.repeat(43)}`],
    ['one of the real system', 'mojolicious=eyJhdXRoX2RhdGEiOiJhZG1pbiJ9--de75ba0d90'],
    ['one of another name', `xmojolicious=${'A'.repeat(43)}`],
  ])('asks to log in with %s', async (_what, cookie) => {
    const { status, body } = await transcript(current(cookie))
    expect({ status, body }).toEqual({ status: 401, body: alert('unauthorized, please log in.') })
  })

  it('puts a disabled user out at once', async () => {
    const brief = await registerUser()
    await known.givesToken(known.tokenWith({ sub: brief.username }))
    const cookie = await signIn()
    expect((await current(cookie)).status).toBe(200)
    await patchUser(brief, { disabled: true })
    expect((await current(cookie)).status).toBe(401)
    expect((await loginWithCode(known.wire)).status).toBe(403)
    await known.givesToken(known.tokenWith({ sub: user.username }))
  })

  it('is not opened by the session of a browser', async () => {
    const browser = await signedIn(await registerUser())
    const secret = browser.cookies.get('postern_session_8787')
    expect((await fetchPage('/account', `postern_session_8787=${secret}`)).status).toBe(200)
    expect((await current(`mojolicious=${secret}`)).status).toBe(401)
  })

  it('opens no page: the session of the face is none of a browser', async () => {
    const cookie = await signIn()
    expect((await current(cookie)).status).toBe(200)
    const secret = cookie.split('=')[1]
    expect((await fetchPage('/account', `postern_session_8787=${secret}`)).status).toBe(303)
  })
})

describe('user/logout', () => {
  it('ends the session at the server, and the cookie', async () => {
    const cookie = await signIn()
    const answer = await api('POST', '4.0/user/logout', undefined, { Cookie: cookie })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(
      '{"alerts":[{"text":"You are logged out.","level":"success"}]}\n',
    )
    expect(answer.headers.get('Set-Cookie')).toMatch(/^mojolicious=; Path=\/; Expires=[^;]+; Http/)
    expect((await current(cookie)).status).toBe(401)
  })

  it('asks to log in without one', async () => {
    expect((await api('POST', '4.0/user/logout')).status).toBe(401)
  })

  it('is done by an operator, too', async () => {
    const cookie = await signIn()
    await admin('POST', `/users/${user.id}/logout`)
    expect((await current(cookie)).status).toBe(401)
  })
})

describe('user/login', () => {
  const login = (u: unknown, p: unknown, to?: Server['fetch']) =>
    api('POST', '4.0/user/login', JSON.stringify({ u, p }), {}, to)

  it('signs in with a password', async () => {
    const answer = await login(user.username, user.password)
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 200,
      body: `${loggedIn}\n`,
    })
    expect(answer.headers.get('Whole-Content-Sha512')).toBe(
      'FuS3TkVosxHtpxRGMJ2on+WnFdYTNSPjxz/Gh1iT4UCJ2/P0twUbAGQ3tTx9EfGiAzg9CNQiVUFGnYjJZ6NCpg==',
    )
    expect((await current(cookieOf(answer))).status).toBe(200)
  })

  it.each(['p\0', '\0p', 'p\ud800'])('takes no NUL and no half character: %j', async (changed) => {
    const password = changed.replace('p', user.password)
    const { status, body } = await transcript(login(user.username, password))
    expect({ status, body }).toEqual({
      status: 400,
      body: alert('username and password are required'),
    })
  })

  it('takes no member twice', async () => {
    const [u, p] = [user.username, user.password].map((text) => JSON.stringify(text))
    const twice = `{"u":"somebody","u":${u},"p":${p}}`
    expect((await api('POST', '4.0/user/login', twice)).status).toBe(400)
  })

  it('takes the e-mail address as well', async () => {
    expect((await login(user.email, user.password)).status).toBe(200)
  })

  it('has the same answer for a user who is disabled while the password is being hashed', async () => {
    const brief = await registerUser()
    const server = new Server()
    server.plan(async ({ text }) => {
      if (/INSERT INTO sessions/.test(text)) await patchUser(brief, { disabled: true })
      return null
    })
    const { status, body } = await transcript(login(brief.username, brief.password, server.fetch))
    expect({ status, body }).toEqual({ status: 401, body: alert('Invalid username or password.') })
  })

  it('has one answer for a wrong password and an unknown user', async () => {
    const answers = [await login(user.username, 'wrong'), await login('nobody', 'wrong')]
    const [wrong, nobody] = await Promise.all(answers.map(transcript))
    expect(wrong).toEqual(nobody)
    expect({ status: wrong?.status, body: wrong?.body }).toEqual({
      status: 401,
      body: alert('Invalid username or password.'),
    })
  })

  it.each([
    ['', 'x'],
    ['x', ''],
    [undefined, 'x'],
    [1, 'x'],
  ])('needs both: %j and %j', async (u, p) => {
    const { status, body } = await transcript(login(u, p))
    expect({ status, body }).toEqual({
      status: 400,
      body: alert('username and password are required'),
    })
  })

  it('says so where there were too many tries', async () => {
    const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    const target = await registerUser()
    await login(target.username, 'wrong', server.fetch)
    const answer = await login(target.username, target.password, server.fetch)
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 429,
      body: alert('Too Many Requests'),
    })
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
  })

  it('says so where storage is away', async () => {
    const server = new Server()
    server.plan(always('fails', 'DB'))
    const { status, body, headers } = await transcript(login('a', 'b', server.fetch))
    expect({ status, body }).toEqual({ status: 503, body: alert('Service Unavailable') })
    expect(headers).toHaveProperty('retry-after')
  })
})

const fetchPage = (path: string, cookie: string) =>
  new Server().fetch(new Request(issuer + path, { headers: { Cookie: cookie } }))

/** Moves every session of the face into the past. */
const passTime = (by: number) =>
  env.DB.prepare(
    `UPDATE sessions SET idle_expires_at = idle_expires_at - ?1, last_seen_at = last_seen_at - ?1
     WHERE face = 'traffic-ops'`,
  )
    .bind(by)
    .run()

describe('on its way', () => {
  it('a login is a line in the log, which names the face', async () => {
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const body = JSON.stringify({ u: user.username, p: user.password })
    await api('POST', '4.0/user/login', body, { 'Content-Type': 'application/json' })
    const logged = lines.mock.calls.map(([line]): unknown => JSON.parse(String(line)))
    lines.mockRestore()
    expect(logged).toContainEqual(
      expect.objectContaining({ event: 'signed in', user_id: user.id, face: 'traffic-ops' }),
    )
  })

  it('an answer has the headers of every answer', async () =>
    expect(await policiesOf(api('GET', '4.0/user/current', undefined, {}, deployment()))).toEqual(
      policies,
    ))

  it('a request over plain http is refused in its words, before anything is done', async () =>
    expect(await overPlainHttp('/api/4.0/user/login')).toEqual({
      status: 400,
      body: { alerts: [{ level: 'error', text: httpsOnly }] },
      calls: [],
    }))
})

describe('M029: a bound token of a confidential client', () => {
  it.each(boundTokens)('%s is no cookie', async (_whose, make) => {
    const Cookie = `mojolicious=${await make()}`
    expect((await api('GET', '4.0/user/current', undefined, { Cookie })).status).toBe(401)
  })
})
