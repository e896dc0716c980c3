// A provider that owns a domain: whoever types an address of that domain goes there, and no password of
// theirs is looked at. It depends on what was typed alone, so that it tells nobody who has an account.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { authorizePath, registerWebClient, signInAt } from '../openid/flow.ts'
import { read } from '../support/http.ts'
import { Server } from '../support/faults.ts'
import { mailSettings, mailsTo } from '../support/mail.ts'
import { admin, registerUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { registerProvider } from './providers.ts'
import { socialOrigin, socialSignIn } from './social.ts'

const name = () => `person-${crypto.randomUUID().slice(0, 8)}`
const newDomain = () => `${crypto.randomUUID()}.example`

const owner = (domain: string, more: object = {}) =>
  socialSignIn('google', `${socialOrigin}/google`, { domains: [domain], ...more })

/** Where a browser leaves to, with the hint that goes along. */
const leaving = ({ away }: Place) => {
  const url = new URL(away ?? 'none:')
  return { to: url.origin + url.pathname, hint: url.searchParams.get('login_hint') }
}

const atGoogle = (hint: string) => ({ to: `${socialOrigin}/google/authorize`, hint })

const tries = async () =>
  (await env.DB.prepare('SELECT * FROM sign_in_attempts ORDER BY bucket').all()).results

const fieldsOf = ({ html }: Place) =>
  [...html.matchAll(/<input [^>]*name="(username|password)"/g)].map(([, field]) => field)

const providers: string[] = []
afterEach(async () => {
  for (const id of providers.splice(0)) await admin('DELETE', `/providers/${id}`)
})

async function withOwner(more: object = {}) {
  const domain = newDomain()
  const provider = await owner(domain, more)
  providers.push(provider.id)
  return { domain, provider }
}

describe('an address of an owned domain', () => {
  it('leads to the provider, whatever the password and whoever has an account', async () => {
    const { domain } = await withOwner()
    const known = await registerUser({ email: `${name()}@${domain}`, email_verified: true })
    const before = await tries()
    for (const [username, password] of [
      [known.email, known.password],
      [known.email, 'a wrong password'],
      [known.email, undefined],
      [`${name()}@${domain}`, 'any'],
      [`${name()}@${domain}`, undefined],
    ]) {
      const agent = new UserAgent()
      const place = await agent.submit(
        await agent.open('/'),
        { username, password },
        { action: '/login' },
      )
      expect(leaving(place)).toEqual(atGoogle(String(username)))
    }
    // The password was not tried, so no try was counted.
    expect(await tries()).toEqual(before)
  })

  it.each([
    ['capitals', (domain: string) => `Ada@${domain.toUpperCase()}`],
    ['spaces around it', (domain: string) => `  ada@${domain} `],
    ['full-width characters', (domain: string) => `ada\uFF20${domain}`],
  ])('is one with %s, too', async (_what, spell) => {
    const { domain } = await withOwner()
    const typed = spell(domain)
    const agent = new UserAgent()
    const place = await signInAt(agent, await agent.open('/'), { username: typed, password: 'x' })
    expect(leaving(place)).toEqual(atGoogle(typed.trim()))
  })

  it.each([
    ['a subdomain', (domain: string) => `ada@sub.${domain}`],
    ['a domain that ends like it', (domain: string) => `ada@x${domain}`],
    ['a second @', (domain: string) => `ada@${domain}@other.example`],
    ['the domain alone', (domain: string) => domain],
    ['no name', (domain: string) => `@${domain}`],
  ])('is none with %s', async (_what, spell) => {
    const { domain } = await withOwner()
    const agent = new UserAgent()
    const typed = { username: spell(domain), password: 'x' }
    const place = await signInAt(agent, await agent.open('/'), typed)
    expect({ status: place.status, away: place.away }).toEqual({ status: 400, away: null })
  })

  it.each([
    ['/forgot', '/forgot'],
    ['/sign-up', '/sign-up'],
    ['/login/code', '/login/code'],
  ])('leads there from %s, too, and no mail is sent', async (_page, action) => {
    const { domain, provider } = await withOwner()
    const settings = { ...mailSettings, SIGN_UP: 'open', SIGN_IN_BY_MAIL: 'true' }
    const server = new Server(settings)
    const agent = new UserAgent(server.fetch)
    const known = await registerUser({ email: `${name()}@${domain}`, email_verified: true })
    const login = await agent.open('/')
    const href = new RegExp(`href="(${action}[^"]*)"`).exec(login.html)?.[1] ?? ''
    for (const email of [known.email, `${name()}@${domain}`]) {
      const place = await agent.submit(await agent.open(href), { email }, { action })
      expect(leaving(place)).toEqual(atGoogle(email))
      await server.settled()
      expect(await mailsTo(email)).toEqual([])
    }
    const email = `${name()}@${domain}`
    const place = await agent.submit(await agent.open(href), { email }, { action })
    const claims = { sub: name(), email: known.email, email_verified: true, hd: domain }
    const back = await provider.answer(new URL(place.away ?? ''), { claims })
    expect((await back(agent)).status).toBe(403)
  })

  it('comes back to the client that asked, signed in', async () => {
    const { domain, provider } = await withOwner()
    const client = await registerWebClient()
    const agent = new UserAgent()
    const page = await agent.open(authorizePath(client))
    const email = `${name()}@${domain}`
    const place = await agent.submit(page, { username: email }, { action: '/login' })
    const claims = { sub: name(), email, email_verified: true, hd: domain }
    const back = await provider.answer(new URL(place.away ?? ''), { claims })
    expect((await back(agent)).away).toMatch(/^https:\/\/client\.example\/cb\?code=/)
  })

  it('needs the form of our own page', async () => {
    const { domain } = await withOwner()
    const place = await new UserAgent().post('/login', { username: `ada@${domain}` })
    expect({ status: place.status, away: place.away }).toEqual({ status: 403, away: null })
  })

  it('is an address like any other once the provider is disabled, or no longer offered', async () => {
    for (const change of [{ disabled: true }, { sign_in: false }, { domains: [] }]) {
      const { domain, provider } = await withOwner()
      const user = await registerUser({ email: `${name()}@${domain}`, email_verified: true })
      expect((await admin('PATCH', `/providers/${provider.id}`, change)).status).toBe(200)
      const agent = new UserAgent()
      const typed = { username: user.email, password: user.password }
      expect((await signInAt(agent, await agent.open('/'), typed)).path).toBe('/')
    }
  })
})

describe('the sign-in page where a provider owns a domain', () => {
  it('asks for the name first, and for the password of everybody else', async () => {
    const { domain } = await withOwner()
    const user = await registerUser({ email: `${name()}@elsewhere.example` })
    const agent = new UserAgent()
    const first = await agent.open('/')
    expect(fieldsOf(first)).toEqual(['username'])
    const second = await agent.submit(first, { username: user.email }, { action: '/login' })
    expect({ status: second.status, fields: fieldsOf(second), title: second.title }).toEqual({
      status: 200,
      fields: ['username', 'password'],
      title: first.title,
    })
    expect(second.html).toContain(`value="${user.email}"`)
    expect((await signInAt(agent, second, { ...user, username: user.email })).path).toBe('/')
    expect(domain).not.toBe('')
  })

  it('shows the same to somebody who has no account', async () => {
    await withOwner()
    const agent = new UserAgent()
    const second = await agent.submit(
      await agent.open('/'),
      { username: `${name()}@elsewhere.example` },
      { action: '/login' },
    )
    expect({ status: second.status, fields: fieldsOf(second) }).toEqual({
      status: 200,
      fields: ['username', 'password'],
    })
  })

  it('asks an administrator with a username for the password, so that nobody is locked out', async () => {
    const { domain } = await withOwner()
    const user = await registerUser({ email: `${name()}@${domain}`, role: 'admin' })
    const agent = new UserAgent()
    const home = await signInAt(agent, await agent.open('/'), user)
    expect(shownText(home)).toContain(user.username)
  })

  it('asks for both at once where the client has named somebody', async () => {
    const { domain } = await withOwner()
    const client = await registerWebClient()
    const pageFor = (login_hint: string) =>
      new UserAgent().open(authorizePath(client, { login_hint }))
    expect(fieldsOf(await pageFor('ada@elsewhere.example'))).toEqual(['username', 'password'])
    expect(fieldsOf(await pageFor(`ada@${domain}`))).toEqual(['username'])
  })

  it('asks for both at once where no provider owns a domain', async () => {
    expect(fieldsOf(await new UserAgent().open('/'))).toEqual(['username', 'password'])
  })
})

describe('the domains of a provider', () => {
  it('belong to one provider', async () => {
    const { domain } = await withOwner()
    const other = await registerProvider({
      issuer: 'https://other.example',
      domains: [newDomain()],
    })
    providers.push(other.id)
    const { status, body } = await read(
      await admin('PATCH', `/providers/${other.id}`, { domains: [newDomain(), domain] }),
    )
    expect({ status, errors: Object(body).errors }).toEqual({
      status: 409,
      errors: [{ field: 'domains', detail: 'has a domain of another provider' }],
    })
  })

  it.each([['Example.com'], ['example'], ['@example.com'], ['a.example/'], ['']])(
    'are no %j',
    async (domain) => {
      const sent = { preset: 'google', client_id: 'c', client_secret: 's', domains: [domain] }
      const { status, body } = await read(await admin('POST', '/providers', sent))
      expect({ status, field: Object(body).errors?.[0]?.field }).toEqual({
        status: 400,
        field: 'domains.0',
      })
    },
  )
})
