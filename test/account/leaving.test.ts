// The end of an account at the wish of its person: people.md section 7 and P24.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import {
  authorizePath,
  backToNow,
  codeOf,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerWebClient,
  signInAt,
  signInTo,
  signedIn,
} from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { issuer } from '../support/http.ts'
import { codeOfMail, linkOf, mailTo, mailingServer } from '../support/mail.ts'
import { admin, registerPublicClient, registerUser } from '../support/registry.ts'
import { passwordGrant, refresh, userinfo } from '../support/tokens.ts'
import { UserAgent, shownText, type Place } from '../support/user-agent.ts'
import { at, becomeStale, row, send } from './pages.ts'

const path = '/account/delete'
const week = 604_800
const client = await registerWebClient()
const publicClient = await registerPublicClient()
const server = mailingServer()
const plain = new Server()
const atOnce = new Server({ DELETION_DELAY: '0' })

afterEach(backToNow)

type Person = Awaited<ReturnType<typeof registerUser>>

/** Leaves by the password, where there is no mail. */
const leave = async (user: Person, to = plain, agent?: UserAgent) =>
  send(agent ?? (await signedIn(user, to.fetch)), path, { password: user.password })

/** Leaves by the code of a mail; returns the mail that tells of it. */
async function leaveByMail(user: Person) {
  const agent = await signedIn(user, server.fetch)
  const asked = await send(agent, path, { send: 'on' })
  const code = codeOfMail(await mailTo(user.email, server))
  const place = await agent.submit(asked, { code }, { action: path })
  return { agent, place, told: await mailTo(user.email, server) }
}

const deleteAtOf = async (id: number): Promise<unknown> =>
  (await row('SELECT delete_at FROM users WHERE id = ?', id))?.delete_at

const isThere = async (id: number): Promise<boolean> =>
  (await admin('GET', `/users/${id}`)).status === 200

/** Lets the delay pass, and cron run. */
async function cronAfterDelay(): Promise<void> {
  pass(week + 1)
  await plain.cron()
  backToNow()
}

const titleOf = ({ status, title }: Place) => ({ status, title: title.split(' · ')[0] })
const isRequested = { status: 200, title: 'Your account will be deleted' }
const isAsked = { status: 200, title: 'Your account is about to be deleted' }
const isDead = { status: 400, title: 'This link no longer works' }

describe('leaving', () => {
  it('signs out everywhere now, and says when the account goes', async () => {
    const user = await registerUser()
    const [agent, other] = [await signedIn(user), await signedIn(user)]
    const tokens = await signInTo(other, client)
    const place = await leave(user, plain, agent)
    const { delete_at } = await (
      await admin('GET', `/users/${user.id}`)
    ).json<{
      delete_at: number
    }>()
    expect({
      place: titleOf(place),
      here: (await agent.open('/account')).title,
      there: (await other.open('/account')).title,
      userinfo: (await userinfo(tokens.access_token)).status,
      refresh: (await refresh(client, String(tokens.refresh_token))).status,
      days: Math.round((delete_at - Date.now() / 1000) / 86_400),
    }).toEqual({
      place: isRequested,
      here: 'Sign in · Postern',
      there: 'Sign in · Postern',
      userinfo: 401,
      refresh: 400,
      days: 7,
    })
  })

  it('is confirmed by the password where there is no mail', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const place = await send(agent, path, { password: 'wrong' })
    expect({ place: at(place), deleteAt: await deleteAtOf(user.id) }).toEqual({
      place: { status: 400, path, title: 'Error: Delete account' },
      deleteAt: null,
    })
  })

  it('U16: too many tries are told until when, and the button rests for so long', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, new Server({ PASSWORD_TRIES_PER_ACCOUNT: '2' }).fetch)
    const places: Place[] = []
    for (const password of ['wrong', 'wrong', 'wrong', user.password])
      places.push(await send(agent, path, { password }))
    const last = places.at(-1)
    expect({
      statuses: places.map(({ status }) => status),
      waits: Number(last?.headers.get('Retry-After')) > 0,
      says: /Please wait 15 minutes \(until /.test(last === undefined ? '' : shownText(last)),
      rests: last?.html.includes('<button class="danger" disabled="">'),
      deleteAt: await deleteAtOf(user.id),
    }).toEqual({
      ...{ statuses: [400, 400, 429, 429], waits: true, says: true, rests: true },
      deleteAt: null,
    })
  })

  it('is confirmed by a code where there is mail, and no password helps', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const asked = await send(agent, path, { password: user.password })
    const before = await deleteAtOf(user.id)
    const code = codeOfMail(await mailTo(user.email, server))
    const place = await agent.submit(asked, { code }, { action: path })
    expect({
      asked: titleOf(asked),
      before,
      place: titleOf(place),
      isNoted: typeof (await deleteAtOf(user.id)),
    }).toEqual({
      asked: { status: 200, title: 'Delete account' },
      before: null,
      place: isRequested,
      isNoted: 'number',
    })
  })

  it('is confirmed by the link of the mail, too, in the browser that asked', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    await send(agent, path, { send: 'on' })
    const shown = await agent.open(linkOf(await mailTo(user.email, server)))
    const before = await deleteAtOf(user.id)
    const place = await agent.submit(shown, {}, { action: '/mail/delete' })
    expect({ before, place: titleOf(place) }).toEqual({ before: null, place: isRequested })
  })

  it('at once does not look like a failure where the button is pressed twice', async () => {
    const to = mailingServer({ DELETION_DELAY: '0' })
    const clicks = async (isByLink: boolean) => {
      const user = await registerUser()
      const agent = await signedIn(user, to.fetch)
      const asked = await send(agent, path, { send: 'on' })
      const mail = await mailTo(user.email, to)
      const shown = isByLink ? await agent.open(linkOf(mail)) : asked
      const fields = isByLink ? {} : { code: codeOfMail(mail) }
      const action = isByLink ? '/mail/delete' : path
      const twice = [agent.copy(), agent.copy()].map((one) => one.submit(shown, fields, { action }))
      const places = await Promise.all(twice)
      if (isByLink) places.push(await agent.submit(shown, fields, { action }))
      return { titles: places.map(({ title }) => title), isThere: await isThere(user.id) }
    }
    const gone = 'Your account is deleted · Postern'
    expect({ code: await clicks(false), link: await clicks(true) }).toEqual({
      code: { titles: [gone, gone], isThere: false },
      link: { titles: [gone, gone, gone], isThere: false },
    })
  })

  it('needs no more than a fresh sign-in of somebody without password and mail', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await env.DB.prepare('UPDATE users SET password_hash = NULL WHERE id = ?').bind(user.id).run()
    expect(titleOf(await send(agent, path))).toEqual(isRequested)
  })

  it('needs a fresh sign-in, which leads back', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    becomeStale()
    const asked = await send(agent, path, { password: user.password })
    const back = await signInAt(agent, asked, user)
    expect({
      asked: asked.title,
      back: at(back),
      hasInput: back.html.includes('name="password"'),
      deleteAt: await deleteAtOf(user.id),
    }).toEqual({
      asked: 'Confirm it’s you · Postern',
      back: { status: 200, path: `${path}?done=confirmed`, title: 'Delete account' },
      hasInput: true,
      deleteAt: null,
    })
  })

  it('is there only if SELF_DELETE is not off', async () => {
    const agent = await signedIn(await registerUser(), new Server({ SELF_DELETE: 'off' }).fetch)
    expect((await agent.open(path)).status).toBe(404)
  })

  it('tells the clients that want to hear of it', async () => {
    const told = await registerWebClient({
      backchannel_logout_uri: `https://client.example/${crypto.randomUUID()}`,
    })
    const user = await registerUser()
    const agent = await signedIn(user)
    await signInTo(agent, told)
    await leave(user, plain, agent)
    const notices = await row(
      'SELECT COUNT(*) AS notices FROM logout_notices WHERE client_id = ?',
      told.client_id,
    )
    expect(notices).toEqual({ notices: 1 })
  })

  it('P24: of twenty requests at once is one, with one link to take it back', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const asked = await send(agent, path, { send: 'on' })
    const code = codeOfMail(await mailTo(user.email, server))
    const places = await Promise.all(
      Array.from({ length: 20 }, () => agent.submit(asked, { code }, { action: path })),
    )
    const events = await row(
      "SELECT COUNT(*) AS events FROM audit_events WHERE user_id = ? AND kind = 'user.deletion-requested'",
      user.id,
    )
    expect({ some: places.some((place) => titleOf(place).status === 200), events }).toEqual({
      some: true,
      events: { events: 1 },
    })
  })
})

describe('inside the delay', () => {
  it('P24: a sign-in offers to keep the account, and goes on where it was going', async () => {
    const user = await registerUser()
    await leave(user)
    const agent = new UserAgent()
    const asked = await signInAt(agent, await agent.open(authorizePath(client)), user)
    const kept = await agent.submit(asked, { decision: 'allow' })
    expect({
      asked: titleOf(asked),
      redeemed: (await redeem(client, codeOf(kept))).status,
      deleteAt: await deleteAtOf(user.id),
    }).toEqual({ asked: isAsked, redeemed: 200, deleteAt: null })
  })

  it('P24: whoever does not keep it reaches nothing: no page of ours, no code', async () => {
    const user = await registerUser()
    await leave(user)
    const agent = new UserAgent()
    await signInAt(agent, await agent.open('/'), user)
    const silent = await agent.open(authorizePath(client, { prompt: 'none' }))
    expect({
      home: titleOf(await agent.open('/')),
      account: titleOf(await agent.open('/account')),
      app: titleOf(await agent.open(authorizePath(client))),
      silent: outcome(silent),
    }).toEqual({
      home: isAsked,
      account: isAsked,
      app: isAsked,
      silent: refusedWith('interaction_required'),
    })
  })

  it('whoever prefers to sign out is signed out, and the deletion goes on', async () => {
    const user = await registerUser()
    await leave(user)
    const agent = new UserAgent()
    const asked = await signInAt(agent, await agent.open('/'), user)
    const place = await agent.submit(asked, { decision: 'deny' })
    expect({
      place: place.title,
      again: (await agent.open('/')).title,
      isNoted: typeof (await deleteAtOf(user.id)),
    }).toEqual({ place: 'Sign in · Postern', again: 'Sign in · Postern', isNoted: 'number' })
  })

  it('no tokens for the password: nobody could be asked there', async () => {
    const user = await registerUser()
    await leave(user)
    expect((await passwordGrant(publicClient, user)).status).toBe(400)
  })

  it('P24: the link of the mail restores, once', async () => {
    const user = await registerUser()
    const { place, told } = await leaveByMail(user)
    const agent = new UserAgent(server.fetch)
    const link = linkOf(told)
    const shown = await agent.open(link)
    const looked = typeof (await deleteAtOf(user.id))
    const kept = await agent.submit(shown, {}, { action: '/mail/restore' })
    expect({
      place: titleOf(place),
      looked,
      kept: titleOf(kept),
      deleteAt: await deleteAtOf(user.id),
      again: titleOf(await new UserAgent(server.fetch).open(link)),
      home: titleOf(await (await signedIn(user, server.fetch)).open('/')),
    }).toEqual({
      place: isRequested,
      looked: 'number',
      kept: { status: 200, title: 'You keep your account' },
      deleteAt: null,
      again: isDead,
      home: { status: 200, title: 'You are signed in' },
    })
  })

  it('P24: the link is dead after the account was kept by a sign-in', async () => {
    const user = await registerUser()
    const { told } = await leaveByMail(user)
    const agent = new UserAgent(server.fetch)
    const asked = await signInAt(agent, await agent.open('/'), user)
    await agent.submit(asked, { decision: 'allow' })
    expect(titleOf(await agent.open(linkOf(told)))).toEqual(isDead)
  })

  it('P24: the link of the first deletion is dead after a second one', async () => {
    const user = await registerUser()
    const first = await leaveByMail(user)
    const agent = new UserAgent(server.fetch)
    const asked = await signInAt(agent, await agent.open('/'), user)
    await agent.submit(asked, { decision: 'allow' })
    const second = await leaveByMail(user)
    expect({
      first: titleOf(await agent.open(linkOf(first.told))),
      second: titleOf(await agent.open(linkOf(second.told))),
    }).toEqual({ first: isDead, second: { status: 200, title: 'Keep your account' } })
  })

  it('P24: no session survives of twenty sign-ins at the instant of the deletion', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open(path)
    const others = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const other = new UserAgent()
        return { other, login: await other.open('/') }
      }),
    )
    const [, ...places] = await Promise.all([
      agent.submit(page, { password: user.password }, { action: path }),
      ...others.map(({ other, login }) => signInAt(other, login, user)),
    ])
    const seen = await Promise.all(
      others.map(async ({ other }) => titleOf(await other.open('/account')).title ?? ''),
    )
    const harmless = ['Sign in', 'Your account is about to be deleted']
    expect({
      sent: places.length,
      isNoted: typeof (await deleteAtOf(user.id)),
      beyond: seen.filter((title) => !harmless.includes(title)),
    }).toEqual({ sent: 20, isNoted: 'number', beyond: [] })
  })

  it('P24: no token survives of twenty password grants at the instant of the deletion', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open(path)
    const [, ...answers] = await Promise.all([
      agent.submit(page, { password: user.password }, { action: path }),
      ...Array.from({ length: 20 }, () => passwordGrant(publicClient, user)),
    ])
    const statuses = await Promise.all(
      answers
        .filter(({ status }) => status === 200)
        .map(async (answer) => {
          const { access_token } = await answer.json<{ access_token: string }>()
          return (await userinfo(access_token)).status
        }),
    )
    expect(statuses.filter((status) => status !== 401)).toEqual([])
  })
})

describe('P24: the deletion between the proof of somebody and what it begins', () => {
  /** Has the user leave just before a statement runs that inserts into a table, within one instant. */
  async function leaveBefore(table: string, user: Person): Promise<Server> {
    const leaver = await signedIn(user)
    const page = await leaver.open(path)
    pass(0)
    const racing = new Server()
    let hasLeft = false
    racing.plan(async ({ text }) => {
      if (!hasLeft && text.includes(`INSERT INTO ${table} `)) {
        hasLeft = true
        await leaver.submit(page, { password: user.password }, { action: path })
      }
      return null
    })
    return racing
  }

  it('a password grant gets no token', async () => {
    const user = await registerUser()
    const racing = await leaveBefore('grants', user)
    const answer = await passwordGrant(publicClient, user, {}, racing.fetch)
    expect({ status: answer.status, isNoted: typeof (await deleteAtOf(user.id)) }).toEqual({
      status: 400,
      isNoted: 'number',
    })
  })

  it('a sign-in gets no session', async () => {
    const user = await registerUser()
    const racing = await leaveBefore('sessions', user)
    const agent = new UserAgent(racing.fetch)
    await signInAt(agent, await agent.open('/'), user)
    const live = await row(
      'SELECT COUNT(*) AS n FROM sessions WHERE user_id = ? AND ended_at IS NULL',
      user.id,
    )
    expect({ isNoted: typeof (await deleteAtOf(user.id)), live }).toEqual({
      isNoted: 'number',
      live: { n: 0 },
    })
  })
})

describe('after the delay', () => {
  it('cron deletes: names are free, the sub is not used again, nobody signs in', async () => {
    const user = await registerUser()
    await leave(user)
    const before = await isThere(user.id)
    await plain.cron()
    const during = await isThere(user.id)
    await cronAfterDelay()
    const agent = new UserAgent()
    const place = await signInAt(agent, await agent.open('/'), user)
    const successor = await registerUser({ username: user.username, email: user.email })
    expect({
      before,
      during,
      after: await isThere(user.id),
      signIn: place.status,
      isAnother: successor.id !== user.id && successor.sub !== user.sub,
    }).toEqual({ before: true, during: true, after: false, signIn: 400, isAnother: true })
  })

  it('P24: whoever has kept their account stays', async () => {
    const user = await registerUser()
    await leave(user)
    const agent = new UserAgent()
    const asked = await signInAt(agent, await agent.open('/'), user)
    await agent.submit(asked, { decision: 'allow' })
    await cronAfterDelay()
    expect(await isThere(user.id)).toBe(true)
  })

  it('P24: of a deletion and twenty sign-ins at the instant no session is left', async () => {
    const user = await registerUser()
    await leave(user)
    const others = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const other = new UserAgent()
        return { other, login: await other.open('/') }
      }),
    )
    await env.DB.prepare('UPDATE users SET delete_at = 1 WHERE id = ?').bind(user.id).run()
    await Promise.all([
      plain.cron(),
      ...others.map(({ other, login }) => signInAt(other, login, user)),
    ])
    await plain.cron()
    expect(await row('SELECT COUNT(*) AS n FROM sessions WHERE user_id = ?', user.id)).toEqual({
      n: 0,
    })
  })

  it('leaves events with the number alone: no name, no address, no browser', async () => {
    const user = await registerUser()
    const agent = new UserAgent(undefined, issuer, { 'User-Agent': 'the browser of Ann' })
    await signInAt(agent, await agent.open('/'), { ...user, password: 'a wrong guess' })
    await signInAt(agent, await agent.open('/'), user)
    await plain.settled()
    await leave(user, plain, agent)
    await cronAfterDelay()
    const { results } = await env.DB.prepare(
      `SELECT kind, address, user_agent, merge_key, detail FROM audit_events
       WHERE user_id = ? AND kind NOT IN ('user.created') ORDER BY id`,
    )
      .bind(user.id)
      .all<Record<string, string | null>>()
    const none = { address: null, user_agent: null, merge_key: null }
    expect({
      kinds: [...new Set(results.map(({ kind }) => kind))].toSorted(),
      left: results.map(({ address, user_agent, merge_key }) => ({
        address,
        user_agent,
        merge_key,
      })),
      named: results.filter(({ detail }) => detail?.includes(user.username)),
    }).toEqual({
      kinds: ['user.deleted', 'user.deletion-requested', 'user.sign-in-refused', 'user.signed-in'],
      left: results.map(() => none),
      named: [],
    })
  })
})

describe('without a delay', () => {
  it('the account is gone at once, and the page says so', async () => {
    const user = await registerUser()
    const place = await leave(user, atOnce)
    expect({
      place: titleOf(place),
      isThere: await isThere(user.id),
      left: await row(
        'SELECT COUNT(*) AS n FROM audit_events WHERE user_id = ? AND address IS NOT NULL AND kind <> ?',
        user.id,
        'user.created',
      ),
    }).toEqual({
      place: { status: 200, title: 'Your account is deleted' },
      isThere: false,
      left: { n: 0 },
    })
  })

  it('the page says before that it cannot be undone', async () => {
    const agent = await signedIn(await registerUser(), atOnce.fetch)
    expect(shownText(await agent.open(path))).toContain('cannot be undone')
  })
})

describe('an operator', () => {
  it('deletes in the same way: events keep the number alone', async () => {
    const user = await registerUser()
    await signedIn(user)
    await admin('DELETE', `/users/${user.id}`)
    const left = await row(
      "SELECT COUNT(*) AS n FROM audit_events WHERE user_id = ? AND actor LIKE 'user:%' AND (address IS NOT NULL OR user_agent IS NOT NULL)",
      user.id,
    )
    expect(left).toEqual({ n: 0 })
  })

  it('sees when an account goes', async () => {
    const user = await registerUser()
    const shown = async () =>
      (await (await admin('GET', `/users/${user.id}`)).json<{ delete_at: unknown }>()).delete_at
    const before = await shown()
    await leave(user)
    expect({ before, after: typeof (await shown()) }).toEqual({ before: null, after: 'number' })
  })
})
