// Proving that an address is one's own: people.md section 2, rows P01, P02 and P10 for `verify`.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, signedIn } from '../openid/flow.ts'
import { issuer } from '../support/http.ts'
import { codeOfMail, linkOf, mailTo, mailingServer, mailsTo } from '../support/mail.ts'
import { admin, patchUser, registerUser, type TestUser } from '../support/registry.ts'
import { isDead, seen } from '../support/reset-links.ts'
import { UserAgent } from '../support/user-agent.ts'

const server = mailingServer()

afterEach(backToNow)

const ask = async (agent: UserAgent) =>
  agent.submit(await agent.open('/account/email'), {}, { action: '/account/verify' })

/** Asks for the mail, and returns it with the page that takes its code. */
async function asked(user: TestUser) {
  const agent = await signedIn(user, server.fetch)
  const place = await ask(agent)
  return { agent, place, mail: await mailTo(user.email, server) }
}

const isVerified = async ({ id }: TestUser) =>
  (await (await admin('GET', `/users/${id}`)).json<{ email_verified: boolean }>()).email_verified

const isDone = { status: 200, title: 'Your address is confirmed' }
const isShown = { status: 200, title: 'Confirm your e-mail address' }
const isWrong = { status: 400, title: 'Error: Confirm your e-mail address' }

describe('an address', () => {
  it('is confirmed by one button, in the browser that asked', async () => {
    const user = await registerUser()
    const { agent, mail } = await asked(user)
    const place = await agent.open(linkOf(mail))
    const before = await isVerified(user)
    const done = await agent.submit(place, {})
    expect({ before, done: seen(done), after: await isVerified(user) }).toEqual({
      before: false,
      done: isDone,
      after: true,
    })
  })

  it('is confirmed by the code of the mail', async () => {
    const user = await registerUser()
    const { agent, place, mail } = await asked(user)
    const shown = await agent.submit(place, { code: codeOfMail(mail) })
    expect(seen(await agent.submit(shown, {}))).toEqual(isDone)
  })

  it('is confirmed in another browser with the code beside the link, and not without', async () => {
    const user = await registerUser()
    const { mail } = await asked(user)
    const other = new UserAgent(server.fetch)
    const place = await other.open(linkOf(mail))
    const pressed = await other.submit(place, {})
    const between = await isVerified(user)
    const typed = await other.submit(pressed, { code: codeOfMail(mail) })
    expect({ pressed: seen(pressed), between, typed: seen(typed) }).toEqual({
      pressed: isWrong,
      between: false,
      typed: isDone,
    })
  })

  it('P01: whatever a scanner does with the link, the person still gets in', async () => {
    const user = await registerUser()
    const { agent, mail } = await asked(user)
    for (let nth = 0; nth < 50; nth++) {
      const scanner = new UserAgent(server.fetch)
      const purpose = nth % 2 === 0 ? 'prefetch' : 'prerender'
      const place = await scanner.open(linkOf(mail), { 'Sec-Purpose': purpose })
      const method = { method: 'HEAD' }
      await server.fetch(new Request(issuer + linkOf(mail), method))
      // It renders, and presses what it finds.
      await scanner.submit(place, {})
      await scanner.submit(place, { code: '' })
    }
    const scanned = await isVerified(user)
    const place = await agent.open(linkOf(mail))
    expect({ scanned, person: seen(await agent.submit(place, {})) }).toEqual({
      scanned: false,
      person: isDone,
    })
  })

  it('P02: is confirmed by one of two browsers with link and code; the other one is told', async () => {
    const user = await registerUser()
    const { mail } = await asked(user)
    const agents = [new UserAgent(server.fetch), new UserAgent(server.fetch)]
    const places = await Promise.all(
      agents.map(async (agent) => ({ agent, place: await agent.open(linkOf(mail)) })),
    )
    const outcomes = await Promise.all(
      places.map(({ agent, place }) => agent.submit(place, { code: codeOfMail(mail) })),
    )
    expect(
      outcomes
        .map(seen)
        .map(({ title }) => title)
        .sort(),
    ).toEqual([isDone.title, isDead.title].sort())
  })

  it('P10: that is no longer the user’s is not confirmed, also if it comes back', async () => {
    const user = await registerUser()
    const { agent, mail } = await asked(user)
    const place = await agent.open(linkOf(mail))
    await patchUser(user, { email: `${crypto.randomUUID()}@example.com` })
    const changed = await agent.submit(place, {})
    expect({ changed: seen(changed), verified: await isVerified(user) }).toEqual({
      changed: isDead,
      verified: false,
    })
  })

  it('P10: is not confirmed by the link before the last one', async () => {
    const user = await registerUser()
    const { agent, mail } = await asked(user)
    await ask(agent)
    await server.settled()
    expect({
      first: seen(await agent.open(linkOf(mail))),
      mails: (await mailsTo(user.email)).length,
    }).toEqual({ first: isDead, mails: 2 })
  })

  it.each([{ email_verified: true }, { email: null }])(
    'that has become %j since the page was shown gets no mail',
    async (change) => {
      const user = await registerUser()
      const agent = await signedIn(user, server.fetch)
      const place = await agent.open('/account/email')
      await patchUser(user, change)
      const after = await agent.submit(place, {}, { action: '/account/verify' })
      await server.settled()
      expect({ path: after.path, mails: await mailsTo(user.email) }).toEqual({
        path: '/account/email',
        mails: [],
      })
    },
  )

  it('is written out on the page, whose link is good for nothing else', async () => {
    const user = await registerUser()
    const { agent, mail } = await asked(user)
    const link = linkOf(mail)
    const place = await agent.open(link)
    const reset = await agent.open(link.replace('/mail/verify', '/mail/reset'))
    expect({
      page: seen(place),
      shown: place.html.includes(user.email),
      reset: seen(reset),
    }).toEqual({ page: isShown, shown: true, reset: isDead })
  })

  it('is noted in the events of its user', async () => {
    const user = await registerUser()
    const { agent, mail } = await asked(user)
    await agent.submit(await agent.open(linkOf(mail)), {})
    const row = await env.DB.prepare(
      "SELECT actor, outcome FROM audit_events WHERE user_id = ?1 AND kind = 'user.email-verified'",
    )
      .bind(user.id)
      .first()
    expect(row).toEqual({ actor: `user:${user.id}`, outcome: 'ok' })
  })
})
