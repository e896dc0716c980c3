// Signing up: from an app to an account and back to the app, and what keeps it from being anybody's.
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { catchMails, codeIn, linkIn, mailSettings, mailsTo, mailTo } from '../support/mails.ts'
import { admin, registerUser } from '../support/registry.ts'
import { formOf, shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  granted,
  outcome,
  pass,
  refusedWith,
  registerSpa,
  registerWebClient,
  signInAt,
} from './flow.ts'

catchMails()
afterEach(backToNow)

const client = await registerWebClient()
const open = new Server({ ...mailSettings, SIGN_UP: 'open' })
const password = 'a password of their own'

/** The form that takes the code; the one beside it asks for another mail. */
const take = { action: '/mail/sign-up/code' }

const newAddress = (): string => `Person-${crypto.randomUUID()}@people.example`
const browser = (server = open): UserAgent => new UserAgent(server.fetch)

/** Opens the page that asks for an account, as an app leads to it. */
const askedBy = (agent: UserAgent, extra = {}): Promise<Place> =>
  agent.open(authorizePath(client, { prompt: 'create', ...extra }))

const ask = (agent: UserAgent, page: Place, fields: Record<string, string>): Promise<Place> =>
  agent.submit(page, fields, { action: '/sign-up' })

/** Asks for an account and types the code of the mail: the page that asks for a password. */
async function proved(
  agent: UserAgent,
  address: string,
  { server = open, fields = {} }: { server?: Server; fields?: Record<string, string> } = {},
): Promise<Place> {
  const sent = await ask(agent, await askedBy(agent), { email: address, ...fields })
  return agent.submit(sent, { code: codeIn(await mailTo(server, address)) }, take)
}

const userOf = async (address: string) => {
  const answer = await admin('GET', `/users?email=${encodeURIComponent(address)}`)
  const { items } = await answer.json<{ items: Record<string, unknown>[] }>()
  return items
}

const pages = {
  signUp: { status: 200, page: 'Create an account · Postern' },
  sent: { status: 200, page: 'Check your mail · Postern' },
  password: { status: 200, page: 'Choose a password · Postern' },
  home: { status: 200, page: 'You are signed in · Postern' },
  notFound: { status: 404, page: 'There is nothing here · Postern' },
  dead: { status: 400, page: 'This link no longer works · Postern' },
}

describe('Somebody without an account', () => {
  it('comes from an app, proves their address, chooses a password and is back at the app', async () => {
    const agent = browser()
    const address = newAddress()
    const asked = await askedBy(agent, { login_hint: address })
    const sent = await ask(agent, asked, { email: address })
    const before = await userOf(address)
    const choosing = await agent.submit(sent, { code: codeIn(await mailTo(open, address)) }, take)
    const back = await agent.submit(choosing, { password })
    expect({
      asked: outcome(asked),
      hinted: asked.html.includes(address),
      sent: outcome(sent),
      before,
      choosing: outcome(choosing),
      back: outcome(back),
      users: await userOf(address),
      later: outcome(await agent.open(authorizePath(client, { prompt: 'none' }))),
    }).toEqual({
      asked: pages.signUp,
      hinted: true,
      sent: pages.sent,
      before: [],
      choosing: pages.password,
      back: granted(),
      users: [
        expect.objectContaining({
          username: address,
          email: address,
          email_verified: true,
          password: 'own',
          role: null,
        }),
      ],
      later: granted(),
    })
  })

  it('gets another code on the page that takes it, also after a wrong one; the new one counts', async () => {
    const agent = browser()
    const address = newAddress()
    const sent = await ask(agent, await askedBy(agent), { email: address })
    const first = codeIn(await mailTo(open, address))
    const again = await agent.submit(sent, {}, { action: '/sign-up' })
    const second = codeIn(await mailTo(open, address))
    const wrong = await agent.submit(again, { code: first }, take)
    const third = await agent.submit(wrong, {}, { action: '/sign-up' })
    const right = await agent.submit(third, { code: codeIn(await mailTo(open, address)) }, take)
    expect({
      places: [sent, again, wrong, third, right].map(outcome),
      isOther: first !== second,
      mails: (await mailsTo(open, address)).length,
    }).toEqual({
      places: [
        pages.sent,
        pages.sent,
        { status: 400, page: 'Error: Check your mail · Postern' },
        pages.sent,
        pages.password,
      ],
      isOther: true,
      mails: 3,
    })
  })

  it('is asked for their consent before they are back at an app that nobody vouches for', async () => {
    const spa = await registerSpa()
    const agent = browser()
    const address = newAddress()
    const page = await agent.open(authorizePath(spa, { prompt: 'create' }))
    const sent = await ask(agent, page, { email: address })
    const choosing = await agent.submit(sent, { code: codeIn(await mailTo(open, address)) }, take)
    const consent = await agent.submit(choosing, { password })
    expect([outcome(consent), outcome(await agent.submit(consent, { decision: 'allow' }))]).toEqual(
      [{ status: 200, page: 'Allow access? · Postern' }, granted()],
    )
  })

  it('may follow the link of the mail instead, in the same browser', async () => {
    const agent = browser()
    const address = newAddress()
    await ask(agent, await askedBy(agent), { email: address })
    const choosing = await agent.open(linkIn(await mailTo(open, address)))
    expect([outcome(choosing), outcome(await agent.submit(choosing, { password }))]).toEqual([
      pages.password,
      granted(),
    ])
  })

  it('is signed in where they press the link, and the browser that asked gets nothing', async () => {
    const [asking, reading] = [browser(), browser()]
    const address = newAddress()
    await ask(asking, await askedBy(asking), { email: address })
    const choosing = await reading.open(linkIn(await mailTo(open, address)))
    expect({
      reading: outcome(await reading.submit(choosing, { password })),
      asking: outcome(await asking.open(authorizePath(client, { prompt: 'none' }))),
    }).toEqual({
      reading: pages.home,
      asking: refusedWith('login_required', { error_description: 'a sign-in is needed' }),
    })
  })

  it('signs up without an app, and comes home', async () => {
    const agent = browser()
    const address = newAddress()
    const sent = await ask(agent, await agent.open('/sign-up'), { email: address })
    const choosing = await agent.submit(sent, { code: codeIn(await mailTo(open, address)) }, take)
    expect(outcome(await agent.submit(choosing, { password }))).toEqual(pages.home)
  })

  it('is asked for nothing more by an app that asks for an account once they sign in instead', async () => {
    const user = await registerUser()
    const agent = browser()
    const asked = await askedBy(agent)
    const href = /href="(\/login\?screen=[^"]+)"/.exec(asked.html)?.[1] ?? ''
    expect(outcome(await signInAt(agent, await agent.open(href), user))).toEqual(granted())
  })
})

describe('The page that asks for an account', () => {
  it.each([
    ['no address', 'ada'],
    ['P06: two addresses', 'a@a.example,b@b.example'],
    ['P06: a line break', 'a@a.example\r\nBcc: b@b.example'],
    ['P06: quotes', '"a b"@a.example'],
    ['P06: 321 characters', `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(192)}.example`],
  ])('refuses %s', async (_name, email) => {
    const agent = browser()
    const refused = await ask(agent, await askedBy(agent), { email })
    expect({ ...outcome(refused), said: shownText(refused).includes('not an address') }).toEqual({
      status: 400,
      page: 'Error: Create an account · Postern',
      said: true,
    })
  })

  it('P06: takes an address in full-width letters for the one in ordinary ones', async () => {
    const agent = browser()
    const address = newAddress()
    const wide = address.replaceAll('@', '＠').replaceAll('P', 'Ｐ')
    await ask(agent, await askedBy(agent), { email: wide })
    expect(await mailsTo(open, address)).toHaveLength(1)
  })

  it('sends no mail where the field is filled in that people do not see, and says the same', async () => {
    const agent = browser()
    const address = newAddress()
    const sent = await ask(agent, await askedBy(agent), { email: address, website: 'x' })
    expect({ ...outcome(sent), mails: await mailsTo(open, address) }).toEqual({
      ...pages.sent,
      mails: [],
    })
  })

  it('says the same of an address that has an account, and makes as many storage calls', async () => {
    const { email } = await registerUser()
    const seen = async (address: string) => {
      const agent = browser()
      const page = await askedBy(agent)
      open.plan(() => null)
      const sent = await ask(agent, page, { email: address })
      await open.settled()
      const html = sent.html
        .replaceAll(address, 'ADDRESS')
        .replaceAll(/value="[\w.-]{20,}"/g, 'value="…"')
      return { status: sent.status, html, calls: open.calls.map(({ method }) => method) }
    }
    const unknown = newAddress()
    expect(await seen(email)).toEqual(await seen(unknown))
    expect([(await mailTo(open, email)).subject, (await mailTo(open, unknown)).subject]).toEqual([
      'Postern: You already have an account',
      'Postern: Create your account',
    ])
  })

  it('admits only the domains of the operator', async () => {
    const server = new Server({ ...mailSettings, SIGN_UP: 'domains:castle.example, abbey.example' })
    const agent = browser(server)
    const refused = await ask(agent, await askedBy(agent), { email: 'ada@sub.castle.example' })
    const sent = await ask(agent, await askedBy(agent), { email: 'ada@CASTLE.example' })
    expect([
      shownText(refused).includes('Only addresses at castle.example, abbey.example can sign up'),
      outcome(sent),
    ]).toEqual([true, pages.sent])
  })

  it.each([
    ['SIGN_UP is off', { ...mailSettings, SIGN_UP: 'off' }],
    ['people are invited', { ...mailSettings, SIGN_UP: 'invite' }],
    ['there is no mail', { SIGN_UP: 'open' }],
  ])('P13: is not there where %s, and prompt=create is an unknown prompt', async (_name, env) => {
    const server = new Server(env)
    const metadata = await get('/.well-known/openid-configuration', {}, server.fetch)
    const unknown = refusedWith('invalid_request', {
      error_description: 'the prompt is not supported',
    })
    expect({
      page: outcome(await browser(server).open('/sign-up')),
      create: outcome(await askedBy(browser(server))),
      unknown: outcome(await askedBy(browser(server), { prompt: 'another' })),
      prompts: (await metadata.json<{ prompt_values_supported: string[] }>())
        .prompt_values_supported,
    }).toEqual({
      page: pages.notFound,
      create: unknown,
      unknown,
      prompts: ['none', 'login', 'select_account', 'consent'],
    })
  })

  it('P13: is announced where it is on, and refused together with prompt=none', async () => {
    const metadata = await get('/.well-known/openid-configuration', {}, open.fetch)
    const { prompt_values_supported } = await metadata.json<{ prompt_values_supported: string[] }>()
    expect({
      prompt_values_supported,
      both: outcome(await askedBy(browser(), { prompt: 'none create' })),
    }).toEqual({
      prompt_values_supported: ['none', 'create', 'login', 'select_account', 'consent'],
      both: refusedWith('invalid_request', {
        error_description: 'the prompt none cannot be combined with other values',
      }),
    })
  })
})

describe('The link and the code of the mail', () => {
  it('P01: are not used up by whoever looks at the link', async () => {
    const agent = browser()
    const address = newAddress()
    await ask(agent, await askedBy(agent), { email: address })
    const link = linkIn(await mailTo(open, address))
    for (let look = 0; look < 10; look++) {
      await browser().open(link, { 'Sec-Purpose': 'prefetch' })
      await open.fetch(new Request(`http://localhost:8787${link}`, { method: 'HEAD' }))
    }
    const choosing = await agent.open(link)
    expect(outcome(await agent.submit(choosing, { password }))).toEqual(granted())
  })

  it('P02: create one account, however often the form is sent at once', async () => {
    const agent = browser()
    const address = newAddress()
    const choosing = await proved(agent, address)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => agent.copy().submit(choosing, { password })),
    )
    expect({ answers: answers.map(outcome), users: await userOf(address) }).toEqual({
      answers: Array.from({ length: 20 }, () => granted()),
      users: [expect.objectContaining({ email: address })],
    })
  })

  it('P02: count once: another password finds that the address has an account by now', async () => {
    const agent = browser()
    const choosing = await proved(agent, newAddress())
    const other = agent.copy()
    await agent.submit(choosing, { password })
    expect(outcome(await other.submit(choosing, { password: 'quite another one' }))).toEqual(
      pages.dead,
    )
  })

  it('P03: a code counts in the browser that asked alone, and five wrong ones end it', async () => {
    const [agent, other] = [browser(), browser()]
    const address = newAddress()
    const sent = await ask(agent, await askedBy(agent), { email: address })
    const code = codeIn(await mailTo(open, address))
    const elsewhere = await ask(other, await askedBy(other, { login_hint: 'x' }), {
      email: newAddress(),
    })
    const foreign = await other.submit(elsewhere, { email: address, code }, take)
    const wrong = { status: 400, page: 'Error: Check your mail · Postern' }
    let page = sent
    for (let nth = 0; nth < 5; nth++) page = await agent.submit(page, { code: '00000000' }, take)
    expect([
      outcome(foreign),
      outcome(page),
      outcome(await agent.submit(page, { code }, take)),
    ]).toEqual([wrong, wrong, wrong])
  })

  it('are dead after 15 minutes', async () => {
    const agent = browser()
    const address = newAddress()
    await ask(agent, await askedBy(agent), { email: address })
    const link = linkIn(await mailTo(open, address))
    pass(901)
    expect(outcome(await agent.open(link))).toEqual(pages.dead)
  })

  it('P10: are dead once there is a new mail', async () => {
    const agent = browser()
    const address = newAddress()
    await ask(agent, await askedBy(agent), { email: address })
    const link = linkIn(await mailTo(open, address))
    await ask(agent, await askedBy(agent), { email: address })
    expect(outcome(await agent.open(link))).toEqual(pages.dead)
  })

  it('P11: one account per folded address; dots and plus are part of it', async () => {
    const id = crypto.randomUUID()
    const addresses = [`ada.b-${id}@x.example`, `adab-${id}@x.example`, `ada.b-${id}+c@x.example`]
    for (const address of addresses) {
      const agent = browser()
      await agent.submit(await proved(agent, address), { password })
    }
    const agent = browser()
    const other = `ADA.B-${id}@X.EXAMPLE`
    await ask(agent, await askedBy(agent), { email: other })
    expect({
      users: (await Promise.all(addresses.map(userOf))).map((users) => users.length),
      mail: (await mailTo(open, `ADA.B-${id}@x.example`)).subject,
    }).toEqual({ users: [1, 1, 1], mail: 'Postern: You already have an account' })
  })

  it('P11: 50 sign-ups of one address at once: one user, and all answers are alike', async () => {
    const address = `p-${crypto.randomUUID()}@people.example`
    const server = new Server({
      ...mailSettings,
      SIGN_UP: 'open',
      MAILS_PER_ADDRESS: '100',
      MAILS_PER_ADDRESS_DAY: '100',
    })
    const agents = Array.from({ length: 50 }, () => browser(server))
    const asked = await Promise.all(agents.map((agent) => askedBy(agent)))
    const written = agents.map((_agent, nth) =>
      [...address]
        .map((letter, at) => ((nth >> (at % 6)) & 1 ? letter.toUpperCase() : letter))
        .join(''),
    )
    const sent = await Promise.all(
      asked.map((page, nth) => ask(agents[nth] ?? browser(), page, { email: written[nth] ?? '' })),
    )
    await server.settled()
    const links = await Promise.all(
      written.map((typed) =>
        mailsTo(server, typed.replace(/@.*/, '@people.example')).then((mails) => mails.map(linkIn)),
      ),
    )
    const pressed = await Promise.all(
      [...new Set(links.flat())].map(async (link) => {
        const agent = browser(server)
        const place = await agent.open(link)
        return place.status === 200
          ? outcome(await agent.submit(place, { password }))
          : outcome(place)
      }),
    )
    expect({
      answers: new Set(sent.map((place) => JSON.stringify(outcome(place)))).size,
      alive: pressed.filter(({ status }) => status === 200),
      users: (await userOf(address)).length,
    }).toEqual({ answers: 1, alive: [pages.home], users: 1 })
  })

  it('P12: lead to no account of another address, whatever the form says', async () => {
    const agent = browser()
    const [address, another] = [newAddress(), newAddress()]
    const choosing = await proved(agent, address)
    const { token } = formOf(choosing).hidden
    // Their screen of another sign-up, with what was proved in this one.
    const next = await ask(agent, await askedBy(agent), { email: another })
    const stolen = await agent.submit(next, { token, password, email: another }, take)
    const elsewhere = await browser().submit(choosing, { password })
    await agent.submit(choosing, { password, email: another, address: another })
    expect({
      stolen: stolen.status,
      elsewhere: outcome(elsewhere),
      users: [(await userOf(address)).length, (await userOf(another)).length],
    }).toEqual({
      stolen: 400,
      elsewhere: { status: 403, page: 'Please try that again · Postern' },
      users: [1, 0],
    })
  })
})

describe('The password of a new account', () => {
  it.each([
    ['a short one', 'short', 'is too short'],
    ['one of 1,025 bytes', 'ü'.repeat(513), 'is too long'],
    ['the address', 'ADDRESS', 'must not be your name'],
    ['the name in the address', 'NAME', 'must not be your name'],
  ])('is not %s', async (_name, typed, words) => {
    const agent = browser()
    const address = newAddress()
    const choosing = await proved(agent, address)
    const chosen = typed
      .replace('ADDRESS', address.toUpperCase())
      .replace('NAME', address.split('@')[0] ?? '')
    const refused = await agent.submit(choosing, { password: chosen })
    expect({
      ...outcome(refused),
      said: shownText(refused).includes(words),
      back: outcome(await agent.submit(refused, { password })),
    }).toEqual({
      status: 400,
      page: 'Error: Choose a password · Postern',
      said: true,
      back: granted(),
    })
  })

  it('is none of the common ones that the operator has listed in KV', async () => {
    await open.env.KV.put('common-passwords', '12345678\r\nletmein-now\r\n')
    const agent = browser()
    const choosing = await proved(agent, newAddress())
    const refused = await agent.submit(choosing, { password: 'LetMeIn-Now' })
    await open.env.KV.delete('common-passwords')
    expect(shownText(refused)).toContain('Too many people use this password')
  })
})

describe('A username', () => {
  const named = new Server({ ...mailSettings, SIGN_UP: 'open', SIGN_UP_USERNAME: 'true' })

  it('is chosen where the operator wants it so', async () => {
    const [agent, address, username] = [browser(named), newAddress(), `u-${crypto.randomUUID()}`]
    const choosing = await proved(agent, address, { server: named, fields: { username } })
    await agent.submit(choosing, { username, password })
    expect(await userOf(address)).toEqual([expect.objectContaining({ username, email: address })])
  })

  it('that is taken is told only to whoever has proved an address', async () => {
    const other = await registerUser()
    const [agent, address] = [browser(named), newAddress()]
    const { username } = other
    const choosing = await proved(agent, address, { server: named, fields: { username } })
    const refused = await agent.submit(choosing, { username, password })
    const created = await agent.submit(refused, { username: `${username}-2`, password })
    expect([
      shownText(refused).includes('Somebody else has this username'),
      outcome(created),
    ]).toEqual([true, granted()])
  })

  it.each(['ada@people.example', '', ' ', 'usr_AAAAAAAAAAAAAAAAAAAAAA'])(
    'is not %j: an address would keep its owner from signing up',
    async (username) => {
      const agent = browser(named)
      const refused = await ask(agent, await askedBy(agent), { email: newAddress(), username })
      expect(shownText(refused)).toContain('That username is not possible')
    },
  )
})

describe('Storage that fails while the account is written', () => {
  const server = new Server({ ...mailSettings, SIGN_UP: 'open' })

  it.each([
    ['before', 'fails', 503],
    ['after', 'fails after the commit', 303],
  ] as const)('%s the commit, leaves one account and no dead end', async (_name, fault, status) => {
    const agent = browser(server)
    const address = newAddress()
    const choosing = await proved(agent, address, { server })
    server.plan((call) => (call.text.startsWith('INSERT INTO users') ? fault : null))
    const first = await agent.submit(choosing, { password })
    server.plan(() => null)
    const end = first.status === 503 ? await agent.submit(choosing, { password }) : first
    expect({
      first: first.status,
      end: outcome(end),
      users: (await userOf(address)).length,
    }).toEqual({ first: status, end: granted(), users: 1 })
  })
})
