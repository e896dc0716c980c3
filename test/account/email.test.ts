// The e-mail address of an account: its confirmation, its change, and the way back. people.md sections 2
// and 13: P03, P06, P10.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, signInAt, signedIn } from '../openid/flow.ts'
import { codeOfMail, linkOf, mailTo, mailingServer, mailsTo } from '../support/mail.ts'
import { admin, patchUser, registerPublicClient, registerUser } from '../support/registry.ts'
import { refresh, signIn as passwordSignIn } from '../support/tokens.ts'
import { UserAgent, shownText, type Place } from '../support/user-agent.ts'
import { at, becomeStale, row, send, sendAgain } from './pages.ts'

const server = mailingServer({ MAILS_PER_ADDRESS: '1000', MAILS_PER_ADDRESS_DAY: '1000' })
const path = '/account/email'

afterEach(backToNow)

const someone = () => `${crypto.randomUUID()}@example.com`

const addressOf = async (id: number): Promise<unknown> => {
  const user = await (await admin('GET', `/users/${id}`)).json<Record<string, unknown>>()
  return { email: user.email, verified: user.email_verified }
}

const askToVerify = async (agent: UserAgent) =>
  agent.submit(await agent.open(path), {}, { action: '/account/verify' })

const browser = () => new UserAgent(server.fetch)

/** Asks for another address, and returns the page that takes the code, and the mail. */
async function ask(agent: UserAgent, email: string) {
  const page = await send(agent, path, { email })
  return { page, mail: await mailTo(email, server) }
}

const type = (agent: UserAgent, page: Place, code: string) => sendAgain(agent, page, path, { code })

/** Changes an address; returns the mail to the old one. */
async function changeTo(agent: UserAgent, email: string, old: string) {
  const { page, mail } = await ask(agent, email)
  await type(agent, page, codeOfMail(mail))
  return mailTo(old, server)
}

const isChanged = { status: 200, path: `${path}?done=emailChanged`, title: 'E-mail address' }
const isWrong = { status: 400, path, title: 'Error: Check your mail' }
const isDead = { status: 400, title: 'This link no longer works' }
const titleOf = ({ status, title }: Place) => ({ status, title: title.split(' · ')[0] })

describe('a change of address', () => {
  it('is proved by the code that the new one gets, and told to the old one', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const email = someone()
    const { page, mail } = await ask(agent, email)
    const before = await addressOf(user.id)
    const place = await type(agent, page, codeOfMail(mail))
    const told = await mailTo(user.email, server)
    expect({
      before,
      place: at(place),
      after: await addressOf(user.id),
      told: told.subject,
      namesNew: told.text.includes(email),
    }).toEqual({
      before: { email: user.email, verified: false },
      place: isChanged,
      after: { email, verified: true },
      told: expect.stringContaining('Your e-mail address was changed'),
      namesNew: true,
    })
  })

  it('signs in by the new address from then on, and no longer by the old one', async () => {
    const user = await registerUser()
    const email = someone()
    await changeTo(await signedIn(user, server.fetch), email, user.email)
    const statuses = await Promise.all(
      [email, user.email].map(async (username) => {
        const agent = browser()
        return (await signInAt(agent, await agent.open('/'), { ...user, username })).status
      }),
    )
    expect(statuses).toEqual([200, 400])
  })

  it('needs a fresh sign-in, which leads back to the page', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    becomeStale()
    const stale = await agent.open(path)
    const email = someone()
    const asked = await send(agent, path, { email })
    const back = await signInAt(agent, asked, user)
    await server.settled()
    expect({
      hasInput: stale.html.includes('name="email"'),
      asked: asked.title,
      back: back.path,
      hasInputThen: back.html.includes('name="email"'),
      mails: await mailsTo(email),
    }).toEqual({
      hasInput: false,
      asked: 'Confirm it’s you · Postern',
      back: `${path}?done=confirmed`,
      hasInputThen: true,
      mails: [],
    })
  })

  it('P01: is not done by looking at the link, however often', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const { mail } = await ask(agent, someone())
    for (let times = 0; times < 5; times++) await browser().open(linkOf(mail))
    expect(await addressOf(user.id)).toEqual({ email: user.email, verified: false })
  })

  it('is done by the button of the link in the browser that asked', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const email = someone()
    const { mail } = await ask(agent, email)
    const link = linkOf(mail)
    const place = await agent.submit(await agent.open(link), {}, { action: '/mail/change-address' })
    expect({ place: titleOf(place), after: await addressOf(user.id) }).toEqual({
      place: { status: 200, title: 'Your e-mail address is changed' },
      after: { email, verified: true },
    })
  })

  it('P03: by the link in another browser needs the code, too', async () => {
    const user = await registerUser()
    const email = someone()
    const { mail } = await ask(await signedIn(user, server.fetch), email)
    const scanner = browser()
    const shown = await scanner.open(linkOf(mail))
    const action = '/mail/change-address'
    const without = await scanner.submit(shown, {}, { action })
    const withCode = await scanner.submit(shown, { code: codeOfMail(mail) }, { action })
    expect({
      without: titleOf(without),
      withCode: titleOf(withCode),
      after: await addressOf(user.id),
    }).toEqual({
      without: { status: 400, title: 'Error: Change your e-mail address' },
      withCode: { status: 200, title: 'Your e-mail address is changed' },
      after: { email, verified: true },
    })
  })

  it('P03: by the code counts in the browser that asked alone', async () => {
    const user = await registerUser()
    const { page, mail } = await ask(await signedIn(user, server.fetch), someone())
    const other = await signedIn(user, server.fetch)
    const place = await send(other, path, { code: codeOfMail(mail) })
    expect({ title: page.title, place: at(place), after: await addressOf(user.id) }).toEqual({
      title: 'Check your mail · Postern',
      place: isWrong,
      after: { email: user.email, verified: false },
    })
  })

  it('P03: is dead after five wrong codes', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const { page, mail } = await ask(agent, someone())
    const code = codeOfMail(mail)
    const wrong = code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
    for (let tries = 0; tries < 5; tries++) await type(agent, page, wrong)
    expect(at(await type(agent, page, code))).toEqual(isWrong)
  })

  it('tells nobody that the address is another user’s: only its owner gets a mail', async () => {
    const [user, owner] = [await registerUser(), await registerUser()]
    const agent = await signedIn(user, server.fetch)
    const { page: free } = await ask(agent, someone())
    const { page: taken, mail } = await ask(agent, owner.email.toUpperCase().toLowerCase())
    const same = ({ html }: Place) =>
      html.replace(/[\w.-]+@example\.com/g, 'address').replace(/value="[^"]*"/g, '')
    expect({
      isSame: same(free) === same(taken),
      status: taken.status,
      subject: mail.subject,
      guess: at(await type(agent, taken, '00000000')),
      mine: await addressOf(user.id),
      theirs: await addressOf(owner.id),
    }).toEqual({
      isSame: true,
      status: 200,
      subject: expect.stringContaining('You already have an account'),
      guess: isWrong,
      mine: { email: user.email, verified: false },
      theirs: { email: owner.email, verified: false },
    })
  })

  it('P11: to one that four users want is that of the first, in whichever spelling', async () => {
    const wanted = someone()
    const users = await Promise.all(Array.from({ length: 4 }, () => registerUser()))
    const asked: { agent: UserAgent; page: Place; code: string }[] = []
    for (const [nth, user] of users.entries()) {
      const agent = await signedIn(user, server.fetch)
      const email =
        nth % 2 === 0 ? wanted : wanted.replace(/^[^@]+/, (local) => local.toUpperCase())
      const { page, mail } = await ask(agent, email)
      asked.push({ agent, page, code: codeOfMail(mail) })
    }
    const places = await Promise.all(asked.map(({ agent, page, code }) => type(agent, page, code)))
    const owners = await row(
      'SELECT COUNT(*) AS users FROM users WHERE lower(email) = ?',
      wanted.toLowerCase(),
    )
    expect({ won: places.filter(({ status }) => status === 200).length, owners }).toEqual({
      won: 1,
      owners: { users: 1 },
    })
  })

  it('P02: by fifty answers at once is one change', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const email = someone()
    const { page, mail } = await ask(agent, email)
    const code = codeOfMail(mail)
    const places = await Promise.all(Array.from({ length: 50 }, () => type(agent, page, code)))
    await server.settled()
    const events = await row(
      "SELECT COUNT(*) AS events FROM audit_events WHERE user_id = ? AND kind = 'user.email-changed'",
      user.id,
    )
    expect({
      some: places.some(({ status }) => status === 200),
      others: places.every(({ status }) => status === 200 || status === 400),
      events,
      after: await addressOf(user.id),
      told: (await mailsTo(user.email)).length,
    }).toEqual({
      some: true,
      others: true,
      events: { events: 1 },
      after: { email, verified: true },
      told: 1,
    })
  })

  it.each([
    ['a line break', 'a@example.com\r\nBcc: b@example.com'],
    ['two addresses', 'a@example.com, b@example.com'],
    ['a quoted local part', '"a b"@example.com'],
    ['no domain', 'nobody'],
    ['a space inside', 'a b@example.com'],
    ['330 characters', `${'x'.repeat(320)}@example.com`],
  ])('P06: with %s is refused', async (_, email) => {
    const user = await registerUser()
    const place = await send(await signedIn(user, server.fetch), path, { email })
    expect({ place: at(place), after: await addressOf(user.id) }).toEqual({
      place: { status: 400, path, title: 'Error: E-mail address' },
      after: { email: user.email, verified: false },
    })
  })

  it('to the one that it is already is refused in words', async () => {
    const user = await registerUser()
    const place = await send(await signedIn(user, server.fetch), path, { email: user.email })
    expect({
      status: place.status,
      says: shownText(place).includes('This is your address already.'),
    }).toEqual({ status: 400, says: true })
  })

  it('is there where mail is sent alone', async () => {
    expect((await (await signedIn(await registerUser())).open(path)).status).toBe(404)
  })
})

describe('P10: links and codes of before', () => {
  it('a new code ends the one before', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const [one, two] = [someone(), someone()]
    const first = await ask(agent, one)
    const second = await ask(agent, two)
    const places = [
      await type(agent, first.page, codeOfMail(first.mail)),
      await type(agent, second.page, codeOfMail(second.mail)),
    ]
    expect({ places: places.map(at), after: await addressOf(user.id) }).toEqual({
      places: [isWrong, isChanged],
      after: { email: two, verified: true },
    })
  })

  it('a changed password ends a code', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const { mail } = await ask(agent, someone())
    await patchUser(user, { password: 'the operator’s choice' })
    expect(titleOf(await agent.open(linkOf(mail)))).toEqual(isDead)
  })

  it('a changed address ends the mail that confirms the old one, and the reset link to it', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    await askToVerify(agent)
    const verify = await mailTo(user.email, server)
    await agent.submit(await agent.open('/forgot'), { email: user.email })
    const reset = await mailTo(user.email, server)
    await changeTo(agent, someone(), user.email)
    const places = [await agent.open(linkOf(verify)), await agent.open(linkOf(reset))]
    expect({
      purposes: [linkOf(verify), linkOf(reset)].map((link) => link.split('?', 1)[0]),
      places: places.map(titleOf),
    }).toEqual({ purposes: ['/mail/verify', '/mail/reset'], places: [isDead, isDead] })
  })
})

describe('the link that takes a change back', () => {
  const undo = async (link: string, agent = browser()) =>
    agent.submit(await agent.open(link), {}, { action: '/mail/undo-address' })

  const isBack = { status: 200, title: 'The change is taken back' }

  it('restores the address as it was, and ends all sessions and grants', async () => {
    const client = await registerPublicClient()
    const user = await registerUser({ email_verified: true })
    const agent = await signedIn(user, server.fetch)
    const told = await changeTo(agent, someone(), user.email)
    const { refresh_token } = await passwordSignIn(client, user)
    const place = await undo(linkOf(told))
    expect({
      place: titleOf(place),
      after: await addressOf(user.id),
      session: (await agent.open('/account')).title,
      grant: (await refresh(client, refresh_token)).status,
    }).toEqual({
      place: isBack,
      after: { email: user.email, verified: true },
      session: 'Sign in · Postern',
      grant: 400,
    })
  })

  it('counts once', async () => {
    const user = await registerUser()
    const told = await changeTo(await signedIn(user, server.fetch), someone(), user.email)
    const link = linkOf(told)
    await undo(link)
    expect(titleOf(await browser().open(link))).toEqual(isDead)
  })

  it('outlives what an intruder does next: a new password, and yet another address', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const [second, third] = [someone(), someone()]
    const told = await changeTo(agent, second, user.email)
    const { page, mail } = await ask(agent, third)
    await type(agent, page, codeOfMail(mail))
    await server.settled()
    await send(agent, '/account/password', {
      current_password: user.password,
      new_password: 'the intruder’s own',
    })
    const before = await addressOf(user.id)
    const place = await undo(linkOf(told))
    const toSecond = await mailsTo(second)
    expect({
      before,
      place: titleOf(place),
      after: await addressOf(user.id),
      toSecond: toSecond.map(({ subject }) => subject),
      namesThird: toSecond.some(({ text }) => text.includes(third)),
      undoesAnything: toSecond.some(({ text }) => text.includes('/mail/undo-address')),
    }).toEqual({
      before: { email: third, verified: true },
      place: isBack,
      after: { email: user.email, verified: false },
      // It is told, because it may be the person's own: but nothing that helps an intruder.
      toSecond: [
        expect.stringContaining('Confirm your new e-mail address'),
        expect.stringContaining('How you sign in was changed'),
      ],
      namesThird: false,
      undoesAnything: false,
    })
  })

  it('takes back the deletion that an intruder asked for meanwhile, and its links', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const second = someone()
    const told = await changeTo(agent, second, user.email)
    const asked = await send(agent, '/account/delete', { send: 'on' })
    const code = codeOfMail(await mailTo(second, server))
    await agent.submit(asked, { code }, { action: '/account/delete' })
    const waiting = await row(
      'SELECT delete_at IS NOT NULL AS waits FROM users WHERE id = ?',
      user.id,
    )
    const place = await undo(linkOf(told))
    const after = await row(
      `SELECT delete_at IS NOT NULL AS waits, (SELECT COUNT(*) FROM mail_actions
        WHERE user_id = users.id AND used_at IS NULL
          AND purpose IN ('delete', 'restore')) AS links
      FROM users WHERE id = ?`,
      user.id,
    )
    expect({ waiting, place: titleOf(place), after }).toEqual({
      waiting: { waits: 1 },
      place: isBack,
      after: { waits: 0, links: 0 },
    })
  })

  it('is dead once the old address is another user’s', async () => {
    const user = await registerUser()
    const told = await changeTo(await signedIn(user, server.fetch), someone(), user.email)
    await registerUser({ email: user.email })
    expect(titleOf(await undo(linkOf(told)))).toEqual(isDead)
  })

  it('is dead after seven days', async () => {
    const user = await registerUser()
    const told = await changeTo(await signedIn(user, server.fetch), someone(), user.email)
    await env.DB.prepare(
      "UPDATE mail_actions SET expires_at = expires_at - 604800 WHERE user_id = ? AND purpose = 'undo-address'",
    )
      .bind(user.id)
      .run()
    expect(titleOf(await browser().open(linkOf(told)))).toEqual(isDead)
  })
})

describe('an address that is not confirmed', () => {
  it('gets another mail, whose code confirms it', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const sent = await askToVerify(agent)
    const mail = await mailTo(user.email, server)
    const shown = await agent.submit(sent, { code: codeOfMail(mail) })
    await agent.submit(shown, {}, { action: '/mail/verify' })
    expect(await addressOf(user.id)).toEqual({ email: user.email, verified: true })
  })
})
