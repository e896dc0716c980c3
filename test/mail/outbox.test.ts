// The outbox: when a mail is sent, sent again and given up, and how many there may be. People.md 1, P05.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { backToNow } from '../openid/flow.ts'
import { mailingServer, mailsTo, smtpUrl } from '../support/mail.ts'
import { admin, registerUser, type TestUser } from '../support/registry.ts'
import { bearer, get } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'
import { seen } from '../support/reset-links.ts'
import type { Server } from '../support/faults.ts'
import { UserAgent } from '../support/user-agent.ts'

afterEach(backToNow)
afterEach(() => env.DB.prepare('DELETE FROM mails').run())

const isAsked = { status: 200, title: 'Check your mail' }

const ask = async (email: string, { fetch }: Server, headers: Record<string, string> = {}) => {
  const agent = new UserAgent(fetch, undefined, headers)
  return seen(await agent.submit(await agent.open('/forgot'), { email }))
}

const someone = (behaviour: string) =>
  registerUser({ email: `${behaviour}-${crypto.randomUUID()}@example.com` })

const waiting = ({ id }: TestUser) =>
  env.DB.prepare('SELECT tries FROM mails WHERE user_id = ?1').bind(id).first()

async function givenUp({ id }: TestUser) {
  const { items } = await (
    await admin('GET', `/users/${id}/events`)
  ).json<{ items: { kind: string; outcome: string; detail: unknown }[] }>()
  return items
    .filter(({ kind }) => kind === 'mail.given-up')
    .map(({ outcome, detail }) => ({ outcome, detail }))
}

const laterBy = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

describe('a mail that the transport does not take', () => {
  it('P05: is tried again after 1, 5 and 30 minutes, and then given up with an event', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const server = mailingServer()
    const user = await someone('later')
    // A notice has no link that dies meanwhile.
    await env.DB.prepare("UPDATE users SET password_hash = NULL, user_handle = 'h' WHERE id = ?1")
      .bind(user.id)
      .run()
    expect(await ask(user.email, server)).toEqual(isAsked)
    await server.settled()
    const tries: unknown[] = [await waiting(user)]
    for (const seconds of [59, 1, 299, 1, 1_799, 1]) {
      laterBy(seconds)
      await server.cron()
      await server.settled()
      tries.push(await waiting(user))
    }
    expect(tries).toEqual([
      ...[{ tries: 1 }, { tries: 1 }, { tries: 2 }, { tries: 2 }, { tries: 3 }, { tries: 3 }],
      null,
    ])
    expect(await givenUp(user)).toEqual([
      { outcome: 'refused', detail: { kind: 'no-password', reason: 'tries' } },
    ])
  })

  it('is not sent any more once its link is dead', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const server = mailingServer()
    const user = await someone('later')
    await ask(user.email, server)
    await server.settled()
    laterBy(1_800)
    await server.cron()
    expect(await givenUp(user)).toEqual([
      { outcome: 'refused', detail: { kind: 'reset', reason: 'expired' } },
    ])
  })

  it('is given up at once for a recipient that the server refuses', async () => {
    const server = mailingServer()
    const user = await someone('gone')
    expect(await ask(user.email, server)).toEqual(isAsked)
    await server.settled()
    expect({ waiting: await waiting(user), events: await givenUp(user) }).toEqual({
      waiting: null,
      events: [{ outcome: 'refused', detail: { kind: 'reset', reason: 'refused' } }],
    })
  })

  it('P05: waits for the next try where nothing listens, and where a password is wrong', async () => {
    const url = new URL(smtpUrl)
    url.username = 'postern'
    url.password = 'wrong'
    for (const SMTP_URL of ['smtp://127.0.0.1:1', url.href]) {
      const server = mailingServer({ SMTP_URL })
      const user = await someone('known')
      expect(await ask(user.email, server)).toEqual(isAsked)
      await server.settled()
      expect(await waiting(user)).toEqual({ tries: 1 })
    }
  })

  it('P05: that hangs is cut off, and the page has answered long before', async () => {
    const server = mailingServer()
    const user = await someone('hangs')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    expect(await ask(user.email, server)).toEqual(isAsked)
    // The account is looked up once the response has gone.
    await vi.advanceTimersByTimeAsync(100)
    let isSettled = false
    const settled = server.settled().then(() => (isSettled = true))
    while ((await waiting(user)) === null) await scheduler.wait(10)
    // The server hangs once it has heard of the recipient.
    await scheduler.wait(200)
    expect(isSettled).toBe(false)
    await vi.advanceTimersByTimeAsync(10_000)
    await settled
    expect(await waiting(user)).toEqual({ tries: 1 })
  })

  it('is sent by one of two runs of cron', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const user = await someone('twice')
    const down = mailingServer({ SMTP_URL: 'smtp://127.0.0.1:1' })
    await ask(user.email, down)
    await down.settled()
    laterBy(60)
    const servers = [mailingServer(), mailingServer(), mailingServer()]
    await Promise.all(servers.map((server) => server.cron()))
    expect({ sent: (await mailsTo(user.email)).length, waiting: await waiting(user) }).toEqual({
      sent: 1,
      waiting: null,
    })
  })

  it('goes with its user', async () => {
    const server = mailingServer()
    const user = await someone('later')
    await ask(user.email, server)
    await server.settled()
    await admin('DELETE', `/users/${user.id}`)
    expect(await waiting(user)).toBeNull()
  })

  it('is sealed where it waits: neither its link nor its reader is in the database', async () => {
    const server = mailingServer()
    const user = await someone('later')
    await ask(user.email, server)
    await server.settled()
    const row = await env.DB.prepare('SELECT * FROM mails WHERE user_id = ?1').bind(user.id).first()
    expect(JSON.stringify(row)).not.toMatch(/@|mail\/reset|token/)
  })
})

describe('MASTER_KEY', () => {
  const oldKey = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
  const newKey = `new:${'B'.repeat(42)}A`

  it('is rotated under a mail that waits: readiness names the old key until it is sealed anew', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const user = await someone('later')
    const before = mailingServer({ MASTER_KEY: oldKey })
    await ask(user.email, before)
    await before.settled()
    const alone = mailingServer({ MASTER_KEY: newKey })
    const ready = async () => {
      laterBy(6)
      const answer = await get('/health/ready', bearer(testSettings.ADMIN_TOKEN), alone.fetch)
      return (await answer.text()).includes('mails are sealed under \\"test\\"')
    }
    const named = await ready()
    const both = mailingServer({ MASTER_KEY: `${newKey},${oldKey}` })
    const answer = await admin('POST', '/keys/rewrap', {}, both.fetch)
    const { remaining } = await answer.json<{ remaining: object }>()
    const { sealed } = Object(
      await env.DB.prepare('SELECT sealed FROM mails WHERE user_id = ?1').bind(user.id).first(),
    )
    expect({ named, remaining, under: String(sealed).split('.')[0], still: await ready() }).toEqual(
      {
        named: true,
        remaining: expect.objectContaining({ mails: 0, mail_actions: 0 }),
        under: 'new',
        still: false,
      },
    )
  })
})

describe('a mail server that asks for a password', () => {
  it('gets it, with characters that an address must escape', async () => {
    const url = new URL(smtpUrl)
    url.username = 'po/st@ern'
    url.password = 'pass word'
    const server = mailingServer({ SMTP_URL: url.href })
    const user = await registerUser()
    await ask(user.email, server)
    await server.settled()
    const mails = await mailsTo(user.email)
    expect(mails.map(({ user: name }) => name)).toEqual(['po/st@ern'])
  })

  it('gets nothing without TLS, unless it is on this machine', async () => {
    const url = new URL(smtpUrl)
    // It is this machine, by a name that does not say so.
    url.hostname = '0.0.0.0'
    const server = mailingServer({ SMTP_URL: url.href })
    const user = await registerUser()
    await ask(user.email, server)
    await server.settled()
    expect(await mailsTo(user.email)).toEqual([])
  })
})

describe('the limits of mails', () => {
  const count = async (email: string) => (await mailsTo(email)).length

  it('are 3 an hour and 10 a day to one address, and the page is the same', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const server = mailingServer()
    const { email } = await registerUser()
    const sent: number[] = []
    const pages: unknown[] = []
    for (let hour = 0; hour < 4; hour++) {
      for (let nth = 0; nth < 4; nth++) pages.push(await ask(email, server))
      await server.settled()
      sent.push(await count(email))
      laterBy(3_601)
    }
    laterBy(86_400)
    await ask(email, server)
    await server.settled()
    sent.push(await count(email))
    expect({ sent, pages }).toEqual({ sent: [3, 6, 9, 10, 11], pages: pages.map(() => isAsked) })
  })

  it('of one address hold for all its spellings, and whether it is known or not', async () => {
    const server = mailingServer()
    const { email } = await registerUser()
    for (const typed of [email, email.toUpperCase(), ` ${email}`, email]) await ask(typed, server)
    await server.settled()
    expect(await count(email)).toBe(3)
  })

  it('let only as many through as there are left, if all ask at once', async () => {
    const server = mailingServer()
    const { email } = await registerUser()
    await Promise.all(Array.from({ length: 12 }, () => ask(email, server)))
    await server.settled()
    expect(await count(email)).toBe(3)
  })

  it('of one client address hold for its whole /64, and take nothing from anybody else', async () => {
    const server = mailingServer({ MAILS_PER_CLIENT_ADDRESS: '2' })
    const users = await Promise.all(Array.from({ length: 3 }, () => registerUser()))
    const network = `2001:db8:${Math.floor(Math.random() * 65_536).toString(16)}:1`
    for (const [nth, { email }] of users.entries()) {
      await ask(email, server, { 'CF-Connecting-IP': `${network}::${nth + 1}` })
    }
    await server.settled()
    const first = await Promise.all(users.map(({ email }) => count(email)))
    // The third address has lost nothing of its own.
    const [, , third] = users
    if (third === undefined) throw new Error('there are three')
    for (let nth = 0; nth < 3; nth++) {
      await ask(third.email, server, { 'CF-Connecting-IP': `203.0.113.${nth}` })
    }
    await server.settled()
    expect({ first, then: await count(third.email) }).toEqual({ first: [1, 1, 0], then: 3 })
  })

  it('of all mails hold whoever asks', async () => {
    await env.DB.prepare("DELETE FROM mail_counts WHERE bucket = 'all'").run()
    const server = mailingServer({ MAILS_PER_HOUR: '1' })
    const users = [await registerUser(), await registerUser()]
    for (const { email } of users) await ask(email, server)
    await server.settled()
    expect(await Promise.all(users.map(({ email }) => count(email)))).toEqual([1, 0])
  })

  it('are forgotten by cron after their window', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const server = mailingServer()
    await ask(`${crypto.randomUUID()}@example.com`, server)
    laterBy(86_401)
    for (let run = 0; run < 3; run++) await server.cron()
    const row = await env.DB.prepare(
      'SELECT COUNT(*) AS count FROM mail_counts WHERE expires_at <= ?1',
    )
      .bind(Date.now() / 1000)
      .first()
    expect(row).toEqual({ count: 0 })
  })
})
