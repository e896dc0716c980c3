// "Continue with ..." at a provider that nobody here wrote.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { resetPassword } from '../../src/crypto/stored-password.ts'
import { Server } from '../support/faults.ts'
import { get, issuer } from '../support/http.ts'
import { giveApp } from '../support/half-signed-in.ts'
import { storePassword } from '../support/imported.ts'
import { admin, registerUser } from '../support/registry.ts'
import { shownText, UserAgent } from '../support/user-agent.ts'
import {
  authorizePath,
  outcome,
  redeem,
  registerWebClient,
  codeOf,
  signedIn,
  verifiedIdToken,
} from '../openid/flow.ts'
import { tokensOf } from '../support/tokens.ts'
import { registerProvider, providerClient, providerOrigin } from './providers.ts'
import { leaveFor, linksShown, returnFrom, signInThere } from './sign-in.ts'

const open = { ...providerClient, issuer: providerOrigin, accounts: 'create' }
await registerProvider({ ...open, id: 'university', label: 'University of Example' })

const person = () => `person-${crypto.randomUUID().slice(0, 8)}`

const userCalled = async (username: string) =>
  env.DB.prepare('SELECT * FROM users WHERE username = ?1').bind(username).first()

describe('Continue with a provider', () => {
  it('is offered on the sign-in page, by its name', async () => {
    expect(shownText(await new UserAgent().open('/'))).toContain(
      'Continue with University of Example',
    )
  })

  it('goes there with PKCE, nonce and a state, and leaves no referrer', async () => {
    const agent = new UserAgent()
    const { away, trail } = await leaveFor(agent, await agent.open('/'), 'university')
    expect(trail.map(({ status }) => status)).toEqual([303])
    expect(Object.fromEntries(new URL(away ?? '').searchParams)).toEqual({
      response_type: 'code',
      client_id: 'postern',
      redirect_uri: `${issuer}/login/callback/university`,
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  it('makes an account at the first sign-in and finds it at the second', async () => {
    const name = person()
    const first = new UserAgent()
    const home = await signInThere(first, await first.open('/'), 'university', name)
    expect({ path: home.path, text: shownText(home) }).toEqual({
      path: '/',
      text: expect.stringContaining(`Upstream ${name}`),
    })
    const user = await userCalled(name)
    expect(user).toMatchObject({
      email: `${name}@upstream.example`,
      email_verified: 1,
      name: `Upstream ${name}`,
      password_hash: null,
    })
    const again = new UserAgent()
    await signInThere(again, await again.open('/'), 'university', name)
    expect((await userCalled(name))?.id).toBe(user?.id)
  })

  it('makes one account for one person who comes three times at once', async () => {
    const name = person()
    const agents = [new UserAgent(), new UserAgent(), new UserAgent()]
    const returns = await Promise.all(
      agents.map(async (agent) =>
        returnFrom(await leaveFor(agent, await agent.open('/'), 'university'), name),
      ),
    )
    const homes = await Promise.all(agents.map((agent, nth) => agent.open(returns[nth] ?? '')))
    expect(homes.map(({ path }) => path)).toEqual(['/', '/', '/'])
    const { results } = await env.DB.prepare('SELECT id FROM users WHERE name = ?1')
      .bind(`Upstream ${name}`)
      .all()
    expect(results).toHaveLength(1)
  })

  it('goes on to the client that asked, and tells it how', async () => {
    const client = await registerWebClient()
    const agent = new UserAgent()
    const login = await agent.open(authorizePath(client, { login_hint: 'ada' }))
    const away = await leaveFor(agent, login, 'university')
    expect(new URL(away.away ?? '').searchParams.get('login_hint')).toBe('ada')
    const back = await agent.open(await returnFrom(away, person()))
    const { payload } = await verifiedIdToken(await tokensOf(redeem(client, codeOf(back))))
    expect(payload).toMatchObject({ amr: ['fed'] })
  })

  it('asks to sign in over there anew where the client wants that', async () => {
    const client = await registerWebClient()
    const agent = new UserAgent()
    const login = await agent.open(authorizePath(client, { prompt: 'login' }))
    const { away } = await leaveFor(agent, login, 'university')
    expect(new URL(away ?? '').searchParams.get('prompt')).toBe('login')
  })

  it('says so where somebody turns back, and leads to the sign-in page', async () => {
    const agent = new UserAgent()
    const away = await leaveFor(agent, await agent.open('/'), 'university')
    const page = await agent.open(await returnFrom(away, '', true))
    expect(page.status).toBe(400)
    expect(shownText(page)).toContain('University of Example did not sign you in')
    const href = /href="(\/login\?screen=[\w-]+)"/.exec(page.html)?.[1]
    expect((await agent.open(href ?? '')).status).toBe(200)
  })

  it('keeps an address that the provider has not verified to itself', async () => {
    const name = `unverified-${crypto.randomUUID().slice(0, 8)}`
    const agent = new UserAgent()
    await signInThere(agent, await agent.open('/'), 'university', name)
    expect(await userCalled(name)).toMatchObject({ email: null, email_verified: 0 })
  })

  it('passes over a name that is taken', async () => {
    const taken = await registerUser({ email: null })
    const agent = new UserAgent()
    await signInThere(agent, await agent.open('/'), 'university', taken.username)
    expect(await userCalled(`${taken.username}@upstream.example`)).not.toBeNull()
  })

  it('lets nobody in whose account is disabled', async () => {
    const name = person()
    const agent = new UserAgent()
    await signInThere(agent, await agent.open('/'), 'university', name)
    await admin('PATCH', `/users/${String((await userCalled(name))?.id)}`, { disabled: true })
    const other = new UserAgent()
    const page = await signInThere(other, await other.open('/'), 'university', name)
    expect({ status: page.status, path: page.path.split('?')[0] }).toEqual({
      status: 403,
      path: '/login/callback/university',
    })
  })
})

describe('who may come', async () => {
  const existing = await registerProvider({ ...open, id: 'existing', accounts: 'existing' })
  const linking = await registerProvider({
    ...open,
    id: 'linking',
    accounts: 'existing',
    link_by_email: true,
  })
  const domains = await registerProvider({ ...open, id: 'domains', email_domains: ['b.example'] })
  const mine = await registerProvider({
    ...open,
    id: 'mine',
    email_domains: ['upstream.example'],
  })

  const attempt = async (provider: { id: string }, name: string) => {
    const agent = new UserAgent()
    const { status, path, html, ...place } = await signInThere(
      agent,
      await agent.open('/'),
      provider.id,
      name,
    )
    const isIn = path === '/' && status === 200
    return { isIn, status, text: shownText({ ...place, status, path, html }) }
  }

  it('nobody without an account, where only existing users may', async () => {
    const name = person()
    const { status, text } = await attempt(existing, name)
    expect({ status, text }).toEqual({
      status: 403,
      text: expect.stringContaining('There is no account here'),
    })
    expect(await userCalled(name)).toBeNull()
  })

  it('nobody by an e-mail address alone, where the operator does not allow it', async () => {
    const name = person()
    const user = await registerUser({ email: `${name}@upstream.example` })
    // U10: whether or not others may come, there is an account, to be signed in to and linked.
    for (const provider of [existing, { id: 'university' }]) {
      expect(await attempt(provider, name)).toMatchObject({
        status: 403,
        text: expect.stringMatching(
          /An account here already has your e-mail address.*Sign in to it, then link/s,
        ),
      })
    }
    expect(await linksOf(user.id)).toEqual([])
  })

  it('who has the same verified address, where the operator allows it', async () => {
    const name = person()
    const user = await registerUser({
      email: `${name.toUpperCase()}@Upstream.example`,
      email_verified: true,
    })
    expect((await attempt(linking, name)).isIn).toBe(true)
    expect(await linksOf(user.id)).toEqual([name])
  })

  it('P09: but not whoever has a second factor, which no mail and no account elsewhere replaces', async () => {
    const name = person()
    const user = await registerUser({ email: `${name}@upstream.example`, email_verified: true })
    await giveApp(user)
    expect(await attempt(linking, name)).toEqual({
      isIn: false,
      status: 403,
      text: expect.stringContaining('An account here already has your e-mail address'),
    })
    expect(await linksOf(user.id)).toEqual([])
  })

  it('but not with an address that the provider has not verified', async () => {
    const name = `unverified-${crypto.randomUUID().slice(0, 8)}`
    const user = await registerUser({ email: `${name}@upstream.example`, email_verified: true })
    expect((await attempt(linking, name)).isIn).toBe(false)
    expect(await linksOf(user.id)).toEqual([])
  })

  it('and not where the address is somebody’s username', async () => {
    const name = person()
    const user = await registerUser({ username: `${name}@upstream.example`, email: null })
    expect((await attempt(linking, name)).isIn).toBe(false)
    expect(await linksOf(user.id)).toEqual([])
  })

  it('newcomers, with no more than the operator wants to grant them', async () => {
    const narrow = await registerProvider({ ...open, id: 'narrow', account_scope: 'openid read' })
    const name = person()
    expect((await attempt(narrow, name)).isIn).toBe(true)
    expect(await userCalled(name)).toMatchObject({ scope: 'openid read', role: null })
  })

  it('only addresses of the domains that are listed', async () => {
    expect((await attempt(domains, person())).text).toContain('may not sign in here')
    expect((await attempt(mine, person())).isIn).toBe(true)
    const unverified = `unverified-${crypto.randomUUID().slice(0, 8)}`
    expect((await attempt(mine, unverified)).isIn).toBe(false)
  })
})

const linksOf = async (userId: number) => {
  const { results } = await env.DB.prepare('SELECT * FROM provider_links WHERE user_id = ?1')
    .bind(userId)
    .all<{ subject: string }>()
  return results.map(({ subject }) => subject)
}

describe('the account page', () => {
  const link = async (agent: UserAgent, name: string) => {
    const account = await agent.open('/account')
    const away = await agent.submit(
      account,
      { provider: 'university' },
      { action: '/account/link' },
    )
    return agent.open(await returnFrom(away, name))
  }

  it('links a provider, by which one can sign in from then on, and unlinks it', async () => {
    const [user, name] = [await registerUser(), person()]
    const agent = await signedIn(user)
    const linked = await link(agent, name)
    expect({ path: linked.path, text: shownText(linked) }).toEqual({
      path: '/account?done=linked',
      text: expect.stringContaining(`Linked as ${name}@upstream.exam…`),
    })
    const other = new UserAgent()
    const home = await signInThere(other, await other.open('/'), 'university', name)
    expect(shownText(home)).toContain(user.username)
    const account = await agent.open('/account')
    const [only = ''] = linksShown(account)
    const unlinked = await agent.submit(account, { link: only }, { action: '/account/unlink' })
    expect(unlinked.path).toBe('/account?done=unlinked')
    expect(await linksOf(user.id)).toEqual([])
  })

  it('does not take somebody’s link away', async () => {
    const [owner, other, name] = [await registerUser(), await registerUser(), person()]
    await link(await signedIn(owner), name)
    const page = await link(await signedIn(other), name)
    expect({ status: page.status, text: shownText(page) }).toEqual({
      status: 403,
      text: expect.stringContaining('already linked to another account'),
    })
    expect(await linksOf(owner.id)).toEqual([name])
  })

  it('keeps the last way in', async () => {
    const name = person()
    const agent = new UserAgent()
    await signInThere(agent, await agent.open('/'), 'university', name)
    const account = await agent.open('/account')
    const [only = ''] = linksShown(account)
    const kept = await agent.submit(account, { link: only }, { action: '/account/unlink' })
    expect(shownText(kept)).toContain('This is your only way to sign in')
    expect(await linksOf(Number((await userCalled(name))?.id))).toEqual([name])
  })

  it('keeps the last way in of somebody who has to set a new password first', async () => {
    const [user, name] = [await registerUser(), person()]
    const agent = await signedIn(user)
    await link(agent, name)
    await storePassword(user, resetPassword)
    const account = await agent.open('/account')
    const [only = ''] = linksShown(account)
    const kept = await agent.submit(account, { link: only }, { action: '/account/unlink' })
    expect(shownText(kept)).toContain('This is your only way to sign in')
    expect(await linksOf(user.id)).toEqual([name])
  })

  it('links for the session that asked, and for no other', async () => {
    const [user, other, name] = [await registerUser(), await registerUser(), person()]
    const agent = await signedIn(user)
    const form = { provider: 'university' }
    const account = await agent.open('/account')
    const away = await agent.submit(account, form, { action: '/account/link' })
    const otherAgent = await signedIn(other)
    agent.cookies.set('postern_session_8787', otherAgent.cookies.get('postern_session_8787') ?? '')
    const page = await agent.open(await returnFrom(away, name))
    expect(page.status).toBe(400)
    expect(await linksOf(other.id)).toEqual([])
    expect(await linksOf(user.id)).toEqual([])
  })

  it.each(['/account/link', '/account/unlink', '/login/provider'])(
    'takes no form of another site: %s',
    async (path) => {
      const agent = await signedIn(await registerUser())
      const forged = await agent.post(
        path,
        { provider: 'university' },
        { Origin: 'https://evil.example' },
      )
      expect(forged.status).toBe(403)
      expect((await get(path)).status).toBe(405)
    },
  )
})

describe('a provider that the operator', () => {
  afterEach(() => vi.useRealTimers())

  it('has disabled is not offered, and brings nobody back', async () => {
    await registerProvider({ ...open, id: 'closing', label: 'Closing' })
    const agent = new UserAgent()
    const place = await agent.open('/')
    const away = await leaveFor(agent, place, 'closing')
    const back = await returnFrom(away, person())
    await admin('PATCH', '/providers/closing', { disabled: true })
    expect(outcome(await agent.open(back))).toMatchObject({ status: 400 })
    expect((await leaveFor(agent, place, 'closing')).status).toBe(404)
    expect(shownText(await new UserAgent().open('/'))).not.toContain('Closing')
  })

  it('has changed is offered as it is now by the isolate that was told, by others ten seconds later', async () => {
    const [told, other] = [new Server(), new Server()]
    const offeredBy = async ({ fetch }: Server) => shownText(await new UserAgent(fetch).open('/'))
    await registerProvider({ ...open, id: 'renamed', label: 'As it was' }, told.fetch)
    await offeredBy(told)
    await offeredBy(other)
    await admin('PATCH', '/providers/renamed', { label: 'As it is' }, told.fetch)
    expect(await offeredBy(told)).toContain('As it is')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 })
    expect(await offeredBy(other)).toContain('As it is')
  })

  it('keeps for a code exchange alone is not offered either', async () => {
    await registerProvider({ ...open, id: 'portal', label: 'The portal', sign_in: false })
    const agent = new UserAgent()
    const place = await agent.open('/')
    expect(shownText(place)).not.toContain('The portal')
    expect((await leaveFor(agent, place, 'portal')).status).toBe(404)
  })
})
