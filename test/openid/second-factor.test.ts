// The second factor of a sign-in: people.md 5, cases P19 to P21.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { admin, patchUser } from '../support/registry.ts'
import { Server } from '../support/faults.ts'
import type { Answerer } from '../support/http.ts'
import { codeOfApp, userWithApp, wrongCode, type AppUser } from '../support/totp.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  granted,
  outcome,
  pass,
  redeem,
  codeOf,
  refusedWith,
  registerWebClient,
  signInAt,
} from './flow.ts'

afterEach(backToNow)

const client = await registerWebClient()
const [sessionCookie, rememberedCookie] = ['postern_session_8787', 'postern_remembered_8787']
const asked = { status: 200, page: 'Enter your code · Postern' }
const refused = { status: 400, page: 'Error: Enter your code · Postern' }
const throttled = { status: 429, page: 'Error: Enter your code · Postern' }
const startAgain = { status: 400, page: 'This page has expired · Postern' }

/** A browser at the page that asks for the code, after the right password. */
async function atSecondFactor(user: AppUser, to?: Answerer) {
  const agent = new UserAgent(to)
  return { agent, page: await signInAt(agent, await agent.open(authorizePath(client)), user) }
}

const enter = (agent: UserAgent, page: Place, code: string, more: Record<string, string> = {}) =>
  agent.submit(page, { code, ...more }, { action: '/second-factor' })

const claimsOf = async (place: Place) => {
  const { id_token } = await (await redeem(client, codeOf(place))).json<{ id_token: string }>()
  return JSON.parse(atob((id_token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
}

const sessionsOf = (user: AppUser) =>
  env.DB.prepare('SELECT COUNT(*) AS n FROM sessions WHERE user_id = ?1').bind(user.id).first('n')

const auditOf = async (user: AppUser): Promise<unknown[]> => {
  const rows = await env.DB.prepare(
    'SELECT kind, detail, occurrences FROM audit_events WHERE user_id = ?1 ORDER BY id',
  )
    .bind(user.id)
    .all()
  return rows.results
}

describe('The second factor', () => {
  it('stands between the password and the session, and then the client gets its code', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    const before = await sessionsOf(user)
    const done = await enter(agent, page, codeOfApp(user.totp))
    const { amr } = await claimsOf(done)
    expect({ page: outcome(page), before, done: outcome(done), amr }).toEqual({
      page: asked,
      before: 0,
      done: granted(),
      amr: ['pwd', 'otp', 'mfa'],
    })
  })

  it.each(['SHA1', 'SHA256', 'SHA512'])('takes codes of imported secrets of %s', async (hash) => {
    const user = await userWithApp({
      totp: `otpauth://totp/app?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=${hash}&digits=8&period=60`,
    })
    const { agent, page } = await atSecondFactor(user)
    expect(outcome(await enter(agent, page, codeOfApp(user.totp)))).toEqual(granted())
  })

  it('takes a code in groups, as apps show it', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    const code = codeOfApp(user.totp)
    const typed = `${code.slice(0, 3)} ${code.slice(3)}`
    expect(outcome(await enter(agent, page, typed))).toEqual(granted())
  })

  it('is asked for again after a wrong code, with the same page', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    const wrong = await enter(agent, page, wrongCode(user.totp))
    const right = await enter(agent, wrong, codeOfApp(user.totp))
    expect({ wrong: outcome(wrong), right: outcome(right) }).toEqual({
      wrong: refused,
      right: granted(),
    })
  })
})

describe('P19: a code of the app', () => {
  it('P19: counts once, also in another browser', async () => {
    const user = await userWithApp()
    const [first, second] = [await atSecondFactor(user), await atSecondFactor(user)]
    const code = codeOfApp(user.totp)
    const used = await enter(first.agent, first.page, code)
    const again = await enter(second.agent, second.page, code)
    expect({ used: outcome(used), again: outcome(again) }).toEqual({
      used: granted(),
      again: refused,
    })
  })

  it('P19: of an earlier step counts no more after one of a later step', async () => {
    const user = await userWithApp()
    const [first, second] = [await atSecondFactor(user), await atSecondFactor(user)]
    const later = await enter(first.agent, first.page, codeOfApp(user.totp, 1))
    const earlier = await enter(second.agent, second.page, codeOfApp(user.totp))
    expect({ later: outcome(later), earlier: outcome(earlier) }).toEqual({
      later: granted(),
      earlier: refused,
    })
  })

  it('P19: twenty at once are one sign-in', async () => {
    const user = await userWithApp()
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '20' })
    const browsers = await Promise.all(
      Array.from({ length: 20 }, () => atSecondFactor(user, fetch)),
    )
    const code = codeOfApp(user.totp)
    const places = await Promise.all(browsers.map(({ agent, page }) => enter(agent, page, code)))
    expect({
      granted: places.filter(({ away }) => away !== null).length,
      sessions: await sessionsOf(user),
    }).toEqual({ granted: 1, sessions: 1 })
  })

  it.each([-2, 2])('P19: %i steps away is refused', async (steps) => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    expect(outcome(await enter(agent, page, codeOfApp(user.totp, steps)))).toEqual(refused)
  })

  it('P19: of 1,000 tries at once five count, and then the right one is refused, too', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    const other = await atSecondFactor(user)
    const code = wrongCode(user.totp)
    const places: Place[] = []
    for (let batch = 0; batch < 10; batch++) {
      const tries = Array.from({ length: 100 }, () => enter(agent.copy(), page, code))
      places.push(...(await Promise.all(tries)))
    }
    const late = await enter(other.agent, other.page, codeOfApp(user.totp))
    expect({
      judged: places.filter(({ status }) => status === 400).length,
      locked: places.filter(({ status }) => status === 429).length,
      late: outcome(late),
      waits: Number(late.headers.get('Retry-After')) > 800,
      sessions: await sessionsOf(user),
    }).toEqual({ judged: 5, locked: 995, late: throttled, waits: true, sessions: 0 })
  }, 120_000)

  it('P19: five wrong codes lock the user for 15 minutes, and no longer', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    for (let tries = 0; tries < 5; tries++) await enter(agent, page, wrongCode(user.totp))
    pass(901)
    const later = await atSecondFactor(user)
    expect(outcome(await enter(later.agent, later.page, codeOfApp(user.totp)))).toEqual(granted())
  })

  it('P19: that is right takes no try away', async () => {
    const user = await userWithApp()
    const outcomes: unknown[] = []
    for (let round = 0; round < 7; round++) {
      pass(30)
      const { agent, page } = await atSecondFactor(user)
      outcomes.push(outcome(await enter(agent, page, codeOfApp(user.totp))))
    }
    expect(outcomes).toEqual(Array.from({ length: 7 }, () => granted()))
  })

  it('P19: that is refused leaves one audit row a minute', async () => {
    const user = await userWithApp()
    const server = new Server()
    const agent = new UserAgent(server.fetch)
    const page = await signInAt(agent, await agent.open('/'), user)
    for (let tries = 0; tries < 6; tries++) await enter(agent, page, wrongCode(user.totp))
    await server.settled()
    const kind = 'user.second-factor-refused'
    expect((await auditOf(user)).slice(-2)).toEqual([
      { kind, detail: '{"reason":"code"}', occurrences: 5 },
      { kind, detail: '{"reason":"throttled"}', occurrences: 1 },
    ])
  })
})

describe('P20: the half of a sign-in', () => {
  it.each(['/consent', '/select-account', '/new-password'])(
    'P20: leads nowhere on %s',
    async (path) => {
      const user = await userWithApp()
      const { agent, page } = await atSecondFactor(user)
      const screen = new URL(page.path, 'https://x').searchParams.get('screen') ?? ''
      const seen = await agent.open(`${path}?screen=${screen}`)
      const posted = await agent.submit(page, { decision: 'allow' }, {})
      const elsewhere = await agent.post(path, {
        ...page.forms[0]?.hidden,
        decision: 'allow',
        code: codeOfApp(user.totp),
      })
      expect({
        seen: outcome(seen),
        posted: outcome(posted),
        elsewhere: outcome(elsewhere),
        sessions: await sessionsOf(user),
      }).toEqual({
        seen: { status: 200, page: 'Sign in · Postern' },
        posted: refused,
        elsewhere: startAgain,
        sessions: 0,
      })
    },
  )

  it.each(['/', '/account', '/device', authorizePath(client)])(
    'P20: is nobody signed in at %s',
    async (path) => {
      const { agent } = await atSecondFactor(await userWithApp())
      expect(outcome(await agent.open(path))).toEqual({ status: 200, page: 'Sign in · Postern' })
    },
  )

  it('P20: is login_required for prompt=none', async () => {
    const { agent } = await atSecondFactor(await userWithApp())
    const silent = await agent.open(authorizePath(client, { prompt: 'none' }))
    expect(outcome(silent)).toEqual(refusedWith('login_required'))
  })

  it('P20: is no code, no token and no session for whoever sends it as one', async () => {
    const { agent, page } = await atSecondFactor(await userWithApp())
    const screen = new URL(page.path, 'https://x').searchParams.get('screen') ?? ''
    const token = await redeem(client, screen)
    const thief = agent.copy()
    thief.cookies.set(sessionCookie, screen)
    expect({
      token: { status: token.status, ...(await token.json<object>()) },
      account: outcome(await thief.open('/account')),
      cookies: [...agent.cookies.keys()],
    }).toEqual({
      token: expect.objectContaining({ status: 400, error: 'invalid_grant' }),
      account: { status: 200, page: 'Sign in · Postern' },
      cookies: ['postern_browser_8787'],
    })
  })

  it('P20: does nothing in another browser', async () => {
    const user = await userWithApp()
    const { page } = await atSecondFactor(user)
    const thief = await atSecondFactor(await userWithApp())
    const posted = await thief.agent.submit(page, { code: codeOfApp(user.totp) })
    expect({ posted: outcome(posted), sessions: await sessionsOf(user) }).toEqual({
      posted: { status: 403, page: 'Please try that again · Postern' },
      sessions: 0,
    })
  })

  it('P20: a screen on which nobody has proved a password takes no code', async () => {
    const user = await userWithApp()
    const agent = new UserAgent()
    const signIn = await agent.open(authorizePath(client))
    const posted = await agent.post('/second-factor', {
      ...signIn.forms[0]?.hidden,
      code: codeOfApp(user.totp),
    })
    const seen = await agent.open(signIn.path.replace('/login', '/second-factor'))
    expect({ posted: outcome(posted), seen: seen.title }).toEqual({
      posted: startAgain,
      seen: 'Sign in · Postern',
    })
  })

  it('P20: stands for five minutes', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    pass(301)
    expect(outcome(await enter(agent, page, codeOfApp(user.totp)))).toEqual(startAgain)
  })

  it.each([
    [
      'the password was changed',
      (user: AppUser) => patchUser(user, { password: 'another password' }),
    ],
    ['the user was disabled', (user: AppUser) => patchUser(user, { disabled: true })],
    [
      'everything of the user was ended',
      (user: AppUser) => admin('POST', `/users/${user.id}/logout`),
    ],
    ['the user was deleted', (user: AppUser) => admin('DELETE', `/users/${user.id}`)],
  ])('P20: is over once %s', async (_name, change) => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    await change(user)
    const done = await enter(agent, page, codeOfApp(user.totp))
    expect({ done: outcome(done), sessions: await sessionsOf(user) }).toEqual({
      done: startAgain,
      sessions: 0,
    })
  })

  it.each([
    [
      'with another hash',
      "password_hash = password_hash || 'x', updated_at = updated_at + 1",
      false,
    ],
    ['with a better hash of the same password', "password_hash = password_hash || 'x'", true],
    ['with another name', "name = 'Ada', updated_at = updated_at + 1", true],
  ])('P20: of a user whose row was written meanwhile, %s', async (_name, change, stands) => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    await env.DB.prepare(`UPDATE users SET ${change} WHERE id = ?1`).bind(user.id).run()
    const done = await enter(agent, page, codeOfApp(user.totp))
    expect(outcome(done)).toEqual(stands ? granted() : startAgain)
  })

  it('P20: goes on once, and then the page of before ends in "start again"', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    await enter(agent, page, codeOfApp(user.totp))
    const same = await enter(agent, page, codeOfApp(user.totp))
    const next = await enter(agent, page, codeOfApp(user.totp, 1))
    const back = await agent.open(page.path)
    expect({
      same: outcome(same),
      next: outcome(next),
      back: outcome(back),
      sessions: await sessionsOf(user),
    }).toEqual({ same: startAgain, next: startAgain, back: granted(), sessions: 1 })
  })

  it('P20: of two tabs is one sign-in, and the other tab goes on with it', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    const other = await signInAt(agent, await agent.open(authorizePath(client)), user)
    await enter(agent, page, codeOfApp(user.totp))
    expect(outcome(await agent.open(other.path))).toEqual(granted())
  })

  it('leads to the sign-in page for somebody else', async () => {
    const { agent, page } = await atSecondFactor(await userWithApp())
    const href = /href="(\/login\?screen=[^"]+)"/.exec(page.html)?.[1] ?? ''
    const login = await agent.open(href)
    const other = await userWithApp()
    const asking = await signInAt(agent, login, other)
    expect({
      login: outcome(login),
      done: outcome(await enter(agent, asking, codeOfApp(other.totp))),
    }).toEqual({ login: { status: 200, page: 'Sign in · Postern' }, done: granted() })
  })
})

describe('MFA=off', () => {
  it('asks nobody for a second factor', async () => {
    const user = await userWithApp()
    const server = new Server({ MFA: 'off' })
    const agent = new UserAgent(server.fetch)
    const place = await signInAt(agent, await agent.open(authorizePath(client)), user)
    expect(outcome(place)).toEqual(granted())
  })
})

describe('A browser that is remembered', () => {
  async function remembered(user: AppUser, steps = 0) {
    const { agent, page } = await atSecondFactor(user)
    await enter(agent, page, codeOfApp(user.totp, steps), { remember: 'on' })
    return agent
  }

  /** What signing in anew leads to: everything is forgotten but the marks. */
  async function signInAnew(agent: UserAgent, user: AppUser, path = authorizePath(client)) {
    const copy = agent.copy()
    copy.cookies.delete(sessionCookie)
    return signInAt(copy, await copy.open(path), user)
  }

  it('is not asked for the second factor, until 30 days have passed', async () => {
    const user = await userWithApp()
    const agent = await remembered(user)
    const soon = await signInAnew(agent, user)
    pass(30 * 86_400 - 60)
    const last = await signInAnew(agent, user)
    pass(30 * 86_400 + 1)
    const late = await signInAnew(agent, user)
    expect([soon, last, late].map(outcome)).toEqual([granted(), granted(), asked])
  })

  it('says when the second factor was proved, and does not vouch for it anew', async () => {
    const user = await userWithApp()
    const agent = await remembered(user)
    pass(3_600)
    const { amr } = await claimsOf(await signInAnew(agent, user))
    const rows = await env.DB.prepare(
      'SELECT created_at - second_factor_at AS age FROM sessions WHERE user_id = ?1 ORDER BY created_at',
    )
      .bind(user.id)
      .all<{ age: number }>()
    expect({ amr, ages: rows.results.map(({ age }) => Math.round(age / 60)) }).toEqual({
      amr: ['pwd'],
      ages: [0, 60],
    })
  })

  it('is one only where the person asked for it', async () => {
    const user = await userWithApp()
    const { agent, page } = await atSecondFactor(user)
    await enter(agent, page, codeOfApp(user.totp))
    expect(outcome(await signInAnew(agent, user))).toEqual(asked)
  })

  it('is remembered for one user', async () => {
    const agent = await remembered(await userWithApp())
    expect(outcome(await signInAnew(agent, await userWithApp()))).toEqual(asked)
  })

  it('is another one without its secret', async () => {
    const user = await userWithApp()
    const [agent, thief] = [await remembered(user), new UserAgent()]
    thief.cookies.set(rememberedCookie, agent.cookies.get(rememberedCookie) ?? '')
    await thief.open(authorizePath(client))
    expect(outcome(await signInAnew(thief, user))).toEqual(asked)
  })

  it.each([
    ['a new password', (user: AppUser) => patchUser(user, { password: user.password })],
    ['signing out everywhere', (user: AppUser) => admin('POST', `/users/${user.id}/logout`)],
  ])('is forgotten by %s', async (_name, end) => {
    const user = await userWithApp()
    const agent = await remembered(user)
    pass(5)
    await end(user)
    pass(5)
    expect(outcome(await signInAnew(agent, user))).toEqual(asked)
  })

  it('is forgotten by its person, who signs out everywhere else', async () => {
    const user = await userWithApp()
    const [agent, other] = [await remembered(user), await remembered(user, 1)]
    pass(5)
    await agent.submit(await agent.open('/account'), {}, { action: '/account/everywhere' })
    pass(5)
    expect(outcome(await signInAnew(other, user))).toEqual(asked)
  })

  it('is asked all the same when somebody confirms that it is them', async () => {
    const user = await userWithApp()
    const agent = await remembered(user)
    pass(600)
    const app = await agent.open('/account/totp')
    const confirm = await agent.submit(app, { remove: 'on' }, { action: '/account/totp' })
    expect(outcome(await signInAt(agent, confirm, user))).toEqual(asked)
  })

  it('P20: signs in, but the factor is not taken away there without it', async () => {
    const user = await userWithApp()
    const agent = await remembered(user)
    pass(600)
    const known = agent.copy()
    known.cookies.delete(sessionCookie)
    const home = await signInAt(known, await known.open('/'), user)
    pass(610)
    const app = await known.open('/account/totp')
    const confirm = await known.submit(app, { remove: 'on' }, { action: '/account/totp' })
    const row = env.DB.prepare('SELECT sealed_totp IS NULL AS gone FROM users WHERE id = ?1')
    expect({
      home: home.path,
      confirm: outcome(await signInAt(known, confirm, user)),
      passkeys: (await known.open('/account/passkeys')).html.includes('id="passkey-options"'),
      gone: await row.bind(user.id).first('gone'),
    }).toEqual({ home: '/', confirm: asked, passkeys: false, gone: 0 })
  })

  it('is nowhere with REMEMBER_BROWSER=0', async () => {
    const user = await userWithApp()
    const known = await remembered(user)
    const server = new Server({ REMEMBER_BROWSER: '0' })
    const agent = new UserAgent(server.fetch)
    for (const [name, value] of known.cookies) agent.cookies.set(name, value)
    const page = await signInAnew(agent, user)
    expect({
      page: outcome(page),
      offers: page.html.includes('name="remember"'),
      text: shownText(page).includes('Do not ask'),
    }).toEqual({ page: asked, offers: false, text: false })
  })

  // The last one: it ends what the others would sign in with.
  it('is forgotten by the epoch, which the operator raises', async () => {
    const user = await userWithApp()
    const agent = await remembered(user)
    pass(5)
    await admin('POST', '/epoch')
    pass(5)
    expect(outcome(await signInAnew(agent, user))).toEqual(asked)
  })
})
