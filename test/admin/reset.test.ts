// Resetting a user: section 3 of the operator's side, rows O19, O21 and the rules of one-time links.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  authorizePath,
  backToNow,
  codeOf,
  pass,
  registerWebClient,
  signedIn,
  signInAt,
} from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { issuer, read } from '../support/http.ts'
import {
  admin,
  patchUser,
  registerClient,
  registerUser,
  type TestUser,
} from '../support/registry.ts'
import {
  isDead,
  isSet,
  pathOf,
  resetUser,
  seen,
  sendPassword,
  setPasswordAt,
} from '../support/reset-links.ts'
import { passwordGrant, refresh, signIn, userinfo } from '../support/tokens.ts'
import { shownText, UserAgent } from '../support/user-agent.ts'
import { problem } from './operator.ts'

const client = await registerClient()
const webClient = await registerWebClient()

afterEach(backToNow)

const fresh = () => `${crypto.randomUUID()} é`

const passwordOf = async ({ id }: Pick<TestUser, 'id'>) =>
  (await (await admin('GET', `/users/${id}`)).json<{ password: string }>()).password

const statusWith = async (user: TestUser, password: string) =>
  (await passwordGrant(client, { ...user, password })).status

const eventsOf = async ({ id }: TestUser) => {
  const { items } = await (
    await admin('GET', `/users/${id}/events`)
  ).json<{ items: { kind: string; actor: string }[] }>()
  return items.map(({ kind, actor }) => ({ kind, actor }))
}

describe('resetting a user', () => {
  it('answers with a link that counts for 24 hours', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_000_000 })
    const user = await registerUser()
    const answer = await read(await admin('POST', `/users/${user.id}/reset`))
    expect(answer).toEqual({
      status: 201,
      body: {
        link: expect.stringMatching(new RegExp(`^${issuer}/mail/reset\\?token=[\\w-]{43}$`)),
        expires_at: 1_900_086_400,
      },
    })
  })

  it('ends the old password, every session and every grant at once', async () => {
    const user = await registerUser()
    const tokens = await signIn(client, user)
    const browser = await signedIn(user)
    await resetUser(user)
    const place = await browser.open('/account')
    expect({
      kind: await passwordOf(user),
      password: await statusWith(user, user.password),
      token: (await userinfo(tokens.access_token)).status,
      refresh: (await refresh(client, tokens.refresh_token)).status,
      page: seen(place).title,
    }).toEqual({ kind: 'reset', password: 400, token: 401, refresh: 400, page: 'Sign in' })
  })

  it('of somebody who is not there is 404', async () => {
    const answer = await admin('POST', '/users/999999999/reset')
    expect(await read(answer)).toEqual(problem(404, 'no such user'))
  })

  it('is noted, and so is the new password, each with who did it', async () => {
    const user = await registerUser()
    await setPasswordAt(new UserAgent(), await resetUser(user), fresh())
    expect(await eventsOf(user)).toEqual([
      { kind: 'user.password-reset', actor: `user:${user.id}` },
      { kind: 'user.password-reset-started', actor: 'root' },
      { kind: 'user.created', actor: 'root' },
    ])
  })
})

describe('a reset link', () => {
  it('lets the person set a password, and sign in with it, but signs nobody in', async () => {
    const user = await registerUser()
    const [agent, password] = [new UserAgent(), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    expect({ ...seen(page), isFor: shownText(page).includes(user.username) }).toEqual({
      status: 200,
      title: 'Choose a new password',
      isFor: true,
    })
    expect(seen(await sendPassword(agent, page, password))).toEqual(isSet)
    expect({
      kind: await passwordOf(user),
      new: await statusWith(user, password),
      old: await statusWith(user, user.password),
      page: seen(await agent.open('/account')).title,
    }).toEqual({ kind: 'own', new: 200, old: 400, page: 'Sign in' })
  })

  it('is how somebody who was created without a password gets one', async () => {
    const username = `user-${crypto.randomUUID()}`
    const created = await admin('POST', '/users', { username, role: 'admin' })
    const { id } = await created.json<{ id: number }>()
    const password = fresh()
    await setPasswordAt(new UserAgent(), await resetUser({ id }), password)
    const answer = await passwordGrant(client, { username, password })
    expect({ before: created.status, after: answer.status }).toEqual({ before: 201, after: 200 })
  })

  it('ends what was begun since the reset, which no password can have begun', async () => {
    const [user, other] = [await registerUser(), await registerUser()]
    const link = await resetUser(user)
    const browser = await signedIn(other)
    await env.DB.prepare('UPDATE sessions SET user_id = ?1 WHERE user_id = ?2')
      .bind(user.id, other.id)
      .run()
    const before = seen(await browser.open('/account')).title
    await setPasswordAt(new UserAgent(), link, fresh())
    expect({ before, after: seen(await browser.open('/account')).title }).toEqual({
      before: 'Your account',
      after: 'Sign in',
    })
  })

  it('clears the tries of somebody who has tried too often', async () => {
    const few = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '2' })
    const user = await registerUser()
    const attempt = async (password: string) =>
      (await passwordGrant(client, { ...user, password }, {}, few.fetch)).status
    const before = [await attempt('wrong one'), await attempt('wrong two'), await attempt('three')]
    const password = fresh()
    await setPasswordAt(new UserAgent(), await resetUser(user), password)
    expect({ before, after: await attempt(password) }).toEqual({
      before: [400, 400, 429],
      after: 200,
    })
  })

  it('P01: is not used up by looking at it, however often, by whatever method', async () => {
    const user = await registerUser()
    const link = await resetUser(user)
    const scanner = new UserAgent()
    for (let time = 0; time < 20; time++) {
      await scanner.open(pathOf(link), { 'Sec-Purpose': 'prefetch' })
    }
    const pressed = await scanner.submit(await scanner.open(pathOf(link)), { new_password: '' })
    const bare = await new UserAgent().post('/mail/reset', {
      token: link.link.split('=')[1] ?? '',
      new_password: fresh(),
    })
    const password = fresh()
    const set = await setPasswordAt(new UserAgent(), link, password)
    expect({
      pressed: seen(pressed),
      bare: seen(bare),
      set: seen(set),
      signIn: await statusWith(user, password),
    }).toEqual({
      pressed: { status: 400, title: 'Error: Choose a new password' },
      bare: { status: 403, title: 'Please try that again' },
      set: isSet,
      signIn: 200,
    })
  })

  it.each([
    ['too short', 'seven77', 'The new password is too short.'],
    ['too long', 'ä'.repeat(513), 'The new password is too long.'],
  ])('refuses a password that is %s, and still counts', async (_case, password, said) => {
    const user = await registerUser()
    const agent = new UserAgent()
    const link = await resetUser(user)
    const refused = await setPasswordAt(agent, link, password)
    expect({ status: refused.status, isSaid: shownText(refused).includes(said) }).toEqual({
      status: 400,
      isSaid: true,
    })
    expect(seen(await sendPassword(agent, refused, fresh()))).toEqual(isSet)
  })

  it('P02: counts once: shown again or sent again from another browser it is dead', async () => {
    const user = await registerUser()
    const [agent, other] = [new UserAgent(), new UserAgent()]
    const link = await resetUser(user)
    const [page, otherPage] = [await agent.open(pathOf(link)), await other.open(pathOf(link))]
    const password = fresh()
    await sendPassword(agent, page, password)
    expect({
      shown: seen(await agent.open(pathOf(link))),
      sent: seen(await sendPassword(other, otherPage, fresh())),
      same: seen(await sendPassword(other, otherPage, password)),
      signIn: await statusWith(user, password),
    }).toEqual({ shown: isDead, sent: isDead, same: isDead, signIn: 200 })
  })

  it('O21: sent twice by one form is set once; later, or with another password, it is dead', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const user = await registerUser()
    const [agent, password] = [new UserAgent(), fresh()]
    const page = await agent.open(pathOf(await resetUser(user)))
    const answers = {
      first: seen(await sendPassword(agent, page, password)),
      again: seen(await sendPassword(agent, page, password)),
      other: seen(await sendPassword(agent, page, fresh())),
    }
    pass(61)
    const later = seen(await sendPassword(agent, page, password))
    expect({ ...answers, later, signIn: await statusWith(user, password) }).toEqual({
      first: isSet,
      again: isSet,
      other: isDead,
      later: isDead,
      signIn: 200,
    })
    expect(
      (await eventsOf(user)).filter(({ kind }) => kind === 'user.password-reset'),
    ).toHaveLength(1)
  })

  it('counts until it expires', async () => {
    const [one, two] = [await registerUser(), await registerUser()]
    const [link, expired] = [await resetUser(one), await resetUser(two)]
    const agent = new UserAgent()
    const page = await agent.open(pathOf(expired))
    pass(86_399)
    const inTime = seen(await setPasswordAt(new UserAgent(), link, fresh()))
    pass(2)
    expect({
      inTime,
      shown: seen(await agent.open(pathOf(expired))),
      sent: seen(await sendPassword(agent, page, fresh())),
    }).toEqual({ inTime: isSet, shown: isDead, sent: isDead })
  })

  it.each<[string, (user: TestUser) => Promise<unknown>]>([
    ['the next link', (user) => resetUser(user)],
    ['a password that the operator sets', (user) => patchUser(user, { password: fresh() })],
    ['disabling the user', (user) => patchUser(user, { disabled: true })],
    ['signing the user out', (user) => admin('POST', `/users/${user.id}/logout`)],
    ['deleting the user', (user) => admin('DELETE', `/users/${user.id}`)],
  ])('P10: is ended by %s', async (_by, end) => {
    const user = await registerUser()
    const link = await resetUser(user)
    const agent = new UserAgent()
    const page = await agent.open(pathOf(link))
    pass(1)
    await end(user)
    expect({
      shown: seen(await agent.open(pathOf(link))),
      sent: seen(await sendPassword(agent, page, fresh())),
    }).toEqual({ shown: isDead, sent: isDead })
  })

  it('P09: of a disabled user is dead, and says no more, until the user is enabled', async () => {
    const user = await registerUser({ disabled: true })
    const link = await resetUser(user)
    const disabled = seen(await new UserAgent().open(pathOf(link)))
    await patchUser(user, { disabled: false })
    const enabled = seen(await setPasswordAt(new UserAgent(), link, fresh()))
    expect({ disabled, enabled }).toEqual({ disabled: isDead, enabled: isSet })
  })

  it('is none of a temporary password: who signs in with the new one is not asked for another', async () => {
    const user = await registerUser()
    await env.DB.prepare("UPDATE users SET password_state = 'temporary' WHERE id = ?1")
      .bind(user.id)
      .run()
    const [agent, password] = [new UserAgent(), fresh()]
    await setPasswordAt(agent, await resetUser(user), password)
    const browser = await signedIn({ ...user, password })
    expect(seen(await browser.open('/account')).title).toBe('Your account')
  })

  it('of another user is not answered by this form, and sets nothing', async () => {
    const [user, victim] = [await registerUser(), await registerUser()]
    const [own, others] = [await resetUser(user), await resetUser(victim)]
    const agent = new UserAgent()
    const page = await agent.open(pathOf(own))
    const token = others.link.split('=')[1] ?? ''
    const answer = await agent.submit(page, { token, new_password: fresh() })
    expect({ ...seen(answer), kind: await passwordOf(victim) }).toEqual({
      status: 403,
      title: 'Please try that again',
      kind: 'reset',
    })
  })

  it('is sent by its own page alone: from another site it is refused, and still counts', async () => {
    const user = await registerUser()
    const agent = new UserAgent()
    const page = await agent.open(pathOf(await resetUser(user)))
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
    const foreign = await agent.submit(page, { new_password: fresh() }, { headers })
    expect({
      foreign: seen(foreign).status,
      own: seen(await sendPassword(agent, page, fresh())),
    }).toEqual({ foreign: 403, own: isSet })
  })

  it.each(['', 'x', `${'A'.repeat(43)}`, `${'A'.repeat(10_000)}`, "' OR 1=1 --"])(
    'with the token %j is dead, and says no more',
    async (token) => {
      const place = await new UserAgent().open(`/mail/reset?${new URLSearchParams({ token })}`)
      expect(seen(place)).toEqual(isDead)
    },
  )

  it('has the policy of all pages, is not kept, and is shown in the language that is picked', async () => {
    const link = await resetUser(await registerUser())
    const place = await new UserAgent().open(`${pathOf(link)}&language=de`)
    const { headers } = place
    expect({
      title: seen(place).title,
      csp: headers.get('Content-Security-Policy'),
      cache: headers.get('Cache-Control'),
      referrer: headers.get('Referrer-Policy'),
    }).toEqual({
      title: 'Neues Passwort wählen',
      csp: expect.stringMatching(
        /^default-src 'none'; style-src 'self'; img-src 'self'; script-src 'sha256-[\w+/]{43}='; base-uri 'none'; frame-ancestors 'none'$/,
      ),
      cache: 'no-store',
      referrer: 'no-referrer',
    })
  })

  it('O19: leaves no secret behind: in no table, no event and no log line', async () => {
    const written: string[] = []
    const spy = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      written.push(JSON.stringify(values))
    })
    const user = await registerUser()
    const [link, password] = [await resetUser(user), fresh()]
    const agent = new UserAgent()
    const page = await agent.open(pathOf(link))
    await sendPassword(agent, page, 'short')
    await sendPassword(agent, page, password)
    await sendPassword(agent, page, password)
    await agent.open(pathOf(link))
    spy.mockRestore()
    const tables = ['users', 'mail_actions', 'audit_events', 'sessions', 'used_identifiers']
    for (const table of tables) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all()
      written.push(JSON.stringify(results))
    }
    const token = link.link.split('=')[1] ?? ''
    const all = written.join('\n')
    expect({ token: all.includes(token), password: all.includes(password) }).toEqual({
      token: false,
      password: false,
    })
  })

  it('is deleted by cron once it has expired', async () => {
    const user = await registerUser()
    await resetUser(user)
    pass(86_401)
    await new Server().cron()
    const row = await env.DB.prepare('SELECT 1 FROM mail_actions WHERE user_id = ?1')
      .bind(user.id)
      .first()
    expect(row).toBeNull()
  })
})

describe('signing in at an app while a reset waits', () => {
  it('goes on with the new password where it was', async () => {
    const user = await registerUser()
    const [agent, password] = [new UserAgent(), fresh()]
    const place = await agent.open(authorizePath(webClient))
    await setPasswordAt(agent, await resetUser(user), password)
    const after = await signInAt(agent, place, { ...user, password })
    expect(codeOf(after)).toMatch(/./)
  })
})

// The last one: the epoch stays where it was raised to.
describe('a reset link from before a restore', () => {
  it('P10: is ended by raising the epoch', async () => {
    const link = await resetUser(await registerUser())
    pass(1)
    await admin('POST', '/epoch')
    expect(seen(await new UserAgent().open(pathOf(link)))).toEqual(isDead)
  })
})
