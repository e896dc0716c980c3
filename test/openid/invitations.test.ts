// Invitations: an operator's link by which somebody creates an account of their own.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { issuer, read } from '../support/http.ts'
import { catchMails, linkIn, mailSettings, mailTo } from '../support/mails.ts'
import { admin, registerUser } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'
import { outcome } from './flow.ts'

catchMails()

const server = new Server({ ...mailSettings, SIGN_UP: 'invite' })
const password = 'a password of their own'
const newAddress = (): string => `guest-${crypto.randomUUID()}@people.example`

type Invitation = { link: string; expires_at: number; mailed: boolean }

const invite = (body: object, to = server) => admin('POST', '/invitations', body, to.fetch)
const pathOf = ({ link }: Invitation): string => link.slice(issuer.length)

const pages = {
  choose: { status: 200, page: 'Choose a password · Postern' },
  home: { status: 200, page: 'You are signed in · Postern' },
  dead: { status: 400, page: 'This link no longer works · Postern' },
}

describe('An invitation', () => {
  it('is mailed, leads to a password, and makes the account that the operator described', async () => {
    const email = newAddress()
    const username = `guest-${crypto.randomUUID()}`
    const facts = { username, name: 'Ada', role: 'reader', scope: 'openid' }
    const answer = await invite({ email, ...facts, language: 'de' })
    const given = await answer.json<Invitation>()
    const mail = await mailTo(server, email)
    const agent = new UserAgent(server.fetch)
    const choosing = await agent.open(linkIn(mail))
    const home = await agent.submit(choosing, { password })
    const found = await admin('GET', `/users?email=${email}`)
    expect({
      status: answer.status,
      given,
      mail: { subject: mail.subject, link: linkIn(mail) },
      choosing: outcome(choosing),
      home: outcome(home),
      users: (await found.json<{ items: object[] }>()).items,
      again: outcome(await agent.open(linkIn(mail))),
    }).toEqual({
      status: 201,
      given: {
        link: expect.stringMatching(/^http:\/\/localhost:8787\/mail\/invite\?token=[\w-]{43}$/),
        expires_at: expect.any(Number),
        mailed: true,
      },
      mail: { subject: expect.stringContaining('Einladung'), link: pathOf(given) },
      choosing: pages.choose,
      home: pages.home,
      users: [expect.objectContaining({ email, email_verified: true, ...facts })],
      again: pages.dead,
    })
  })

  it('is a link for the operator to hand over where the server sends no mail', async () => {
    const quiet = new Server({ SIGN_UP: 'invite' })
    const email = newAddress()
    const given = await (await invite({ email }, quiet)).json<Invitation>()
    const agent = new UserAgent(quiet.fetch)
    const choosing = await agent.open(pathOf(given))
    expect([given.mailed, outcome(await agent.submit(choosing, { password }))]).toEqual([
      false,
      pages.home,
    ])
  })

  it('P10: ends the one before to the same address', async () => {
    const email = newAddress()
    const old = await (await invite({ email })).json<Invitation>()
    const next = await (await invite({ email: email.toUpperCase() })).json<Invitation>()
    const agent = new UserAgent(server.fetch)
    expect([
      outcome(await agent.open(pathOf(old))),
      outcome(await agent.open(pathOf(next))),
    ]).toEqual([pages.dead, pages.choose])
  })

  it('P02: makes one account, however often its form is sent at once', async () => {
    const email = newAddress()
    const given = await (await invite({ email })).json<Invitation>()
    const agent = new UserAgent(server.fetch)
    const choosing = await agent.open(pathOf(given))
    const places = await Promise.all(
      Array.from({ length: 10 }, () => agent.copy().submit(choosing, { password })),
    )
    const found = await admin('GET', `/users?email=${email}`)
    expect({
      places: new Set(places.map((place) => place.title)),
      users: (await found.json<{ items: object[] }>()).items.length,
    }).toEqual({ places: new Set([pages.home.page]), users: 1 })
  })

  it('P02: sent again after its account was made, by who made it, is as good as the first time', async () => {
    const email = newAddress()
    const given = await (await invite({ email })).json<Invitation>()
    const agent = new UserAgent(server.fetch)
    const choosing = await agent.open(pathOf(given))
    const again = agent.copy()
    const first = await agent.submit(choosing, { password })
    expect({
      first: outcome(first),
      second: outcome(await again.submit(choosing, { password })),
      other: outcome(await again.submit(choosing, { password: 'another password' })),
    }).toEqual({ first: pages.home, second: pages.home, other: pages.dead })
  })

  it.each([
    ['an address that has an account', async () => ({ email: (await registerUser()).email }), 409],
    [
      'a username that is taken',
      async () => ({ email: newAddress(), username: (await registerUser()).username }),
      409,
    ],
    ['an address that cannot be sent mail', async () => ({ email: '"a b"@a.example' }), 400],
    ['no address', async () => ({}), 400],
    ['a member that is not there', async () => ({ email: newAddress(), password }), 400],
  ])('is refused for %s', async (_name, body, status) => {
    expect((await invite(await body())).status).toBe(status)
  })

  it('is refused where SIGN_UP is off, and a link given out before counts no more', async () => {
    const off = new Server(mailSettings)
    const given = await (await invite({ email: newAddress() })).json<Invitation>()
    const agent = new UserAgent(off.fetch)
    const place = await agent.submit(await agent.open(pathOf(given)), { password })
    expect({
      place: outcome(place),
      ...(await read(await invite({ email: newAddress() }, off))),
    }).toEqual({
      place: pages.dead,
      status: 409,
      body: expect.objectContaining({ detail: 'SIGN_UP is off' }),
    })
  })

  it('to a role with more than their token is not for every operator', async () => {
    const made = await admin('POST', '/tokens', { name: crypto.randomUUID(), scope: 'users' })
    const { token } = await made.json<{ token: string }>()
    const ask = (body: object) =>
      server.fetch(
        new Request(`${issuer}/admin/v1/invitations`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ email: newAddress(), ...body }),
        }),
      )
    expect([(await ask({})).status, (await ask({ role: 'admin' })).status]).toEqual([201, 403])
  })
})
