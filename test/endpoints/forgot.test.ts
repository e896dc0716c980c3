// A forgotten password: people.md sections 1 and 2, and its rows P02, P03, P08 to P10.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { backToNow } from '../openid/flow.ts'
import { deployed } from '../support/deployment.ts'
import { issuer, type Answerer } from '../support/http.ts'
import { codeOfMail, linkOf, mailTo, mailingServer, mailsTo } from '../support/mail.ts'
import { admin, patchUser, registerClient, registerUser } from '../support/registry.ts'
import { isDead, isSet, seen, sendPassword } from '../support/reset-links.ts'
import { passwordGrant, refresh, signIn } from '../support/tokens.ts'
import { codeOfApp, userWithApp, wrongCode } from '../support/totp.ts'
import { UserAgent, shownText } from '../support/user-agent.ts'

const server = mailingServer()
const client = await registerClient()

afterEach(backToNow)

const browser = (to: Answerer = server.fetch) => new UserAgent(to)

const ask = async (email: string, agent = browser()) =>
  agent.submit(await agent.open('/forgot'), { email })

/** Asks in a browser of its own, and returns the mail. */
async function askedMail({ email }: { email: string }, agent = browser()) {
  await ask(email, agent)
  return mailTo(email, server)
}

const someone = () => `${crypto.randomUUID()}@example.com`
const isWrong = { status: 400, title: 'Error: Check your mail' }

describe('a forgotten password', () => {
  it('is set by the link of a mail, in any browser, and signs nobody in', async () => {
    const user = await registerUser()
    const { refresh_token } = await signIn(client, user)
    const link = linkOf(await askedMail(user))
    const agent = browser()
    const place = await sendPassword(agent, await agent.open(link), 'a new password')
    expect({
      place: seen(place),
      home: seen(await agent.open('/')).title,
      grant: (await refresh(client, refresh_token)).status,
      signsIn: (await passwordGrant(client, { ...user, password: 'a new password' })).status,
    }).toEqual({ place: isSet, home: 'Sign in', grant: 400, signsIn: 200 })
  })

  it('is set by the code of a mail, in the browser that asked', async () => {
    const user = await registerUser()
    const agent = browser()
    const asked = await ask(user.email, agent)
    const form = await agent.submit(asked, { code: codeOfMail(await mailTo(user.email, server)) })
    expect(seen(await sendPassword(agent, form, 'a new password'))).toEqual(isSet)
  })

  it('that was set is told to the address of the account', async () => {
    const user = await registerUser()
    const link = linkOf(await askedMail(user))
    const agent = browser()
    await sendPassword(agent, await agent.open(link), 'a new password')
    await server.settled()
    expect((await mailsTo(user.email)).map(({ subject }) => subject)).toEqual([
      'Postern: Set a new password',
      'Postern: Your password was changed',
    ])
  })

  it('is asked for in the language of the page, unless the user has chosen one', async () => {
    const [first, second] = [await registerUser(), await registerUser()]
    await env.DB.prepare("UPDATE users SET locale = 'en' WHERE id = ?1").bind(second.id).run()
    const german = () => new UserAgent(server.fetch, issuer, { 'Accept-Language': 'de' })
    const mails = [await askedMail(first, german()), await askedMail(second, german())]
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Postern: Neues Passwort festlegen',
      'Postern: Set a new password',
    ])
  })

  it('is asked for by our own page alone', async () => {
    const place = await browser().post('/forgot', { email: someone() })
    expect(seen(place)).toEqual({ status: 403, title: 'Please try that again' })
  })

  it('has no page where no mail is sent, and then the links of operators still work', async () => {
    const user = await registerUser()
    const { link } = await (await admin('POST', `/users/${user.id}/reset`)).json<{ link: string }>()
    const agent = new UserAgent()
    const place = await agent.open(link.slice(issuer.length))
    expect({
      forgot: (await agent.open('/forgot')).status,
      link: seen(await sendPassword(agent, place, 'a new password')),
    }).toEqual({ forgot: 404, link: isSet })
  })

  it('of somebody who was reset by an operator is set by a mail, too', async () => {
    const user = await registerUser()
    await admin('POST', `/users/${user.id}/reset`)
    const agent = browser()
    const place = await agent.open(linkOf(await askedMail(user)))
    expect(seen(await sendPassword(agent, place, 'a new password'))).toEqual(isSet)
  })

  it('that is still too short is asked for again, and the code is not', async () => {
    const user = await registerUser()
    const agent = browser()
    const asked = await ask(user.email, agent)
    const form = await agent.submit(asked, { code: codeOfMail(await mailTo(user.email, server)) })
    const again = await sendPassword(agent, form, 'short')
    expect({
      again: seen(again),
      then: seen(await sendPassword(agent, again, 'a new password')),
    }).toEqual({ again: { status: 400, title: 'Error: Choose a new password' }, then: isSet })
  })
})

describe('one link counts once', () => {
  it('P02: posted by twenty browsers at once, it sets the password of one', async () => {
    const link = linkOf(await askedMail(await registerUser()))
    const agents = await Promise.all(
      Array.from({ length: 20 }, async (_, nth) => {
        const agent = browser()
        return { agent, place: await agent.open(link), password: `new password ${nth}` }
      }),
    )
    const places = await Promise.all(
      agents.map(({ agent, place, password }) => sendPassword(agent, place, password)),
    )
    const outcomes = places.map(seen).map(({ title }) => title)
    expect({
      set: outcomes.filter((title) => title === isSet.title).length,
      dead: outcomes.filter((title) => title === isDead.title).length,
    }).toEqual({ set: 1, dead: 19 })
  })

  it('P10: the mail before is dead after the next one, its link and its code', async () => {
    const user = await registerUser()
    const agent = browser()
    const asked = await ask(user.email, agent)
    const first = await mailTo(user.email, server)
    await ask(user.email)
    await server.settled()
    expect({
      link: seen(await browser().open(linkOf(first))),
      code: seen(await agent.submit(asked, { code: codeOfMail(first) })),
    }).toEqual({ link: isDead, code: isWrong })
  })

  it('P10: it is dead after the password or the address has changed', async () => {
    const [first, second] = [await registerUser(), await registerUser()]
    const links = [linkOf(await askedMail(first)), linkOf(await askedMail(second))]
    await patchUser(first, { password: 'set by the operator' })
    await patchUser(second, { email: someone() })
    const places = await Promise.all(links.map((link) => browser().open(link)))
    expect(places.map(seen)).toEqual([isDead, isDead])
  })

  it('P09: of a disabled user it is dead, and says no more', async () => {
    const user = await registerUser()
    const link = linkOf(await askedMail(user))
    await patchUser(user, { disabled: true })
    expect(seen(await browser().open(link))).toEqual(isDead)
  })

  it('counts for half an hour', async () => {
    const link = linkOf(await askedMail(await registerUser()))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_799_000 })
    const before = seen(await browser().open(link))
    vi.setSystemTime(Date.now() + 2_000)
    expect({ before, after: seen(await browser().open(link)) }).toEqual({
      before: { status: 200, title: 'Choose a new password' },
      after: isDead,
    })
  })
})

describe('a code', () => {
  it('P03: counts in no other browser, and a try there takes none away', async () => {
    const user = await registerUser()
    const agent = browser()
    const asked = await ask(user.email, agent)
    const code = codeOfMail(await mailTo(user.email, server))
    const stranger = browser()
    const askedToo = await ask(someone(), stranger)
    const email = user.email
    const others: unknown[] = []
    for (let nth = 0; nth < 6; nth++) {
      others.push(seen(await stranger.submit(askedToo, { code, email })))
    }
    expect({ others, own: seen(await agent.submit(asked, { code })) }).toEqual({
      others: others.map(() => isWrong),
      own: { status: 200, title: 'Choose a new password' },
    })
  })

  it('P03: is dead after five wrong ones, also if they come at once', async () => {
    const user = await registerUser()
    const agent = browser()
    const asked = await ask(user.email, agent)
    const code = codeOfMail(await mailTo(user.email, server))
    const wrong = code === '1234 5678' ? '87654321' : '12345678'
    await Promise.all(Array.from({ length: 8 }, () => agent.submit(asked, { code: wrong })))
    const row = await env.DB.prepare('SELECT tries FROM mail_actions WHERE user_id = ?1')
      .bind(user.id)
      .first()
    expect({ row, right: seen(await agent.submit(asked, { code })) }).toEqual({
      row: { tries: 5 },
      right: isWrong,
    })
  })

  it('is what it says: not the code of another mail, and no SQL', async () => {
    const [user, other] = [await registerUser(), await registerUser()]
    const agent = browser()
    await ask(other.email, agent)
    const code = codeOfMail(await mailTo(other.email, server))
    const asked = await ask(user.email, agent)
    await server.settled()
    const tries = [code, '', '%', "' OR 1=1 --", '1'.repeat(10_000)]
    const places = await Promise.all(tries.map((typed) => agent.submit(asked, { code: typed })))
    expect(places.map(seen)).toEqual(tries.map(() => isWrong))
  })
})

describe('P09: a second factor', () => {
  it('is asked for with the new password, and stays', async () => {
    const user = await userWithApp()
    const agent = browser()
    const place = await agent.open(linkOf(await askedMail(user)))
    const wrong = await agent.submit(place, {
      new_password: 'a new password',
      code: wrongCode(user.totp),
    })
    const missing = await agent.submit(wrong, { new_password: 'a new password' })
    const right = await agent.submit(missing, {
      new_password: 'a new password',
      code: codeOfApp(user.totp),
    })
    const row = await env.DB.prepare(
      'SELECT sealed_totp IS NOT NULL AS has FROM users WHERE id = ?1',
    )
      .bind(user.id)
      .first()
    const again = { status: 400, title: 'Error: Choose a new password' }
    expect({ wrong: seen(wrong), missing: seen(missing), right: seen(right), row }).toEqual({
      wrong: again,
      missing: again,
      right: isSet,
      row: { has: 1 },
    })
  })

  it('two clicks on one form with one code set one password, and both see that', async () => {
    const user = await userWithApp()
    const agent = browser()
    const place = await agent.open(linkOf(await askedMail(user)))
    const form = { new_password: 'a new password', code: codeOfApp(user.totp) }
    const places = await Promise.all([agent.submit(place, form), agent.submit(place, form)])
    expect(places.map(seen)).toEqual([isSet, isSet])
  })

  it('has its tries: five wrong codes and the page says to wait', async () => {
    const user = await userWithApp()
    const agent = browser()
    let place = await agent.open(linkOf(await askedMail(user)))
    for (let nth = 0; nth < 6; nth++) {
      place = await agent.submit(place, {
        new_password: 'a new password',
        code: wrongCode(user.totp),
      })
    }
    expect({
      status: place.status,
      waits: Number(place.headers.get('Retry-After')) > 0,
      says: /Please wait \d+ \w+ \(until /.test(shownText(place)),
      rests: place.html.includes('<button disabled="">'),
    }).toEqual({ status: 429, waits: true, says: true, rests: true })
  })
})

describe('P08: the link of a deployment', () => {
  it('has the host of the issuer, whatever the request names', async () => {
    const deployment = mailingServer({ ...deployed })
    const user = await registerUser()
    const agent = new UserAgent(deployment.fetch, 'https://id.example', {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example',
    })
    await ask(user.email, agent)
    const mail = await mailTo(user.email, deployment)
    const hosts = [...mail.text.matchAll(/https?:\/\/([^/\s]+)/g)].map(([, host]) => host)
    expect({ hosts, shown: mail.text.includes('evil') }).toEqual({
      hosts: ['id.example'],
      shown: false,
    })
  })

  it('is not made by a request to another host', async () => {
    const { fetch } = mailingServer({ ...deployed })
    expect((await fetch(new Request('https://evil.example/forgot'))).status).toBe(421)
  })
})
