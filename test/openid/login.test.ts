// The sign-in page and the session that it begins: who may post it, what a try costs, which cookie
// counts, and where it leads.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { issuer, postern } from '../support/http.ts'
import { admin, patchUser, registerUser, type TestUser } from '../support/registry.ts'
import { refresh, tokensOf, userinfo } from '../support/tokens.ts'
import { formOf, shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  callback,
  codeOf,
  granted,
  outcome,
  pass,
  refusedWith,
  registerWebClient,
  signedIn,
  signInAt,
  signInTo,
  verifiedIdToken,
  redeem,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser()

afterEach(backToNow)

const isSignedIn = async (agent: UserAgent): Promise<boolean> =>
  (await agent.open('/')).path === '/'

const signIn = { status: 200, page: 'Sign in · Postern' }
const forgery = { status: 403, page: 'Please try that again · Postern' }
const expired = { status: 400, page: 'This page has expired · Postern' }
const wrong = { status: 400, page: 'Error: Sign in · Postern' }
const home = { status: 200, page: 'You are signed in · Postern' }

describe('N161, ASVS 3.5.1: only the page that we showed in this browser is taken', () => {
  const right = { username: user.username, password: user.password }

  const attempts: [string, (agent: UserAgent, page: Place) => Promise<Place>][] = [
    ['without its token', (agent, page) => agent.submit(page, { ...right, form_token: undefined })],
    ['with an empty token', (agent, page) => agent.submit(page, { ...right, form_token: '' })],
    [
      'with the token of another screen of this browser',
      async (agent, page) => {
        const { form_token } = formOf(await agent.open('/')).hidden
        return agent.submit(page, { ...right, form_token })
      },
    ],
    [
      'with the token of another browser',
      async (agent, page) => {
        const other = new UserAgent()
        const { form_token } = formOf(await other.open('/')).hidden
        return agent.submit(page, { ...right, form_token })
      },
    ],
    ['from another browser altogether', (_agent, page) => new UserAgent().submit(page, right)],
    [
      'from another browser with a secret of its own',
      async (_agent, page) => {
        const other = new UserAgent()
        await other.open('/')
        return other.submit(page, right)
      },
    ],
    [
      'from another origin',
      (agent, page) => agent.submit(page, right, { headers: { Origin: 'https://evil.example' } }),
    ],
    [
      'from another port of this host',
      (agent, page) => agent.submit(page, right, { headers: { Origin: 'http://localhost:1' } }),
    ],
    [
      'from another site, as the browser says',
      (agent, page) => agent.submit(page, right, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
    ],
    [
      'from a sibling of this host, as the browser says',
      (agent, page) => agent.submit(page, right, { headers: { 'Sec-Fetch-Site': 'same-site' } }),
    ],
  ]

  it.each(attempts)('a form %s is 403, and nobody is signed in', async (_what, attempt) => {
    const agent = new UserAgent()
    const place = await attempt(agent, await agent.open('/'))
    expect({ outcome: outcome(place), signedIn: await isSignedIn(agent) }).toEqual({
      outcome: forgery,
      signedIn: false,
    })
  })

  it.each([
    ['our own origin', { Origin: issuer }],
    ['no origin, as a browser says it that sends no referrer', { Origin: 'null' }],
  ])('the form with %s is taken', async (_what, headers) => {
    const agent = new UserAgent()
    expect(outcome(await agent.submit(await agent.open('/'), right, { headers }))).toEqual(home)
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'a body of %s is refused',
    async (type) => {
      const agent = new UserAgent()
      const place = await agent.post('/login', '{}', { 'Content-Type': type })
      expect(place.status).toBe(415)
    },
  )

  it('a link with a password in it signs nobody in', async () => {
    const agent = new UserAgent()
    const { path } = await agent.open('/')
    await agent.open(`${path}&${new URLSearchParams(right)}`)
    expect(await isSignedIn(agent)).toBe(false)
  })

  it('a screen of another browser is not shown, but what it was about is asked anew', async () => {
    const { path } = await new UserAgent().open(authorizePath(client))
    const agent = new UserAgent()
    await agent.open('/')
    const place = await agent.open(path)
    expect([outcome(place), place.path === path]).toEqual([signIn, false])
  })

  it('a screen is not shown to a browser that keeps no cookies: it would go in circles', async () => {
    const { path } = await new UserAgent().open(authorizePath(client))
    expect(outcome(await new UserAgent().open(path))).toEqual(expired)
  })

  it('of two tabs that a fresh browser opened at once, each leads to what was asked', async () => {
    const browser = new UserAgent()
    const tabs = [browser.copy(), browser.copy()]
    const pages = await Promise.all(tabs.map((tab) => tab.open(authorizePath(client))))
    // The browser keeps the secret that came last, and the first tab's form was shown under another.
    const [first, second] = pages
    if (first === undefined || second === undefined) throw new Error('two tabs were opened')
    const last = tabs[1] ?? browser
    expect(outcome(await last.open(first.path))).toEqual(signIn)
    const late = await signInAt(last, first, user)
    const [, startAgain = ''] = /class="button" href="([^"]*)"/.exec(late.html) ?? []
    expect(late.status).toBe(403)
    expect(outcome(await signInAt(last, second, user))).toEqual(granted())
    expect([
      outcome(await last.open(first.path)),
      outcome(await last.open(startAgain.replaceAll('&amp;', '&'))),
    ]).toEqual([granted(), granted()])
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('%s is 405 with Allow', async (method) => {
    const server = new Server()
    const answer = await server.fetch(new Request(`${issuer}/login`, { method }))
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'HEAD, GET, POST',
    })
  })
})

describe('N164, ASVS 6.3.8: unknown users and wrong passwords cannot be told apart', () => {
  async function attempt(username: string, password: string) {
    const server = new Server()
    const agent = new UserAgent(server.fetch)
    const page = await agent.open('/')
    server.plan(() => null)
    const place = await agent.submit(page, { username, password })
    await server.settled()
    const html = place.html
      .replaceAll(username, 'USERNAME')
      .replaceAll(/value="[\w-]{20,}"/g, 'value="TOKEN"')
      .replaceAll(/screen=[\w-]+/g, 'screen=SEALED')
      .replaceAll(/"challenge":"[\w-]+"/g, '"challenge":"ID"')
    const { 'x-request-id': _, ...headers } = Object.fromEntries(place.headers)
    const { setCookies, status } = place
    return { status, html, headers, setCookies, calls: server.calls.map(({ text }) => text) }
  }

  it('same page, same headers, same storage calls; a disabled user is one of them', async () => {
    const disabled = await registerUser({ disabled: true })
    const expected = await attempt(user.username, 'wrong password')
    expect(expected.status).toBe(400)
    expect(await attempt(`user-${crypto.randomUUID()}`, 'wrong password')).toEqual(expected)
    expect(await attempt(disabled.username, disabled.password)).toEqual(expected)
  })
})

describe('N166, ASVS 6.2.8: what a password is', () => {
  it.each([
    ['nothing', ''],
    ['1 KiB and one byte', 'x'.repeat(1_025)],
    ['a space more', `${user.password} `],
    ['another case', user.password.toUpperCase()],
    ['half of it', user.password.slice(0, 18)],
  ])('%s is wrong', async (_what, password) => {
    const agent = new UserAgent()
    const place = await signInAt(agent, await agent.open('/'), { ...user, password })
    expect({ outcome: outcome(place), signedIn: await isSignedIn(agent) }).toEqual({
      outcome: wrong,
      signedIn: false,
    })
  })

  it('one with a NUL, and one of a megabyte, are refused before any work', async () => {
    const agent = new UserAgent()
    const page = await agent.open('/')
    const nul = await signInAt(agent, page, { ...user, password: `${user.password}\0` })
    const long = await signInAt(agent, page, { ...user, password: 'x'.repeat(1_000_000) })
    expect({ nul: nul.status, long: long.status }).toEqual({ nul: 400, long: 400 })
  })

  it('one of 1 KiB counts to its last byte, and é is not e with an accent', async () => {
    const password = `é${'x'.repeat(1_022)}`
    const owner = await registerUser({ password })
    const agent = new UserAgent()
    const page = await agent.open('/')
    const other = await signInAt(agent, page, { ...owner, password: `${password.slice(0, -1)}y` })
    const decomposed = await signInAt(agent, page, {
      ...owner,
      password: password.normalize('NFD'),
    })
    expect({ other: outcome(other), decomposed: outcome(decomposed) }).toEqual({
      other: wrong,
      decomposed: wrong,
    })
    expect(outcome(await signInAt(agent, page, owner))).toEqual(home)
  })

  it('the e-mail address stands for the username, in any case', async () => {
    const agent = new UserAgent()
    const shouting = { ...user, username: user.email.toUpperCase() }
    expect(outcome(await signInAt(agent, await agent.open('/'), shouting))).toEqual(home)
  })
})

describe('N163, ASVS 3.3: cookies', () => {
  const lax = 'HttpOnly; SameSite=Lax'

  it('in development have no prefix, which plain http could not set', async () => {
    const agent = new UserAgent()
    const page = await agent.open('/')
    const { setCookies } = await signInAt(agent, page, user)
    expect([...page.setCookies, ...setCookies]).toEqual([
      expect.stringMatching(`^postern_browser_8787=[\\w-]{43}; Max-Age=31536000; Path=/; ${lax}$`),
      expect.stringMatching(`^postern_known_8787=[\\w-]{43}; Max-Age=31536000; Path=/; ${lax}$`),
      expect.stringMatching(`^postern_session_8787=[\\w-]{43}; Max-Age=1209600; Path=/; ${lax}$`),
    ])
  })

  const production = { DEVELOPMENT: 'false', INSECURE_LOOPBACK_PROVIDERS: 'false' }
  const origin = 'https://id.example'
  const server = () => new Server({ ...production, ISSUER: origin })

  it('over https are bound to this very host', async () => {
    const agent = new UserAgent(server().fetch, origin)
    const page = await agent.open('/')
    const { setCookies } = await signInAt(agent, page, user)
    expect(
      [...page.setCookies, ...setCookies].map((cookie) => cookie.replace(/=[^;]+/, '')),
    ).toEqual(
      ['browser', 'known', 'session'].map(
        (name) =>
          `__Host-postern_${name}; Max-Age=${name === 'session' ? 1209600 : 31536000}; Path=/; HttpOnly; Secure; SameSite=Lax`,
      ),
    )
  })

  it('over https without the prefix, as a sibling host could plant them, count for nothing', async () => {
    const agent = new UserAgent(server().fetch, origin)
    await signInAt(agent, await agent.open('/'), user)
    const session = agent.cookies.get('__Host-postern_session') ?? ''
    const planted = new UserAgent(server().fetch, origin)
    planted.cookies.set('postern_session_8787', session)
    expect({
      path: (await agent.open('/')).path,
      plantedTitle: (await planted.open('/')).title,
    }).toEqual({ path: '/', plantedTitle: 'Sign in · Postern' })
  })

  it('two servers on localhost at different ports do not overwrite each other’s', async () => {
    const first = await signedIn(user)
    const second = new UserAgent(postern, 'http://localhost:8788')
    for (const [name, value] of first.cookies) second.cookies.set(name, value)
    await signInAt(second, await second.open('/'), user)
    expect(Object.fromEntries(second.cookies)).toEqual({
      ...Object.fromEntries(first.cookies),
      postern_browser_8788: expect.any(String),
      postern_known_8788: expect.any(String),
      postern_session_8788: expect.any(String),
    })
  })

  it('are removed at the end of the session', async () => {
    const agent = await signedIn(user)
    const { setCookies } = await agent.submit(await agent.open('/'), {}, { action: '/sign-out' })
    expect(setCookies).toEqual([`postern_session_8787=; Max-Age=0; Path=/; ${lax}`])
  })

  it('hold nothing that is stored: the database knows digests', async () => {
    const agent = await signedIn(user)
    const rows = [(await env.DB.prepare('SELECT * FROM sessions').all()).results]
    const found = [...agent.cookies.values()].filter((value) =>
      JSON.stringify(rows).includes(value),
    )
    expect(found).toEqual([])
  })
})

describe('ASVS 7.2.4: a new session secret at every sign-in', () => {
  it('a planted one is not adopted', async () => {
    const agent = new UserAgent()
    const planted = 'P'.repeat(43)
    agent.cookies.set('postern_session_8787', planted)
    await signInAt(agent, await agent.open('/'), user)
    const attacker = new UserAgent()
    attacker.cookies.set('postern_session_8787', planted)
    expect({
      keptPlanted: agent.cookies.get('postern_session_8787') === planted,
      attackerSignedIn: await isSignedIn(attacker),
    }).toEqual({ keptPlanted: false, attackerSignedIn: false })
  })

  it('of the same user: the old cookie is dead, the lines of other apps live on', async () => {
    const agent = await signedIn(user)
    const other = await registerWebClient()
    const before = await signInTo(agent, other)
    const old = agent.copy()
    const page = await agent.open(authorizePath(client, { prompt: 'login' }))
    const after = await (await redeem(client, codeOf(await signInAt(agent, page, user)))).json()
    expect(after).toMatchObject({ token_type: 'Bearer' })
    const sid = async (tokens: { id_token?: string }) => (await verifiedIdToken(tokens)).payload.sid
    expect({
      oldSignedIn: await isSignedIn(old),
      signedIn: await isSignedIn(agent),
      userinfo: (await userinfo(before.access_token)).status,
      refresh: (await refresh(other, before.refresh_token ?? '')).status,
      sameSid: (await sid(before)) === (await sid(after as { id_token: string })),
    }).toEqual({ oldSignedIn: false, signedIn: true, userinfo: 200, refresh: 200, sameSid: true })
  })

  it('of the same user whose session had been idle too long: the lines of other apps live on', async () => {
    const agent = await signedIn(user)
    const before = await signInTo(agent, client)
    pass(86_401)
    const page = await agent.open('/')
    expect(outcome(page)).toEqual(signIn)
    expect(outcome(await signInAt(agent, page, user))).toEqual(home)
    expect((await refresh(client, before.refresh_token ?? '')).status).toBe(200)
  })

  it('of another user: the session before ends with its lines, as at a sign-out', async () => {
    const agent = await signedIn(user)
    const before = await signInTo(agent, client)
    const old = agent.copy()
    const second = await registerUser()
    const page = await agent.open(authorizePath(client, { prompt: 'login' }))
    const { payload } = await verifiedIdToken(
      await (await redeem(client, codeOf(await signInAt(agent, page, second)))).json(),
    )
    expect(payload.sub).toBe(second.sub)
    expect({
      oldSignedIn: await isSignedIn(old),
      userinfo: (await userinfo(before.access_token)).status,
      refresh: (await refresh(client, before.refresh_token ?? '')).status,
    }).toEqual({ oldSignedIn: false, userinfo: 401, refresh: 400 })
    const row = await env.DB.prepare(
      `SELECT COUNT(*) AS live FROM grants WHERE user_id = ?1 AND session_id = (
         SELECT session_id FROM grants WHERE id = ?2) AND revoked_at IS NULL`,
    )
      .bind(user.id, (before.refresh_token ?? '').split('.')[1])
      .first()
    expect(row).toEqual({ live: 0 })
  })

  it('of whoever has a session of somebody else planted: that one ends, too', async () => {
    const attacker = await signedIn(await registerUser())
    const victim = new UserAgent()
    victim.cookies.set('postern_session_8787', attacker.cookies.get('postern_session_8787') ?? '')
    await victim.open('/oauth2/logout')
    const page = await victim.open(authorizePath(client, { prompt: 'login' }))
    await signInAt(victim, page, user)
    expect({
      victimSignedIn: await isSignedIn(victim),
      attackerSignedIn: await isSignedIn(attacker),
    }).toEqual({ victimSignedIn: true, attackerSignedIn: false })
  })
})

describe('ASVS 7.3: how long a session lasts', () => {
  it('24 hours without use, 14 days with it', async () => {
    const server = new Server()
    const agent = await signedIn(user, server.fetch)
    for (let day = 0; day < 13; day++) {
      pass(86_000)
      expect(await isSignedIn(agent)).toBe(true)
      await server.settled()
    }
    pass(2 * 86_000)
    expect(await isSignedIn(agent)).toBe(false)
  })

  it('ends with its user, disabled, deleted, signed out by the operator or with a new password', async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => registerUser()))
    const agents = await Promise.all(users.map((one) => signedIn(one)))
    const [disabled, deleted, signedOut, changed] = users
    if (!disabled || !deleted || !signedOut || !changed) throw new Error('four were made')
    await patchUser(disabled, { disabled: true })
    await admin('DELETE', `/users/${deleted.id}`)
    await admin('POST', `/users/${signedOut.id}/logout`)
    await patchUser(changed, { password: crypto.randomUUID() })
    expect(await Promise.all(agents.map(isSignedIn))).toEqual([false, false, false, false])
  })

  it('one that is used goes on, however short the idle lifetime is', async () => {
    const server = new Server({ SESSION_IDLE_LIFETIME: '120' })
    const agent = await signedIn(user, server.fetch)
    for (let turn = 0; turn < 4; turn++) {
      pass(60)
      expect(await isSignedIn(agent)).toBe(true)
      await server.settled()
    }
    pass(121)
    expect(await isSignedIn(agent)).toBe(false)
  })
})

describe('N034: where a sign-in leads', () => {
  it('back to what was asked, by 303: what was posted here is never posted there', async () => {
    const agent = new UserAgent()
    const place = await signInAt(agent, await agent.open(authorizePath(client)), user)
    expect({ outcome: outcome(place), trail: place.trail.map(({ status }) => status) }).toEqual({
      outcome: granted(),
      trail: [303],
    })
  })

  it('to the account page, if that was asked for', async () => {
    const agent = new UserAgent()
    const place = await signInAt(agent, await agent.open('/account'), user)
    expect({ path: place.path, title: place.title }).toEqual({
      path: '/account',
      title: 'Your account · Postern',
    })
  })

  it('home, if nothing was asked', async () => {
    const agent = new UserAgent()
    expect(outcome(await signInAt(agent, await agent.open('/login'), user))).toEqual(home)
  })

  it.each([
    'return_to=//evil.example',
    'return_to=/%5Cevil.example',
    'return_to=https:evil.example',
    'return_to=%2f%2fevil.example',
    'return_to=javascript:alert(1)',
    'next=https://evil.example&redirect_uri=https://evil.example&continue=//evil.example',
  ])('never to an address of the request: %s', async (query) => {
    const agent = new UserAgent()
    const page = await agent.open(`/login?${query}`)
    const { username, password } = user
    const fields = { return_to: '//evil.example', redirect_uri: callback, next: '//evil.example' }
    const place = await agent.submit(page, { ...fields, username, password })
    expect({ away: place.away, path: place.path }).toEqual({ away: null, path: '/' })
  })

  it('fields of the request in the form change nothing of it', async () => {
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client, { scope: 'openid' }))
    const place = await agent.submit(page, {
      username: user.username,
      password: user.password,
      redirect_uri: 'https://evil.example',
      client_id: 'other',
      scope: 'openid email',
      response_type: 'token',
      state: 'another',
      prompt: 'none',
    })
    expect(outcome(place)).toEqual(granted())
    expect(await (await redeem(client, codeOf(place))).json()).toMatchObject({ scope: 'openid' })
  })
})

describe('A sign-in page that was open too long, or was answered already', () => {
  it('says so and starts again with what was asked', async () => {
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client, { login_hint: 'Ann & <Bob>' }))
    pass(1_801)
    const late = await signInAt(agent, page, user)
    expect(outcome(late)).toEqual(expired)
    const [, again = ''] = /class="button" href="([^"]*)"/.exec(late.html) ?? []
    const anew = await agent.open(again.replaceAll('&amp;', '&'))
    expect(anew.html).toContain('value="Ann &amp; &lt;Bob&gt;"')
    expect(outcome(await signInAt(agent, anew, user))).toEqual(granted())
  })

  it('goes on by itself where nothing was typed yet', async () => {
    const agent = new UserAgent()
    const { path } = await agent.open(authorizePath(client, { login_hint: 'Ann' }))
    pass(1_801)
    const place = await agent.open(path)
    expect({ outcome: outcome(place), fillsIn: place.html.includes('value="Ann"') }).toEqual({
      outcome: signIn,
      fillsIn: true,
    })
    expect(outcome(await signInAt(agent, place, user))).toEqual(granted())
  })

  describe('offers the way to an app that may have forgotten its request', () => {
    const client_uri = 'https://app.example/'
    const initiate_login_uri = 'https://app.example/login?from=idp'

    it.each([
      [
        'where it begins a sign-in',
        { client_uri, initiate_login_uri },
        `${initiate_login_uri}&iss=`,
      ],
      ['else to its site', { client_uri }, client_uri],
    ])('%s', async (_what, metadata, href) => {
      const agent = new UserAgent()
      const own = await registerWebClient({ client_name: 'The App', ...metadata })
      const { path } = await agent.open(authorizePath(own))
      pass(1_801)
      const place = await agent.open(path)
      const [, offered = '', text] =
        /class="button" href="([^"]*)"[^>]*>([^<]*)</.exec(place.html) ?? []
      const iss = href.endsWith('iss=') ? encodeURIComponent(issuer) : ''
      expect({ outcome: outcome(place), offered: offered.replaceAll('&amp;', '&'), text }).toEqual({
        outcome: expired,
        offered: href + iss,
        text: 'Go to The App',
      })
    })

    it('at home, to each of the apps that the person has given access, once', async () => {
      const person = await registerUser()
      const browser = await signedIn(person)
      const [one, other] = [
        await registerWebClient({ client_name: 'One', client_uri: 'https://one.example/' }),
        await registerWebClient({ client_name: 'Other' }),
      ]
      for (const own of [one, one, other]) await signInTo(browser, own)
      const home = await browser.open('/')
      expect([...home.html.matchAll(/<li><a href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
        'https://one.example/',
      ])
      expect((await (await signedIn(await registerUser())).open('/')).html).not.toContain('<li>')
    })
  })

  it('goes on with what was asked where it was answered already, in one session', async () => {
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client))
    const first = await tokensOf(redeem(client, codeOf(await signInAt(agent, page, user))))
    const again = await signInAt(agent, page, user)
    const second = await tokensOf(redeem(client, codeOf(again)))
    const sids = await Promise.all(
      [first, second].map(async (tokens) => (await verifiedIdToken(tokens)).payload.sid),
    )
    expect(sids[0]).toBe(sids[1])
    expect(outcome(await agent.open(page.path))).toEqual(granted())
  })

  it('a double click signs in, whether or not its browser took the cookie of the first answer', async () => {
    const browser = new UserAgent()
    const page = await browser.open(authorizePath(client, { prompt: 'login' }))
    const clicks = [browser.copy(), browser.copy()]
    const places = await Promise.all(clicks.map((click) => signInAt(click, page, user)))
    expect(places.map(outcome)).toEqual([granted(), granted()])
    expect(outcome(await signInAt(browser, page, user))).toEqual(granted())
  })

  it('answered already, it takes no wrong password, and not that of who is disabled by now', async () => {
    const owner = await registerUser()
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client))
    await signInAt(agent, page, owner)
    agent.cookies.delete('postern_session_8787')
    const attempt = await signInAt(agent, page, { ...owner, password: 'wrong password' })
    await patchUser(owner, { disabled: true })
    const late = await signInAt(agent, page, owner)
    expect({
      attempt: outcome(attempt),
      late: outcome(late),
      signedIn: await isSignedIn(agent),
    }).toEqual({ attempt: wrong, late: wrong, signedIn: false })
  })

  it('answered already, it asks again who has signed out since', async () => {
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client))
    await signInAt(agent, page, user)
    await agent.submit(await agent.open('/'), {}, { action: '/sign-out' })
    expect(outcome(await agent.open(page.path))).toEqual(signIn)
  })

  it('answered already, it asks again once the sign-in is older than max_age', async () => {
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client, { max_age: '60' }))
    await signInAt(agent, page, user)
    expect(outcome(await agent.open(page.path))).toEqual(granted())
    pass(61)
    expect(outcome(await agent.open(page.path))).toEqual({
      status: 200,
      page: 'Confirm it’s you · Postern',
    })
  })

  it('answered already, it does not pass an older sign-in off as the one that was asked for', async () => {
    const owner = await registerUser()
    const agent = await signedIn(owner)
    const page = await agent.open(authorizePath(client, { prompt: 'login' }))
    await signInAt(agent, page, owner)
    await env.DB.prepare(
      'UPDATE sessions SET stated_auth_time = stated_auth_time - 60 WHERE user_id = ?1',
    )
      .bind(owner.id)
      .run()
    expect(outcome(await agent.open(page.path))).toEqual({
      status: 200,
      page: 'Confirm it’s you · Postern',
    })
  })
})

describe('what a keyboard does to names and passwords', () => {
  it.each([
    ['a space behind the username', (one: TestUser) => ({ ...one, username: `${one.username} ` })],
    ['a space before the address', (one: TestUser) => ({ ...one, username: ` ${one.email}` })],
    [
      'the password decomposed',
      (one: TestUser) => ({ ...one, password: 'pa\u0308sswo\u0308rd-42' }),
    ],
    ['the password composed', (one: TestUser) => ({ ...one, password: 'p\u00e4ssw\u00f6rd-42' })],
  ])('%s signs in', async (_what, typed) => {
    const one = await registerUser({ password: 'p\u00e4ssw\u00f6rd-42' })
    const agent = new UserAgent()
    expect(outcome(await signInAt(agent, await agent.open('/'), typed(one)))).toEqual(home)
  })
})

describe('N030, CVE-2026-45364, CVE-2026-47203: tries are counted', () => {
  const throttled = { status: 429, page: 'Error: Sign in · Postern' }
  const few = { PASSWORD_TRIES_PER_ACCOUNT: '2' }

  it('per name, however it is written; then 429 with Retry-After, even for the right password', async () => {
    const owner = await registerUser()
    const agent = new UserAgent(new Server(few).fetch)
    const page = await agent.open('/')
    const names = [owner.username.toUpperCase(), owner.username, owner.username]
    const places: Place[] = []
    for (const username of names) {
      places.push(await signInAt(agent, page, { username, password: 'wrong password' }))
    }
    places.push(await signInAt(agent, page, owner))
    expect(places.map(outcome)).toEqual([wrong, wrong, throttled, throttled])
    expect(Number(places[3]?.headers.get('Retry-After'))).toBeGreaterThan(890)
  })

  it('but nobody can lock out a browser that the account has signed in with before', async () => {
    const owner = await registerUser()
    const { fetch } = new Server(few)
    const own = await signedIn(owner, fetch)
    await own.submit(await own.open('/'), {}, { action: '/sign-out' })
    const stranger = new UserAgent(fetch)
    const page = await stranger.open('/')
    for (let turn = 0; turn < 3; turn++) {
      await signInAt(stranger, page, { ...owner, password: 'wrong password' })
    }
    expect(outcome(await signInAt(stranger, page, owner))).toEqual(throttled)
    expect(outcome(await signInAt(own, await own.open('/'), owner))).toEqual(home)
  })

  it('and the mark of that browser opens no bucket for another account', async () => {
    const [owner, victim] = [await registerUser(), await registerUser()]
    const { fetch } = new Server(few)
    // Whoever has an account can make as many browsers known for it as he likes.
    const statuses: number[] = []
    for (let turn = 0; turn < 4; turn++) {
      const attacker = await signedIn(owner, fetch)
      const page = await attacker.open(authorizePath(client, { prompt: 'login' }))
      const guess = { ...victim, password: 'wrong password' }
      statuses.push((await signInAt(attacker, page, guess)).status)
    }
    expect(statuses).toEqual([400, 400, 429, 429])
  })

  it.each([
    ['its own secret alone', (_mark: string) => undefined],
    ['the mark of another browser', (mark: string) => mark],
    ['a mark that it made up', () => 'A'.repeat(43)],
  ])('and a browser with %s is not known', async (_what, markOf) => {
    const owner = await registerUser()
    const { fetch } = new Server(few)
    const own = await signedIn(owner, fetch)
    const mark = markOf(own.cookies.get('postern_known_8787') ?? '')
    const statuses: number[] = []
    for (let turn = 0; turn < 4; turn++) {
      // A guesser is a new browser each time.
      const stranger = new UserAgent(fetch)
      if (mark !== undefined) stranger.cookies.set('postern_known_8787', mark)
      const page = await stranger.open('/')
      const guess = { ...owner, password: 'wrong password' }
      statuses.push((await signInAt(stranger, page, guess)).status)
    }
    expect(statuses).toEqual([400, 400, 429, 429])
  })

  it('per address: one IPv6 network is one, however it is written, and headers do not change it', async () => {
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ADDRESS: '2' })
    const spellings = [
      '2001:db8:1:2::1',
      '2001:0db8:0001:0002:ffff:ffff:ffff:ffff',
      '2001:DB8:1:2:0:0:0:3',
    ]
    const statuses: number[] = []
    for (const address of spellings) {
      const headers = { 'CF-Connecting-IP': address, 'X-Forwarded-For': crypto.randomUUID() }
      const agent = new UserAgent(fetch, issuer, headers)
      const username = crypto.randomUUID()
      const place = await signInAt(agent, await agent.open('/'), { username, password: 'wrong' })
      statuses.push(place.status)
    }
    expect(statuses).toEqual([400, 400, 429])
  })

  it('in parallel, too', async () => {
    const owner = await registerUser()
    const agent = new UserAgent(new Server(few).fetch)
    const page = await agent.open('/')
    const places = await Promise.all(
      Array.from({ length: 8 }, () =>
        signInAt(agent.copy(), page, { ...owner, password: 'wrong' }),
      ),
    )
    expect(places.map(({ status }) => status).sort()).toEqual([
      400, 400, 429, 429, 429, 429, 429, 429,
    ])
  })
})

describe('OpenID Connect Core 3.1.2.1: what the request says about the sign-in', () => {
  it('prompt=login asks again, and says that it is for confirmation', async () => {
    const agent = await signedIn(user)
    const page = await agent.open(authorizePath(client, { prompt: 'login' }))
    expect(outcome(page)).toEqual({ status: 200, page: 'Confirm it’s you · Postern' })
    expect(outcome(await signInAt(agent, page, user))).toEqual(granted())
  })

  it('prompt=login with a wrong password asks again and signs nobody out', async () => {
    const agent = await signedIn(user)
    const page = await agent.open(authorizePath(client, { prompt: 'login' }))
    const place = await signInAt(agent, page, { ...user, password: 'wrong password' })
    expect({ status: place.status, title: place.title }).toEqual({
      status: 400,
      title: 'Error: Confirm it’s you · Postern',
    })
    expect(await isSignedIn(agent)).toBe(true)
  })

  it('prompt=login cannot be skipped by opening the next screen', async () => {
    const agent = await signedIn(user)
    const { path } = await agent.open(authorizePath(client, { prompt: 'login consent' }))
    const confirm = { status: 200, page: 'Confirm it’s you · Postern' }
    for (const later of ['/consent', '/select-account']) {
      const skipped = await agent.open(path.replace('/login', later))
      const answer = { ...formOf(skipped, '/login').hidden, decision: 'allow' }
      const place = await agent.post(later, answer, { 'Sec-Fetch-Site': 'same-origin' })
      expect({ opened: outcome(skipped), answered: outcome(place) }).toEqual({
        opened: confirm,
        answered: confirm,
      })
    }
  })

  it('login_hint fills in the username, as text', async () => {
    const agent = new UserAgent()
    const login_hint = '"><img src=x>'
    const page = await agent.open(authorizePath(client, { login_hint }))
    expect(page.html).toContain('value="&quot;&gt;&lt;img src=x&gt;"')
  })

  it('ui_locales, then Accept-Language, choose the language', async () => {
    const agent = new UserAgent()
    const titles = [
      (await agent.open(authorizePath(client, { ui_locales: 'fr de' }))).title,
      (await agent.open(authorizePath(client), { 'Accept-Language': 'de-AT,en;q=0.5' })).title,
      (await agent.open(authorizePath(client, { ui_locales: 'xx' }))).title,
    ]
    expect(titles).toEqual(['Anmelden · Postern', 'Sign in · Postern', 'Sign in · Postern'])
  })

  describe('the links to another language', () => {
    const german = ({ html }: Place): string => {
      const [, href = ''] = /href="([^"]*)" lang="de"/.exec(html) ?? []
      return href.replaceAll('&amp;', '&')
    }

    it.each([
      ['a page that is not there', '/nothing', 'Seite nicht gefunden · Postern'],
      [
        'an app that is not known',
        '/oauth2/authorize?client_id=gone',
        'Diese App ist hier nicht bekannt · Postern',
      ],
      ['a bad logout', '/oauth2/logout?id_token_hint=gone', 'Dieser Link ist ungültig · Postern'],
    ])('stand on %s', async (_what, path, title) => {
      const agent = new UserAgent()
      const place = await agent.open(path, { Accept: 'text/html' })
      const again = await agent.open(german(place), { Accept: 'text/html' })
      expect([place.status, again.status, again.title]).toEqual([place.status, place.status, title])
    })

    it('U11: are buttons of the sign-in form, which keep what was typed and try nothing', async () => {
      const agent = new UserAgent()
      const page = await agent.open(authorizePath(client))
      const attempt = await signInAt(agent, page, { ...user, password: 'wrong password' })
      expect(attempt.html).toContain('form="sign-in" name="language" value="de"')
      const typed = { username: 'ada <&>', password: 'half a pass', language: 'de' }
      const again = await agent.submit(attempt, typed)
      expect({
        refused: outcome(attempt),
        again: outcome(again),
        isNameKept: again.html.includes('value="ada &lt;&amp;&gt;"'),
        isPasswordKept: again.html.includes('half a pass'),
      }).toEqual({
        refused: wrong,
        again: { status: 200, page: 'Anmelden · Postern' },
        isNameKept: true,
        isPasswordKept: false,
      })
      expect(outcome(await signInAt(agent, again, user))).toEqual(granted())
    })

    it('lead nowhere else, whatever the path is', async () => {
      const place = await new UserAgent().open('//evil.example/x', { Accept: 'text/html' })
      expect([place.status, german(place)]).toEqual([404, '/evil.example/x?language=de'])
    })

    it('U11: lead on from the answer of a provider, which counts once', async () => {
      const place = await new UserAgent().open('/login/callback/gone?state=gone')
      expect([place.status, german(place)]).toEqual([400, '/?language=de'])
    })

    it('U11: lead on from the answer to a form', async () => {
      const agent = new UserAgent()
      const page = await agent.open(authorizePath(client))
      const forged = await agent.post('/login', { ...formOf(page).hidden, form_token: 'x' })
      const visitor = await signedIn(user)
      const signedOut = await visitor.submit(await visitor.open('/'), {}, { action: '/sign-out' })
      const again = await agent.open(german(forged))
      expect([forged.status, german(signedOut), again.title]).toEqual([
        403,
        '/oauth2/logout?language=de',
        'Anmelden · Postern',
      ])
    })
  })

  it('names the client, as text', async () => {
    const client_name = '<script>alert(1)</script> & Co'
    const odd = await registerWebClient({ client_name })
    const page = await new UserAgent().open(authorizePath(odd))
    expect(page.html).not.toContain('<script>alert')
    expect(shownText(page)).toContain(client_name)
  })

  it.each([
    ['of another user', 'other'],
    ['that is not ours', 'foreign'],
  ])('prompt=none with a hint %s shows nothing', async (_what, kind) => {
    const agent = await signedIn(user)
    const { id_token = '' } = await signInTo(await signedIn(await registerUser()), client)
    const hint = kind === 'other' ? id_token : 'eyJhbGciOiJub25lIn0.e30.'
    const place = await agent.open(authorizePath(client, { prompt: 'none', id_token_hint: hint }))
    expect(outcome(place)).toEqual(
      refusedWith(kind === 'other' ? 'login_required' : 'invalid_request'),
    )
  })
})
