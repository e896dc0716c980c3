// /account: what has access to me, and how it ends; and that nobody else can end or see it.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { bearer, get } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { refresh, signIn as passwordSignIn, userinfo, type Tokens } from '../support/tokens.ts'
import { registerClient } from '../support/registry.ts'
import { formOf, shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  callback,
  codeFor,
  codeOf,
  decide,
  outcome,
  pass,
  redeem,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
  signInTo,
  verifiedIdToken,
} from './flow.ts'

const client = await registerWebClient()
const user = await registerUser({ name: 'Ann Example' })
const agent = await signedIn(user)

afterEach(backToNow)

const isSignedIn = async (browser: UserAgent): Promise<boolean> =>
  (await browser.open('/')).path === '/'

const statusOf = async (tokens: Tokens): Promise<number> =>
  (await userinfo(tokens.access_token)).status

const sessionOf = async (tokens: Tokens): Promise<string> =>
  String((await verifiedIdToken(tokens)).payload.sid)

const buttons = (place: Place, name: string): string[] =>
  [...place.html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, 'g'))].map(
    ([, value = '']) => value,
  )

const post = async (browser: UserAgent, action: string, fields: Record<string, string> = {}) =>
  browser.submit(await browser.open('/account'), fields, { action })

const forgery = { status: 403, page: 'Please try that again · Postern' }

describe('/account: only for who is signed in', () => {
  it('asks for the sign-in and comes back', async () => {
    const browser = new UserAgent()
    const page = await browser.open('/account')
    expect(page.title).toBe('Sign in · Postern')
    expect((await signInAt(browser, page, user)).path).toBe('/account')
  })

  it('shows browsers and apps, each once, with a way to end it', async () => {
    const one = await registerUser()
    const [browser, second] = [await signedIn(one), await signedIn(one)]
    await signInTo(browser, client)
    const page = await second.open('/account')
    expect({
      sessionButtons: buttons(page, 'session').length,
      grantButtons: buttons(page, 'grant').length,
      forms: page.forms.map(({ action }) => action),
    }).toEqual({
      sessionButtons: 2,
      grantButtons: 1,
      forms: [
        '/sign-out',
        '/account/sessions',
        '/account/access',
        '/account/everywhere',
        '/account/password',
      ],
    })
  })

  it('shows nothing of anybody else', async () => {
    const stranger = await signedIn(await registerUser())
    const page = await stranger.open('/account')
    expect({
      showsName: shownText(page).includes('Ann Example'),
      grantButtons: buttons(page, 'grant'),
    }).toEqual({ showsName: false, grantButtons: [] })
  })

  it('names apps as text', async () => {
    const one = await signedIn(await registerUser())
    const odd = await registerWebClient({ client_name: '<b onclick=alert(1)>\u202eevil' })
    await signInTo(one, odd)
    const page = await one.open('/account')
    expect({
      showsTag: page.html.includes('<b '),
      showsOverride: page.html.includes('\u202e'),
    }).toEqual({ showsTag: false, showsOverride: false })
  })
})

describe('Nothing with access stays out of sight, however much there is', () => {
  /** Copies the user's only row of a table under other ids, with other digests. */
  async function multiply(table: 'grants' | 'sessions', userId: number, times: number) {
    const query = `SELECT * FROM ${table} WHERE user_id = ?`
    const row = await env.DB.prepare(query).bind(userId).first<Record<string, unknown>>()
    const columns = Object.keys(row ?? {})
    const changed = ['id', 'digest', 'current_digest']
    const values = columns.map((name) =>
      name === 'code_digest'
        ? 'NULL'
        : changed.includes(name)
          ? `t.${name} || n.value`
          : `t.${name}`,
    )
    const numbers = JSON.stringify(Array.from({ length: times }, (_, index) => `-${index}`))
    await env.DB.prepare(
      `INSERT INTO ${table} (${columns.join(', ')})
       SELECT ${values.join(', ')} FROM ${table} t, json_each(?2) n WHERE t.user_id = ?1`,
    )
      .bind(userId, numbers)
      .run()
  }

  /** The values of a list's buttons on all of its pages. */
  async function onAllPages(browser: UserAgent, name: string, list: string): Promise<string[]> {
    const seen: string[] = []
    for (let path: string | undefined = '/account'; path !== undefined;) {
      const page = await browser.open(path)
      seen.push(...buttons(page, name))
      path = new RegExp(`href="(/account\\?${list}=\\d+)"`).exec(page.html)?.[1]
    }
    return seen
  }

  it('an app with 205 grants is one entry, 105 sessions are each; ending all ends them, too', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    const tokens = await signInTo(browser, client)
    await multiply('grants', one.id, 204)
    await multiply('sessions', one.id, 104)
    const [apps, sessions] = [
      await onAllPages(browser, 'grant', 'access'),
      await onAllPages(browser, 'session', 'sessions'),
    ]
    expect({
      apps,
      sessions: sessions.length,
      distinctSessions: new Set(sessions).size,
    }).toEqual({
      apps: [`client:${client.client_id}`],
      ...{ sessions: 105, distinctSessions: 105 },
    })
    await post(browser, '/account/everywhere')
    const { results } = await env.DB.prepare(
      `SELECT (SELECT COUNT(*) FROM grants WHERE user_id = ?1 AND revoked_at IS NULL) AS lines,
         (SELECT COUNT(*) FROM sessions WHERE user_id = ?1 AND ended_at IS NULL) AS sessions`,
    )
      .bind(one.id)
      .all()
    expect({ results, userinfo: await statusOf(tokens) }).toEqual({
      results: [{ lines: 0, sessions: 1 }],
      userinfo: 401,
    })
  })

  it('consents without a grant come after the grants, each client once, on as many pages', async () => {
    const one = await signedIn(await registerUser())
    const asking = await Promise.all(
      Array.from({ length: 7 }, () => registerWebClient({ trusted: false })),
    )
    for (const own of asking) {
      for (const resource of [undefined, 'https://api.example']) {
        await decide(one, await one.open(authorizePath(own, { resource })), 'allow')
      }
    }
    await signInTo(one, client)
    const [used, ...rest] = await onAllPages(one, 'grant', 'access')
    expect({ used, clients: rest.toSorted() }).toEqual({
      used: `client:${client.client_id}`,
      clients: asking.map(({ client_id }) => `client:${client_id}`).toSorted(),
    })
  })

  it('what counts no more is on none: a line of a client that was revoked', async () => {
    const one = await signedIn(await registerUser())
    const own = await registerWebClient()
    await signInTo(one, own)
    await admin('POST', `/clients/${own.client_id}/revoke`)
    expect(await onAllPages(one, 'grant', 'access')).toEqual([])
  })

  it.each(['-1', '1e3', '9'.repeat(30), 'x', "0'"])('the page %j is the first', async (from) => {
    const query = new URLSearchParams({ access: from, sessions: from })
    expect((await agent.open(`/account?${query}`)).status).toBe(200)
  })
})

describe('N161: every form of it is taken from our own page alone', () => {
  const actions = ['sessions', 'access', 'everywhere', 'password', 'link', 'unlink']
  const paths = [...actions.map((name) => `/account/${name}`), '/sign-out']

  it.each(paths)('%s without a token is 403', async (path) => {
    expect(outcome(await agent.post(path, {}))).toEqual(forgery)
  })

  it.each(paths)('%s with the token of another form is 403', async (path) => {
    const page = await agent.open('/account')
    const other = path === '/sign-out' ? '/account/sessions' : '/sign-out'
    const { form_token = '' } = formOf(page, other).hidden
    expect(outcome(await agent.post(path, { form_token }))).toEqual(forgery)
  })

  it.each(paths)('%s from another site is 403', async (path) => {
    const page = await agent.open('/account')
    const form = page.forms.find(({ action }) => action === path)
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    const place = await agent.post(path, form?.hidden ?? {}, headers)
    expect(outcome(place)).toEqual(forgery)
  })

  it('the token of one browser is worth nothing in another, even of the same user', async () => {
    const other = await signedIn(user)
    const { hidden } = formOf(await other.open('/account'), '/account/everywhere')
    expect(outcome(await agent.post('/account/everywhere', hidden))).toEqual(forgery)
    expect({ signedIn: await isSignedIn(agent), otherSignedIn: await isSignedIn(other) }).toEqual({
      signedIn: true,
      otherSignedIn: true,
    })
  })

  it('all forms work in a browser that has lost all but its session', async () => {
    const browser = await signedIn(await registerUser())
    browser.cookies.delete('postern_browser_8787')
    const page = await browser.open('/account')
    const place = await browser.submit(page, { session: 'none' }, { action: '/account/sessions' })
    expect({ path: place.path, status: place.status }).toEqual({
      path: '/account?done=revoked',
      status: 200,
    })
    const last = await browser.submit(page, {}, { action: '/sign-out' })
    expect(outcome(last)).toEqual({ status: 200, page: 'You are signed out · Postern' })
  })
})

describe('Ending a browser session', () => {
  it('ends it at once, with the lines that live by it, and no other', async () => {
    const one = await registerUser()
    const [here, there] = [await signedIn(one), await signedIn(one)]
    const [mine, its] = [await signInTo(here, client), await signInTo(there, client)]
    await post(here, '/account/sessions', { session: await sessionOf(its) })
    expect({
      thereSignedIn: await isSignedIn(there),
      itsUserinfo: await statusOf(its),
      refresh: (await refresh(client, its.refresh_token ?? '')).status,
      hereSignedIn: await isSignedIn(here),
      mineUserinfo: await statusOf(mine),
    }).toEqual({
      thereSignedIn: false,
      itsUserinfo: 401,
      refresh: 400,
      hereSignedIn: true,
      mineUserinfo: 200,
    })
  })

  it('this very one leads to the sign-in page', async () => {
    const browser = await signedIn(await registerUser())
    const tokens = await signInTo(browser, client)
    const place = await post(browser, '/account/sessions', { session: await sessionOf(tokens) })
    expect({ title: place.title, userinfo: await statusOf(tokens) }).toEqual({
      title: 'Sign in · Postern',
      userinfo: 401,
    })
  })

  it('of another user does nothing, neither to the session nor to its lines', async () => {
    const tokens = await signInTo(agent, client)
    const attacker = await signedIn(await registerUser())
    await post(attacker, '/account/sessions', { session: await sessionOf(tokens) })
    expect({
      signedIn: await isSignedIn(agent),
      userinfo: await statusOf(tokens),
      refresh: (await refresh(client, tokens.refresh_token ?? '')).status,
    }).toEqual({ signedIn: true, userinfo: 200, refresh: 200 })
  })

  it.each(['', 'none', "' OR 1=1 --", '__proto__', 'x'.repeat(5_000)])(
    'named %j ends nothing',
    async (session) => {
      const place = await post(agent, '/account/sessions', { session })
      expect({ status: place.status, signedIn: await isSignedIn(agent) }).toEqual({
        status: 200,
        signedIn: true,
      })
    },
  )
})

describe('Ending an app’s access', () => {
  it('ends its line at once and asks for consent the next time', async () => {
    const one = await signedIn(await registerUser())
    const asking = await registerWebClient({ trusted: false })
    const page = await one.open(authorizePath(asking))
    const answer = await redeem(asking, codeOf(await decide(one, page, 'allow')))
    const tokens: Tokens = await answer.json()
    const [grant = ''] = buttons(await one.open('/account'), 'grant')
    const after = await post(one, '/account/access', { grant })
    expect({ grantButtons: buttons(after, 'grant'), userinfo: await statusOf(tokens) }).toEqual({
      grantButtons: [],
      userinfo: 401,
    })
    expect((await one.open(authorizePath(asking))).title).toBe('Allow access? · Postern')
  })

  it('ends what outlives its session, too', async () => {
    const one = await signedIn(await registerUser())
    const tokens = await signInTo(one, client, { scope: 'openid offline_access' })
    const [grant = ''] = buttons(await one.open('/account'), 'grant')
    await post(one, '/account/access', { grant })
    expect({
      userinfo: await statusOf(tokens),
      refresh: (await refresh(client, tokens.refresh_token ?? '')).status,
    }).toEqual({ userinfo: 401, refresh: 400 })
  })

  it('of another user does nothing', async () => {
    const own = await registerWebClient({ trusted: false })
    const page = await agent.open(authorizePath(own))
    const code = codeOf(await decide(agent, page, 'allow'))
    const tokens: Tokens = await (await redeem(own, code)).json()
    const attacker = await signedIn(await registerUser())
    await signInTo(attacker, client)
    const line = `line:${(tokens.refresh_token ?? '').split('.')[1]}`
    await post(attacker, '/account/access', { grant: line })
    await post(attacker, '/account/access', { grant: `client:${own.client_id}` })
    expect({
      userinfo: await statusOf(tokens),
      authorizedAtOnce: (await agent.open(authorizePath(own))).away !== null,
    }).toEqual({ userinfo: 200, authorizedAtOnce: true })
  })

  it.each(['', 'line:', 'client:', ':', 'other:x', "line:' OR 1=1 --"])(
    'named %j ends nothing',
    async (grant) => {
      const tokens = await signInTo(agent, client)
      const place = await post(agent, '/account/access', { grant })
      expect({ status: place.status, userinfo: await statusOf(tokens) }).toEqual({
        status: 200,
        userinfo: 200,
      })
    },
  )

  it('a client that asks every time is listed once, however many ports it came from', async () => {
    const one = await signedIn(await registerUser())
    const native = await registerSpa({ redirect_uris: ['http://127.0.0.1/cb'] })
    for (const port of [1001, 1002, 1003]) {
      const redirect_uri = `http://127.0.0.1:${port}/cb`
      const page = await one.open(authorizePath(native, { redirect_uri }))
      await decide(one, page, 'allow')
    }
    expect(buttons(await one.open('/account'), 'grant').length).toBeLessThan(2)
  })

  it('one that is remembered is listed, however many ask every time', async () => {
    const person = await registerUser()
    const one = await signedIn(person)
    const asking = await registerWebClient({ trusted: false })
    await decide(one, await one.open(authorizePath(asking)), 'allow')
    await env.DB.prepare(
      `INSERT INTO consents (user_id, client_id, redirect_uri, scope, remembered, granted_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
       SELECT ?1, 'native-' || i, 'com.example:/cb', 'openid', 0, ?2 FROM n`,
    )
      .bind(person.id, Date.now() / 1000 + 60)
      .run()
    expect(buttons(await one.open('/account'), 'grant')).toEqual([`client:${asking.client_id}`])
  })

  it('one that was given access to two resources is listed once', async () => {
    const one = await signedIn(await registerUser())
    const two = await registerWebClient({ trusted: false })
    for (const resource of ['https://a.example/', 'https://b.example/']) {
      await decide(one, await one.open(authorizePath(two, { resource })), 'allow')
    }
    expect(buttons(await one.open('/account'), 'grant')).toEqual([`client:${two.client_id}`])
  })
})

describe('What is listed', () => {
  it('only what can still be used: not a line that was idle too long', async () => {
    const one = await signedIn(await registerUser())
    const brief = await registerWebClient({ refresh_token_idle_ttl: 5, access_token_ttl: 5 })
    await signInTo(one, brief)
    expect(buttons(await one.open('/account'), 'grant').length).toBe(1)
    pass(6)
    expect(buttons(await one.open('/account'), 'grant')).toEqual([])
  })
})

describe('Signing out everywhere else', () => {
  it('ends every other session and every line, offline and by password, but not this session', async () => {
    const one = await registerUser()
    const [here, there] = [await signedIn(one), await signedIn(one)]
    const lines = [
      await signInTo(here, client),
      await signInTo(there, client, { scope: 'openid offline_access' }),
      await passwordSignIn(await registerClient(), one, { scope: 'openid' }),
    ]
    await post(here, '/account/everywhere')
    expect({
      hereSignedIn: await isSignedIn(here),
      thereSignedIn: await isSignedIn(there),
      userinfo: await Promise.all(lines.map(statusOf)),
    }).toEqual({ hereSignedIn: true, thereSignedIn: false, userinfo: [401, 401, 401] })
  })

  it('gives this session a new secret: a copy of its cookie is dead', async () => {
    const here = await signedIn(await registerUser())
    const copy = here.copy()
    const place = await post(here, '/account/everywhere')
    expect(place.setCookies).toEqual([
      expect.stringMatching(/^postern_session_8787=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; /),
    ])
    expect({ hereSignedIn: await isSignedIn(here), copySignedIn: await isSignedIn(copy) }).toEqual({
      hereSignedIn: true,
      copySignedIn: false,
    })
  })

  it('by two who hold one cookie at once: the first goes on, the other is out', async () => {
    const server = new Server()
    const owner = await signedIn(await registerUser(), server.fetch)
    const thief = new UserAgent()
    for (const [name, value] of owner.cookies) thief.cookies.set(name, value)
    const page = await owner.open('/account')
    let isFirst = true
    server.plan(async ({ method }) => {
      // The owner's request has been let in and is about to write: the thief's comes in between.
      if (method === 'batch' && isFirst) {
        isFirst = false
        await post(thief, '/account/everywhere')
      }
      return null
    })
    const place = await owner.submit(page, {}, { action: '/account/everywhere' })
    expect({
      title: place.title,
      ownerSignedIn: await isSignedIn(owner),
      thiefSignedIn: await isSignedIn(thief),
    }).toEqual({ title: 'Sign in · Postern', ownerSignedIn: false, thiefSignedIn: true })
  })

  it('ends codes that a token had asked for, too, so that no app comes back with one', async () => {
    const one = await registerUser()
    const here = await signedIn(one)
    const scope = 'all authorize search'
    const first = await registerClient({ scope })
    const app = await registerWebClient({ scope })
    const line = await passwordSignIn(first, one, { scope: 'authorize' })
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: app.client_id,
      redirect_uri: callback,
      scope: 'search',
    })
    const ask = async (): Promise<string> => {
      const asked = await get(`/api/v1.1/oauth2/authorize?${query}`, bearer(line.access_token))
      return new URL(asked.headers.get('Location') ?? '').searchParams.get('code') ?? ''
    }
    const plain = { code_verifier: undefined }
    expect((await redeem(app, await ask(), plain)).status).toBe(200)
    const code = await ask()
    await post(here, '/account/everywhere')
    expect((await redeem(app, code, plain)).status).toBe(400)
  })

  it('touches nobody else', async () => {
    const tokens = await signInTo(agent, client)
    await post(await signedIn(await registerUser()), '/account/everywhere')
    expect({ signedIn: await isSignedIn(agent), userinfo: await statusOf(tokens) }).toEqual({
      signedIn: true,
      userinfo: 200,
    })
  })
})

describe('Changing the password', () => {
  const change = (browser: UserAgent, current_password: string, new_password: string) =>
    post(browser, '/account/password', { current_password, new_password })

  it('ends every other session and every line; the old password is dead', async () => {
    const one = await registerUser()
    const [here, there] = [await signedIn(one), await signedIn(one)]
    const lines = [await signInTo(here, client), await signInTo(there, client)]
    const password = crypto.randomUUID()
    const place = await change(here, one.password, password)
    expect({
      path: place.path,
      hereSignedIn: await isSignedIn(here),
      thereSignedIn: await isSignedIn(there),
      userinfo: await Promise.all(lines.map(statusOf)),
    }).toEqual({
      path: '/account?done=passwordChanged',
      hereSignedIn: true,
      thereSignedIn: false,
      userinfo: [401, 401],
    })
    const visitor = new UserAgent()
    const page = await visitor.open('/')
    expect((await signInAt(visitor, page, one)).status).toBe(400)
    expect((await signInAt(visitor, page, { ...one, password })).path).toBe('/')
  })

  it('gives this session a new secret: a copy of its cookie is dead', async () => {
    const one = await registerUser()
    const here = await signedIn(one)
    const copy = here.copy()
    await change(here, one.password, crypto.randomUUID())
    expect({ hereSignedIn: await isSignedIn(here), copySignedIn: await isSignedIn(copy) }).toEqual({
      hereSignedIn: true,
      copySignedIn: false,
    })
  })

  it('takes codes on their way along', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    const code = await codeFor(browser, client)
    await change(browser, one.password, crypto.randomUUID())
    expect({
      redemption: (await redeem(client, code)).status,
      signedIn: await isSignedIn(browser),
    }).toEqual({ redemption: 400, signedIn: true })
    expect((await redeem(client, await codeFor(browser, client))).status).toBe(200)
  })

  it.each([
    ['a wrong current password', 'wrong password', crypto.randomUUID()],
    ['none', '', crypto.randomUUID()],
    ['a new one that is too short', user.password, '1234567'],
    ['an empty new one', user.password, ''],
    ['a new one of more than 1 KiB', user.password, 'x'.repeat(1_025)],
    ['the one that it is', user.password, user.password],
  ])('with %s is refused and changes nothing', async (_what, current, next) => {
    const tokens = await signInTo(agent, client)
    const place = await change(agent, current, next)
    expect({ status: place.status, title: place.title, userinfo: await statusOf(tokens) }).toEqual({
      status: 400,
      title: 'Error: Your account · Postern',
      userinfo: 200,
    })
  })

  it('is not locked out by guesses from elsewhere, whichever name one signed in with', async () => {
    const one = await registerUser()
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    const browser = await signedIn({ ...one, username: one.email }, fetch)
    const stranger = new UserAgent(fetch)
    const page = await stranger.open('/')
    await signInAt(stranger, page, { ...one, password: 'wrong password' })
    expect((await signInAt(stranger, page, one)).status).toBe(429)
    const place = await change(browser, one.password, crypto.randomUUID())
    expect(place.path).toBe('/account?done=passwordChanged')
  })

  it('is throttled as a sign-in is: 429 with Retry-After', async () => {
    const one = await registerUser()
    const browser = await signedIn(one, new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' }).fetch)
    const places = [
      await change(browser, 'wrong password', crypto.randomUUID()),
      await change(browser, one.password, crypto.randomUUID()),
    ]
    expect(places.map(({ status }) => status)).toEqual([400, 429])
    expect(Number(places[1]?.headers.get('Retry-After'))).toBeGreaterThan(0)
  })

  it('never overrides the password that the operator has given while this one was proved', async () => {
    const one = await registerUser()
    const server = new Server()
    const browser = await signedIn(one, server.fetch)
    const page = await browser.open('/account')
    const given = 'UPDATE users SET password_hash = ?1, updated_at = updated_at + 1 WHERE id = ?2'
    let batches = 0
    server.plan(({ method }) => {
      // The first counts the try, the second would write what was proved.
      if (method === 'batch' && ++batches === 2) void env.DB.prepare(given).bind('x', one.id).run()
      return null
    })
    const fields = { current_password: one.password, new_password: crypto.randomUUID() }
    const place = await browser.submit(page, fields, { action: '/account/password' })
    const row = await env.DB.prepare('SELECT password_hash FROM users WHERE id = ?1')
      .bind(one.id)
      .first()
    expect({ status: place.status, row }).toEqual({ status: 400, row: { password_hash: 'x' } })
  })

  it('has no form for who has no password here', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    await env.DB.prepare('UPDATE users SET password_hash = NULL WHERE id = ?1').bind(one.id).run()
    const page = await browser.open('/account')
    expect(page.forms.map(({ action }) => action)).not.toContain('/account/password')
  })
})

describe('Signing out', () => {
  it('ends the session and says so; the cookie that a thief kept is dead', async () => {
    const browser = await signedIn(await registerUser())
    const thief = browser.copy()
    const place = await browser.submit(await browser.open('/'), {}, { action: '/sign-out' })
    expect({
      outcome: outcome(place),
      signedIn: await isSignedIn(browser),
      thiefSignedIn: await isSignedIn(thief),
    }).toEqual({
      outcome: { status: 200, page: 'You are signed out · Postern' },
      signedIn: false,
      thiefSignedIn: false,
    })
  })

  it('is in the audit, with the user', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    await browser.submit(await browser.open('/'), {}, { action: '/sign-out' })
    await admin('DELETE', `/users/${one.id}`)
    const { results } = await env.DB.prepare(
      'SELECT kind FROM audit_events WHERE user_id = ?1 ORDER BY id',
    )
      .bind(one.id)
      .all()
    expect(results).toEqual([
      { kind: 'user.created' },
      { kind: 'user.signed-in' },
      { kind: 'user.signed-out' },
      { kind: 'user.deleted' },
    ])
  })
})

describe('The audit grows by what happened, not by what was sent', () => {
  type Event = { kind: string; client_id: string | null; detail: string }
  const eventsOf = async ({ id }: { id: number }): Promise<Event[]> => {
    const query = `SELECT kind, client_id, detail FROM audit_events
      WHERE user_id = ?1 AND kind NOT IN ('user.created', 'user.signed-in', 'code.redeemed') ORDER BY id`
    return (await env.DB.prepare(query).bind(id).all<Event>()).results
  }

  it('what ends nothing leaves no row, however long its name is', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    const long = 'x'.repeat(60_000)
    await signInTo(browser, client)
    for (const grant of [`client:${long}`, 'client:another', `line:${long}`]) {
      await post(browser, '/account/access', { grant })
    }
    await post(browser, '/account/sessions', { session: long })
    expect(await eventsOf(one)).toEqual([])
  })

  it('what ended is told once', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    const asking = await registerWebClient({ trusted: false })
    await decide(browser, await browser.open(authorizePath(asking)), 'allow')
    const page = await browser.open('/account')
    for (let turn = 0; turn < 2; turn++) {
      const grant = `client:${asking.client_id}`
      await browser.submit(page, { grant }, { action: '/account/access' })
    }
    const client_id = asking.client_id
    expect(await eventsOf(one)).toEqual([
      { kind: 'consent.given', client_id, detail: '{}' },
      { kind: 'consent.withdrawn', client_id, detail: '{}' },
    ])
  })

  it('one person’s events of one kind are at most 20 a minute', async () => {
    const one = await registerUser()
    const browser = await signedIn(one)
    for (let nth = 0; nth < 25; nth++) await post(browser, '/account/everywhere')
    expect(await eventsOf(one)).toHaveLength(20)
    pass(61)
    await post(browser, '/account/everywhere')
    expect(await eventsOf(one)).toHaveLength(21)
  })
})
