// Signing in by the code, or the link, of a mail.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { catchMails, codeIn, linkIn, mailSettings, mailsTo, mailTo } from '../support/mails.ts'
import { patchUser, registerUser } from '../support/registry.ts'
import { tokensOf } from '../support/tokens.ts'
import { codeOfApp, userWithApp } from '../support/totp.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  codeOf,
  granted,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerWebClient,
  verifiedIdToken,
} from './flow.ts'

catchMails()
afterEach(backToNow)

const client = await registerWebClient()
const server = new Server({ ...mailSettings, SIGN_IN_BY_MAIL: 'true' })
const browser = (): UserAgent => new UserAgent(server.fetch)

const pages = {
  sent: { status: 200, page: 'Check your mail · Postern' },
  wrong: { status: 400, page: 'Error: Check your mail · Postern' },
  link: { status: 200, page: 'Sign in by mail · Postern' },
  wrongLink: { status: 400, page: 'Error: Sign in by mail · Postern' },
  home: { status: 200, page: 'You are signed in · Postern' },
  dead: { status: 400, page: 'This link no longer works · Postern' },
}
const nobody = refusedWith('login_required', { error_description: 'a sign-in is needed' })

/** Asks for a code, by the link on the sign-in page that an app leads to. */
async function ask(agent: UserAgent, name: string): Promise<Place> {
  const login = await agent.open(authorizePath(client))
  const href = /href="(\/login\/code\?[^"]+)"/.exec(login.html)?.[1] ?? ''
  return agent.submit(await agent.open(href), { email: name }, { action: '/login/code' })
}

/** The form that takes the code; the one beside it asks for another mail. */
const take = { action: '/mail/sign-in/code' }

const typeCode = (agent: UserAgent, sent: Place, code: string): Promise<Place> =>
  agent.submit(sent, { code }, take)

const silent = async (agent: UserAgent) =>
  outcome(await agent.open(authorizePath(client, { prompt: 'none' })))

describe('A code by mail', () => {
  it('comes in the language that its owner chose', async () => {
    const user = await registerUser()
    const choose = env.DB.prepare('UPDATE users SET locale = ?2 WHERE id = ?1')
    await choose.bind(user.id, 'de').run()
    await ask(browser(), user.email)
    expect((await mailTo(server, user.email)).subject).toBe('Postern: Ihr Anmeldelink')
  })

  it('signs in the browser that asked, and leads back to the app: amr is otp (RFC 8176)', async () => {
    const user = await registerUser()
    const agent = browser()
    const sent = await ask(agent, user.email)
    const back = await typeCode(agent, sent, codeIn(await mailTo(server, user.email)))
    const tokens = await tokensOf(redeem(client, codeOf(back)))
    const { payload } = await verifiedIdToken(tokens)
    expect({
      sent: outcome(sent),
      back: outcome(back),
      sub: payload.sub,
      amr: payload.amr,
    }).toEqual({ sent: pages.sent, back: granted(), sub: user.sub, amr: ['otp'] })
  })

  it('goes to the address of the account where the username was typed', async () => {
    const user = await registerUser()
    const agent = browser()
    const sent = await ask(agent, user.username.toUpperCase())
    const code = codeIn(await mailTo(server, user.email))
    expect(outcome(await typeCode(agent, sent, code))).toEqual(granted())
  })

  it('P03: counts in no other browser, and five wrong ones end it', async () => {
    const user = await registerUser()
    const [agent, other] = [browser(), browser()]
    const sent = await ask(agent, user.email)
    const code = codeIn(await mailTo(server, user.email))
    const elsewhere = await ask(other, `nobody-${crypto.randomUUID()}@people.example`)
    const foreign = await other.submit(elsewhere, { code, email: user.email }, take)
    let page = sent
    for (let nth = 0; nth < 5; nth++) page = await agent.submit(page, { code: '00000000' }, take)
    expect([
      outcome(foreign),
      outcome(page),
      outcome(await agent.submit(page, { code }, take)),
    ]).toEqual([pages.wrong, pages.wrong, pages.wrong])
  })

  it('is sent again on the page that takes it, and then the new one counts', async () => {
    const user = await registerUser()
    const agent = browser()
    const sent = await ask(agent, user.email)
    await server.settled()
    const again = await agent.submit(sent, {}, { action: '/login/code' })
    const code = codeIn(await mailTo(server, user.email))
    const mails = (await mailsTo(server, user.email)).length
    expect([outcome(again), mails, outcome(await typeCode(agent, again, code))]).toEqual([
      pages.sent,
      2,
      granted(),
    ])
  })

  it('is asked for by anybody in the same words, and by as many storage calls', async () => {
    const known = await registerUser()
    const disabled = await registerUser()
    await patchUser(disabled, { disabled: true })
    const unknown = { email: `nobody-${crypto.randomUUID()}@people.example` }
    const seen = async ({ email }: { email: string }) => {
      const agent = browser()
      const login = await agent.open(authorizePath(client))
      const href = /href="(\/login\/code\?[^"]+)"/.exec(login.html)?.[1] ?? ''
      const page = await agent.open(href)
      server.plan(() => null)
      const sent = await agent.submit(page, { email }, { action: '/login/code' })
      const calls = server.calls.map(({ method }) => method)
      await server.settled()
      const html = sent.html.replaceAll(email, 'ADDRESS').replaceAll(/value="[\w.-]{20,}"/g, '…')
      return { status: sent.status, html, calls }
    }
    const first = await seen(known)
    expect([await seen(unknown), await seen(disabled)]).toEqual([first, first])
    expect({
      known: (await mailsTo(server, known.email)).length,
      unknown: (await mailsTo(server, unknown.email)).length,
      disabled: (await mailsTo(server, disabled.email)).length,
    }).toEqual({ known: 1, unknown: 0, disabled: 0 })
  })

  it('P04: is mailed three times an hour, whichever name of the account is typed', async () => {
    const user = await registerUser()
    for (const name of [user.email, user.username, user.email.toUpperCase(), user.username]) {
      await ask(browser(), name)
    }
    expect(await mailsTo(server, user.email)).toHaveLength(3)
  })

  it('P03: is taken in the browser that had asked before there was an account', async () => {
    const email = `late-${crypto.randomUUID()}@people.example`
    const agent = browser()
    await ask(agent, email)
    await registerUser({ email })
    const sent = await ask(agent, email)
    const code = codeIn(await mailTo(server, email))
    expect(outcome(await typeCode(agent, sent, code))).toEqual(granted())
  })

  it('signs in nobody who was disabled meanwhile', async () => {
    const user = await registerUser()
    const agent = browser()
    const sent = await ask(agent, user.email)
    const code = codeIn(await mailTo(server, user.email))
    await patchUser(user, { disabled: true })
    const place = await typeCode(agent, sent, code)
    expect([place.status, await silent(agent)]).toEqual([400, nobody])
  })

  it('is offered by no server that does not want it so, or that sends no mail', async () => {
    const servers = [new Server(mailSettings), new Server({ SIGN_IN_BY_MAIL: 'true' })]
    const seen = await Promise.all(
      servers.map(async ({ fetch }) => {
        const agent = new UserAgent(fetch)
        return [
          (await agent.open('/')).html.includes('/login/code'),
          (await agent.open('/login/code')).status,
        ]
      }),
    )
    expect(seen).toEqual([
      [false, 404],
      [false, 404],
    ])
  })
})

describe('Somebody with a second factor', () => {
  it('P20: is asked for it after the code, and has no session before', async () => {
    const user = await userWithApp()
    const agent = browser()
    const sent = await ask(agent, user.email)
    const asked = await typeCode(agent, sent, codeIn(await mailTo(server, user.email)))
    const before = await silent(agent.copy())
    const code = codeOfApp(user.totp)
    const back = await agent.submit(asked, { code }, { action: '/second-factor' })
    const { payload } = await verifiedIdToken(await tokensOf(redeem(client, codeOf(back))))
    expect({
      path: asked.path.split('?')[0],
      before,
      back: outcome(back),
      amr: payload.amr,
    }).toEqual({ path: '/second-factor', before: nobody, back: granted(), amr: ['otp', 'mfa'] })
  })
})

describe('The link of the mail', () => {
  it('signs in by one button in the browser that asked', async () => {
    const user = await registerUser()
    const agent = browser()
    await ask(agent, user.email)
    const link = await agent.open(linkIn(await mailTo(server, user.email)))
    expect([outcome(link), outcome(await agent.submit(link, {}))]).toEqual([pages.link, granted()])
  })

  it('P01: is not used up by a scanner that opens it and presses its button', async () => {
    const user = await registerUser()
    const agent = browser()
    await ask(agent, user.email)
    const link = linkIn(await mailTo(server, user.email))
    const scanner = browser()
    const pressed = await scanner.submit(await scanner.open(link), {})
    const mine = await agent.open(link)
    expect({
      pressed: outcome(pressed),
      scanner: await silent(scanner),
      mine: outcome(await agent.submit(mine, {})),
    }).toEqual({ pressed: pages.wrongLink, scanner: nobody, mine: granted() })
  })

  it('with the code signs in the browser where it is pressed, and never the one that asked', async () => {
    const user = await registerUser()
    const [asking, reading] = [browser(), browser()]
    await ask(asking, user.email)
    const mail = await mailTo(server, user.email)
    const link = await reading.open(linkIn(mail))
    const place = await reading.submit(link, { code: codeIn(mail) })
    expect({ reading: outcome(place), asking: await silent(asking) }).toEqual({
      reading: pages.home,
      asking: nobody,
    })
  })

  it('P02: counts once, however often its button is pressed at once', async () => {
    const user = await registerUser()
    const agent = browser()
    await ask(agent, user.email)
    const path = linkIn(await mailTo(server, user.email))
    const link = await agent.open(path)
    const places = await Promise.all(
      Array.from({ length: 20 }, () => agent.copy().submit(link, {})),
    )
    expect({
      // One person has pressed twice: every answer of this browser signs it in.
      places: new Set(places.map((place) => JSON.stringify([place.status, place.away === null]))),
      later: outcome(await agent.open(path)),
    }).toEqual({ places: new Set(['[303,false]']), later: pages.dead })
  })

  it('P02: pressed again when the first answer has come signs in again, for a minute', async () => {
    const user = await registerUser()
    const agent = browser()
    await ask(agent, user.email)
    const link = await agent.open(linkIn(await mailTo(server, user.email)))
    const again = agent.copy()
    const places = [await agent.submit(link, {}), await again.copy().submit(link, {})]
    pass(61)
    expect([...places, await again.submit(link, {})].map(outcome)).toEqual([
      granted(),
      granted(),
      pages.dead,
    ])
  })

  it('P10: is dead after 15 minutes, once there is a new one, and after a new password', async () => {
    const user = await registerUser()
    const agent = browser()
    const links: string[] = []
    for (let nth = 0; nth < 2; nth++) {
      await ask(agent, user.email)
      links.push(linkIn(await mailTo(server, user.email)))
    }
    const [first = '', second = ''] = links
    const replaced = outcome(await agent.open(first))
    await patchUser(user, { password: 'another password' })
    const ended = outcome(await agent.open(second))
    await ask(agent, user.email)
    const third = linkIn(await mailTo(server, user.email))
    pass(901)
    expect([replaced, ended, outcome(await agent.open(third))]).toEqual([
      pages.dead,
      pages.dead,
      pages.dead,
    ])
  })
})
