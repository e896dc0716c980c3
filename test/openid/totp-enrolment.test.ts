// Setting up an authenticator app and recovery codes: people.md 5 and P21.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { registerUser, type TestUser } from '../support/registry.ts'
import { codeOfApp, userWithApp, type AppUser } from '../support/totp.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  granted,
  outcome,
  pass,
  registerWebClient,
  signedIn,
  signInAt,
} from './flow.ts'

afterEach(backToNow)

const client = await registerWebClient()
const totp = { action: '/account/totp' }
const codes = { action: '/account/recovery-codes' }
const signInPage = { status: 200, page: 'Confirm it’s you · Postern' }

/** The key that a page shows, as a person types it into their app. */
const keyOn = (place: Place): string =>
  (/<code>([A-Z2-7 ]+)<\/code>/.exec(place.html)?.[1] ?? '').replaceAll(' ', '')

const codesOn = (place: Place): string[] =>
  [...place.html.matchAll(/<code>([A-Z2-9]{5}-[A-Z2-9]{5})<\/code>/g)].map(([, code = '']) => code)

const factsOf = (user: Pick<TestUser, 'id'>) =>
  env.DB.prepare(
    `SELECT sealed_totp IS NOT NULL AS has, (SELECT COUNT(*) FROM credentials
       WHERE user_id = users.id AND kind = 'recovery') AS codes FROM users WHERE id = ?1`,
  )
    .bind(user.id)
    .first()

const kindsOf = async (user: Pick<TestUser, 'id'>): Promise<unknown[]> => {
  const { results } = await env.DB.prepare(
    "SELECT kind FROM audit_events WHERE user_id = ?1 AND kind NOT LIKE 'user.created%' ORDER BY id",
  )
    .bind(user.id)
    .all()
  return results.map(({ kind }) => kind)
}

/** Sets up an app; returns its key. */
async function setUp(agent: UserAgent): Promise<{ key: string; done: Place }> {
  const page = await agent.open('/account/totp')
  const key = keyOn(page)
  return { key, done: await agent.submit(page, { code: codeOfApp(key) }, totp) }
}

/** A browser in which the user has signed in with both factors just now. */
async function withBoth(user: AppUser): Promise<UserAgent> {
  const agent = new UserAgent()
  const page = await signInAt(agent, await agent.open('/'), user)
  await agent.submit(page, { code: codeOfApp(user.totp) }, { action: '/second-factor' })
  return agent
}

async function recover(user: AppUser, code: string, agent = new UserAgent()): Promise<Place> {
  const page = await signInAt(agent, await agent.open(authorizePath(client)), user)
  return agent.submit(page, { code }, { action: '/second-factor' })
}

describe('An authenticator app', () => {
  it('is set up by the code that it shows, and then the password alone does not sign in', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const { key, done } = await setUp(agent)
    const other = new UserAgent()
    const asked = await signInAt(other, await other.open(authorizePath(client)), user)
    const right = await other.submit(asked, { code: codeOfApp(key, 1) })
    expect({
      done: { path: done.path, said: shownText(done).includes('is set up') },
      facts: await factsOf(user),
      asked: asked.title,
      right: outcome(right),
      kinds: await kindsOf(user),
    }).toEqual({
      done: { path: '/account/totp?done=added', said: true },
      facts: { has: 1, codes: 0 },
      asked: 'Enter your code · Postern',
      right: granted(),
      kinds: ['user.signed-in', 'user.totp-added', 'user.signed-in'],
    })
  })

  it('raises the session that has proved it, under a new secret', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const before = agent.copy()
    await setUp(agent)
    const session = await env.DB.prepare(
      'SELECT amr, second_factor_at IS NOT NULL AS raised FROM sessions WHERE user_id = ?1',
    )
      .bind(user.id)
      .first()
    expect({
      session,
      now: (await agent.open('/account')).title,
      before: (await before.open('/account')).title,
    }).toEqual({
      session: { amr: 'pwd otp mfa', raised: 1 },
      now: 'Your account · Postern',
      before: 'Sign in · Postern',
    })
  })

  it('is not set up by a wrong code; the page keeps the key', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open('/account/totp')
    const refused = await agent.submit(page, { code: '12345' }, totp)
    expect({
      status: refused.status,
      key: keyOn(refused) === keyOn(page),
      facts: await factsOf(user),
      right: (await agent.submit(refused, { code: codeOfApp(keyOn(page)) }, totp)).path,
    }).toEqual({
      status: 400,
      key: true,
      facts: { has: 0, codes: 0 },
      right: '/account/totp?done=added',
    })
  })

  it('has used up the code that set it up', async () => {
    const user = await registerUser()
    const { key } = await setUp(await signedIn(user))
    const place = await recover({ ...user, totp: key }, codeOfApp(key))
    expect(outcome(place)).toEqual({ status: 400, page: 'Error: Enter your code · Postern' })
  })

  it('is set up once by twenty answers at once', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open('/account/totp')
    const form = { code: codeOfApp(keyOn(page)) }
    const places = await Promise.all(
      Array.from({ length: 20 }, () => agent.copy().submit(page, form, totp)),
    )
    expect({
      added: places.filter(({ path }) => path === '/account/totp?done=added').length,
      failed: places.filter(({ status }) => status >= 500).length,
      kinds: await kindsOf(user),
    }).toEqual({ added: 1, failed: 0, kinds: ['user.signed-in', 'user.totp-added'] })
  })

  it('is set up, and removed, by a fresh sign-in alone, which leads back', async () => {
    const [newcomer, owner] = [await registerUser(), await userWithApp()]
    const [one, two] = [await signedIn(newcomer), await withBoth(owner)]
    pass(301)
    const seen = await one.open('/account/totp')
    const begun = await one.submit(seen, {}, totp)
    const back = await signInAt(one, begun, newcomer)
    const removing = await two.submit(await two.open('/account/totp'), { remove: 'on' }, totp)
    expect({
      shown: seen.html.includes('<svg class="qr"'),
      begun: outcome(begun),
      back: { path: back.path, shown: back.html.includes('<svg class="qr"') },
      removing: outcome(removing),
      facts: await factsOf(owner),
    }).toEqual({
      shown: false,
      begun: signInPage,
      back: { path: '/account/totp?done=confirmed', shown: true },
      removing: signInPage,
      facts: { has: 1, codes: 0 },
    })
  })

  it('is not set up with the secret of another session', async () => {
    const [user, other] = [await registerUser(), await registerUser()]
    const [agent, thief] = [await signedIn(user), await signedIn(other)]
    const theirs = await thief.open('/account/totp')
    const key = keyOn(theirs)
    const sealed = theirs.forms.find(({ action }) => action === totp.action)?.hidden['enrolment']
    const page = await agent.open('/account/totp')
    const answer = await agent.submit(page, { enrolment: sealed, code: codeOfApp(key) }, totp)
    expect({ status: answer.status, facts: await factsOf(user) }).toEqual({
      status: 400,
      facts: { has: 0, codes: 0 },
    })
  })

  it('is not set up by a page of a quarter of an hour ago', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open('/account/totp')
    pass(901)
    const answer = await agent.submit(page, { code: codeOfApp(keyOn(page)) }, totp)
    expect({ status: answer.status, facts: await factsOf(user) }).toEqual({
      status: 400,
      facts: { has: 0, codes: 0 },
    })
  })

  it('is removed with its recovery codes; then the password signs in', async () => {
    const user = await userWithApp()
    const agent = await withBoth(user)
    await agent.submit(await agent.open('/account/recovery-codes'), {}, codes)
    const before = await factsOf(user)
    const done = await agent.submit(await agent.open('/account/totp'), { remove: 'on' }, totp)
    const other = new UserAgent()
    const place = await signInAt(other, await other.open(authorizePath(client)), user)
    expect({ before, done: done.path, after: await factsOf(user), place: outcome(place) }).toEqual({
      before: { has: 1, codes: 10 },
      done: '/account/totp?done=removed',
      after: { has: 0, codes: 0 },
      place: granted(),
    })
  })

  it('is nowhere with MFA=off', async () => {
    const server = new Server({ MFA: 'off' })
    const agent = await signedIn(await registerUser(), server.fetch)
    const [app, recovery, account] = [
      await agent.open('/account/totp'),
      await agent.open('/account/recovery-codes'),
      await agent.open('/account'),
    ]
    expect({
      statuses: [app.status, recovery.status],
      links: /\/account\/(totp|recovery-codes)/.test(account.html),
    }).toEqual({ statuses: [404, 404], links: false })
  })
})

describe('Recovery codes', () => {
  async function withCodes() {
    const user = await userWithApp()
    const agent = await withBoth(user)
    const page = await agent.submit(await agent.open('/account/recovery-codes'), {}, codes)
    return { user, agent, page, shown: codesOn(page) }
  }

  it('are ten of ten characters, without those that are mistaken, and shown once', async () => {
    const { agent, shown } = await withCodes()
    const again = await agent.open('/account/recovery-codes')
    expect({
      count: new Set(shown).size,
      odd: shown.filter((code) => /[01IO]/.test(code)),
      again: codesOn(again),
      left: shownText(again).includes('You have 10 recovery codes left.'),
    }).toEqual({ count: 10, odd: [], again: [], left: true })
  })

  it('P21: counts once', async () => {
    const { user, shown } = await withCodes()
    const [first, second] = [
      await recover(user, shown[0] ?? ''),
      await recover(user, shown[0] ?? ''),
    ]
    expect({ first: outcome(first), second: outcome(second), facts: await factsOf(user) }).toEqual({
      first: granted(),
      second: { status: 400, page: 'Error: Enter your code · Postern' },
      facts: { has: 1, codes: 9 },
    })
  })

  it('P21: twenty at once are one sign-in', async () => {
    const { user, shown } = await withCodes()
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '30' })
    const places = await Promise.all(
      Array.from({ length: 20 }, () => recover(user, shown[1] ?? '', new UserAgent(fetch))),
    )
    expect(places.filter(({ away }) => away !== null).length).toBe(1)
  })

  it('P21: of another user is refused, and stays theirs', async () => {
    const [{ user, shown }, other] = [await withCodes(), await userWithApp()]
    const theirs = await recover(other, shown[2] ?? '')
    expect({ theirs: theirs.status, own: outcome(await recover(user, shown[2] ?? '')) }).toEqual({
      theirs: 400,
      own: granted(),
    })
  })

  it('P21: is read in any case and without its hyphen', async () => {
    const { user, shown } = await withCodes()
    const typed = (shown[3] ?? '').toLowerCase().replace('-', ' ')
    expect(outcome(await recover(user, typed))).toEqual(granted())
  })

  it('P21: that is new ends the old ones', async () => {
    const { user, agent, shown } = await withCodes()
    const page = await agent.submit(await agent.open('/account/recovery-codes'), {}, codes)
    const [old, next] = [
      await recover(user, shown[4] ?? ''),
      await recover(user, codesOn(page)[4] ?? ''),
    ]
    expect({ old: old.status, next: outcome(next) }).toEqual({ old: 400, next: granted() })
  })

  it('P21: are never shown dead: of answers at once only one shows codes', async () => {
    const { agent } = await withCodes()
    const page = await agent.open('/account/recovery-codes')
    const places = await Promise.all(Array.from({ length: 5 }, () => agent.submit(page, {}, codes)))
    expect({
      shown: places.filter((place) => codesOn(place).length === 10).length,
      others: places.filter(({ path }) => path === '/account/recovery-codes?done=other').length,
    }).toEqual({ shown: 1, others: 4 })
  })

  it('are used up one by one, and below three their person is told', async () => {
    const { user, agent, shown } = await withCodes()
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '30' })
    for (const code of shown.slice(0, 8)) await recover(user, code, new UserAgent(fetch))
    const text = shownText(await agent.open('/account/recovery-codes'))
    expect({
      left: text.includes('You have 2 recovery codes left.'),
      told: text.includes('before you run out'),
      kinds: (await kindsOf(user)).filter((kind) => kind === 'user.recovery-code-used').length,
    }).toEqual({ left: true, told: true, kinds: 8 })
  })

  it('are asked for where there are none, without a word about old ones', async () => {
    const agent = await withBoth(await userWithApp())
    const text = shownText(await agent.open('/account/recovery-codes'))
    expect({
      none: text.includes('You have no recovery codes. Create some in case you lose the app.'),
      old: text.includes('before you run out') || text.includes('end the old ones'),
    }).toEqual({ none: true, old: false })
  })

  it('are created by a fresh sign-in alone', async () => {
    const { user, agent } = await withCodes()
    pass(301)
    const asked = await agent.submit(await agent.open('/account/recovery-codes'), {}, codes)
    expect({ asked: outcome(asked), facts: await factsOf(user) }).toEqual({
      asked: signInPage,
      facts: { has: 1, codes: 10 },
    })
  })

  it('are for those who have a factor that they stand for', async () => {
    const agent = await signedIn(await registerUser())
    const page = await agent.open('/account/recovery-codes')
    expect(shownText(page)).toContain('Set up an authenticator app first.')
  })
})

describe('A policy that requires a second factor', () => {
  const required = new Server({ MFA: 'required' })

  it('leads whoever has none to set one up, before a client gets its code', async () => {
    const user = await registerUser()
    const agent = new UserAgent(required.fetch)
    const page = await signInAt(agent, await agent.open(authorizePath(client)), user)
    const account = await agent.open('/account')
    const wrong = await agent.submit(page, { code: '000' }, { action: '/second-factor/set-up' })
    const done = await agent.submit(wrong, { code: codeOfApp(keyOn(page)) })
    expect({
      page: outcome(page),
      account: account.title,
      wrong: outcome(wrong),
      done: outcome(done),
      facts: await factsOf(user),
    }).toEqual({
      page: { status: 200, page: 'Set up an authenticator app · Postern' },
      account: 'Set up an authenticator app · Postern',
      wrong: { status: 400, page: 'Error: Set up an authenticator app · Postern' },
      done: granted(),
      facts: { has: 1, codes: 0 },
    })
  })

  it('is a matter of the role where it names one', async () => {
    const server = new Server({ MFA: 'role:admin' })
    const [admin, other] = [await registerUser({ role: 'admin' }), await registerUser()]
    const pages = await Promise.all(
      [admin, other].map(async (user) => {
        const agent = new UserAgent(server.fetch)
        return outcome(await signInAt(agent, await agent.open(authorizePath(client)), user))
      }),
    )
    expect(pages).toEqual([
      { status: 200, page: 'Set up an authenticator app · Postern' },
      granted(),
    ])
  })

  it('asks a session of before to prove who it is, before it shows a secret', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    pass(301)
    const later = new UserAgent(required.fetch)
    for (const [name, value] of agent.cookies) later.cookies.set(name, value)
    const page = await later.open(authorizePath(client))
    const login = await later.submit(page, {})
    const back = await signInAt(later, login, user)
    expect({ shown: keyOn(page), login: login.title, back: keyOn(back).length }).toEqual({
      shown: '',
      login: 'Sign in · Postern',
      back: 32,
    })
  })

  it('asks whoever has a passkey for it, and never lets the password add another factor', async () => {
    const user = await registerUser()
    await env.DB.batch([
      env.DB.prepare("UPDATE users SET user_handle = 'h' || id WHERE id = ?1").bind(user.id),
      env.DB.prepare(
        "INSERT INTO credentials (id, user_id, kind, created_at) VALUES ('p' || ?1, ?1, 'passkey', 1)",
      ).bind(user.id),
    ])
    const agent = new UserAgent(required.fetch)
    const page = await signInAt(agent, await agent.open(authorizePath(client)), user)
    const sessions = await env.DB.prepare('SELECT COUNT(*) AS n FROM sessions WHERE user_id = ?1')
      .bind(user.id)
      .first('n')
    const optional = new UserAgent()
    const place = await signInAt(optional, await optional.open(authorizePath(client)), user)
    expect({
      page: page.title,
      said: shownText(page).includes('your account needs your passkey'),
      sessions,
      optional: outcome(place),
    }).toEqual({
      page: 'Enter your code · Postern',
      said: true,
      sessions: 0,
      optional: granted(),
    })
  })

  it('is interaction_required where nobody may be asked', async () => {
    const agent = await signedIn(await registerUser())
    const silent = new UserAgent(required.fetch)
    for (const [name, value] of agent.cookies) silent.cookies.set(name, value)
    const place = await silent.open(authorizePath(client, { prompt: 'none' }))
    expect(outcome(place)).toMatchObject({ error: 'interaction_required' })
  })
})
