// "Continue with ..." at a provider that lies, and with answers that are somebody else's: a page
// that says so each time, nobody signed in, nobody made, nothing linked.
import { env } from 'cloudflare:workers'
import type { JWTPayload } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { registerUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { pass, signedIn, signInAt } from '../openid/flow.ts'
import { makeKey, ScriptedProvider, seconds, signToken } from './providers.ts'
import { leaveFor, personClaims, scriptedSignIn } from './sign-in.ts'

const scripted = await scriptedSignIn({ id: 'scripted', label: 'Scripted', accounts: 'create' })
const { provider, key, claimsWith, leave, gives, callback, signIn } = scripted
const elsewhere = new ScriptedProvider('localhost')
const stranger = await makeKey()

const name = () => `person-${crypto.randomUUID().slice(0, 8)}`

/** What nobody may get: an account, a session, a link. */
const gains = async () => {
  const counts = ['users', 'sessions', 'provider_links'].map((table) =>
    env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>(),
  )
  return (await Promise.all(counts)).map((row) => row?.n)
}

/** The refusal of this provider: a page with a way back, and no redirect on. */
function expectRefusal(place: Place, status = 503): void {
  expect({ status: place.status, trail: place.trail }).toEqual({ status, trail: [] })
  expect(place.title).toContain('Signing in with Scripted did not work')
  expect(place.html).toMatch(/href="\/login\?screen=[\w-]+"/)
  // The journey is over; nothing else is set.
  for (const cookie of place.setCookies) expect(cookie).toMatch(/^postern_journey_\S+=; Max-Age=0;/)
}

describe('a true answer', () => {
  it('lets in, so that every lie below is told by its one difference', async () => {
    const who = name()
    const home = await signIn(new UserAgent(), personClaims(who))
    expect({ path: home.path, text: shownText(home) }).toEqual({
      path: '/',
      text: expect.stringContaining(who),
    })
    expect(await provider.requests('/userinfo')).toEqual([])
  })

  it('is asked for with the verifier of the challenge, and with our secret', async () => {
    const agent = new UserAgent()
    const { nonce, state = '', code_challenge } = await leave(agent)
    await gives(nonce, personClaims(name()))
    await agent.open(callback({ state, code: 'the code' }))
    const request = (await provider.requests('/token')).at(-1)
    const form = new URLSearchParams(request?.body)
    const digest = await crypto.subtle.digest(
      'SHA-256',
      new TextEncoder().encode(form.get('code_verifier') ?? ''),
    )
    const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)))
    expect(challenge.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')).toBe(
      code_challenge,
    )
    expect(form.get('code')).toBe('the code')
    expect(request?.headers.authorization).toBe(`Basic ${btoa('portal:the+secret')}`)
  })

  it('may leave the rest to userinfo', async () => {
    const who = name()
    const claims = personClaims(who)
    await provider.answer('/userinfo', { body: claims })
    const home = await signIn(new UserAgent(), { sub: who })
    expect(shownText(home)).toContain(`Name of ${who}`)
    const [request] = await provider.requests('/userinfo')
    expect(request?.headers.authorization).toBe('Bearer at')
  })
})

describe('lies', () => {
  let before: unknown
  beforeEach(async () => {
    before = await gains()
  })
  afterEach(async () => {
    expect(await gains()).toEqual(before)
    expect(await elsewhere.requests()).toEqual([])
  })

  it.each<[string, JWTPayload]>([
    ['an expired token', { exp: seconds() - 60 }],
    ['a token without an end', { exp: undefined }],
    ['a token that is not valid yet', { nbf: seconds() + 300 }],
    ['a token issued in the future', { iat: seconds() + 300 }],
    ['a token without iat', { iat: undefined }],
    ['a token for another client', { aud: 'another' }],
    ['a token for nobody', { aud: undefined }],
    ['a token for several, whoever’s it is', { aud: ['portal', 'another'] }],
    ['a token for several, issued to another', { aud: ['portal', 'b'], azp: 'b' }],
    ['a token of another issuer', { iss: 'https://another.example' }],
    ['a token without issuer', { iss: undefined }],
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
    ['no sub', { sub: undefined }],
    ['a sub that is no text', { sub: Object(1) }],
    ['a sub of 300 characters', { sub: 'x'.repeat(300) }],
    ['a sub with a line break', { sub: 'a\nb' }],
    // They would be stored: SQLite ends a text at a NUL, and half of a character has no UTF-8.
    ['a name with a NUL', { name: 'a\0b' }],
    ['a name with half of a character', { name: 'a\ud83d' }],
  ])('%s', async (_what, lie) => {
    expectRefusal(await signIn(new UserAgent(), { ...personClaims(name()), ...lie }))
  })

  const tokenLies: Record<string, (claims: JWTPayload) => Promise<string> | string> = {
    'a wrong signature': (claims) => signToken({ ...stranger, kid: key.kid }, claims),
    'an unknown kid': (claims) => signToken(stranger, claims),
    'a key in the header': (claims) => signToken(stranger, claims, { jwk: stranger.jwk }),
    'a key set elsewhere': (claims) => signToken(stranger, claims, { jku: elsewhere.url('/keys') }),
    'a certificate elsewhere': (claims) => signToken(key, claims, { x5u: elsewhere.url('/x') }),
    'another kind of token': (claims) => signToken(key, claims, { typ: 'logout+jwt' }),
    'no signature': (claims) =>
      `${[{ alg: 'none' }, claims].map((part) => btoa(JSON.stringify(part)).replaceAll('=', '')).join('.')}.`,
    'an opaque token': () => 'opaque',
  }

  it.each(Object.keys(tokenLies))('%s', async (lie) => {
    const agent = new UserAgent()
    const { nonce = '', state = '' } = await leave(agent)
    const claims = claimsWith({ nonce, ...personClaims(name()) })
    const id_token = await tokenLies[lie]?.(claims)
    await provider.answer('/token', { body: { id_token, access_token: 'at' } })
    expectRefusal(await agent.open(callback({ state, code: 'c' })))
  })

  it('another algorithm than the one agreed upon', async () => {
    const pinned = await scriptedSignIn({
      label: 'Scripted',
      accounts: 'create',
      id_token_signed_response_alg: 'RS256',
    })
    expectRefusal(await pinned.signIn(new UserAgent(), personClaims(name())))
  })

  it.each([
    ['no ID token', { body: { access_token: 'at' } }],
    ['an error', { status: 400, body: { error: 'invalid_grant' } }],
    ['a web page', { body: '{}', headers: { 'Content-Type': 'text/html' } }],
    ['half an object', { body: '{', headers: { 'Content-Type': 'application/json' } }],
    ['a redirect', { status: 307, headers: { Location: elsewhere.url('/token') } }],
    ['a bomb', { body: 'x'.repeat(1_000), times: 50_000, gzip: true }],
    ['nothing in time', { delay: 8_000 }],
    ['nothing', { drops: true }],
  ])('a token endpoint that answers %s', async (_what, script) => {
    const agent = new UserAgent()
    const { state = '' } = await leave(agent)
    await provider.answer('/token', script)
    expectRefusal(await agent.open(callback({ state, code: 'c' })))
  })

  it.each([
    ['is about somebody else', { body: personClaims('somebody-else') }],
    ['is about nobody', { body: { email: 'a@b.example', email_verified: true } }],
    ['fails', { status: 500, body: {} }],
    ['is signed', { body: 'e30.e30.e30', headers: { 'Content-Type': 'application/jwt' } }],
    ['leads elsewhere', { status: 302, headers: { Location: elsewhere.url('/userinfo') } }],
  ])('userinfo that %s', async (_what, script) => {
    await provider.answer('/userinfo', script)
    expectRefusal(await signIn(new UserAgent(), { sub: name() }))
  })

  it.each<[string, object]>([
    ['is another issuer’s', { issuer: 'https://another.example' }],
    ['has no endpoints', { token_endpoint: undefined }],
    ['sends browsers to a script', { authorization_endpoint: 'javascript:alert(1)' }],
    ['sends browsers to plain http', { authorization_endpoint: 'http://a.example/' }],
    ['sends browsers to us', { authorization_endpoint: 'http://localhost:8787/oauth2/authorize' }],
  ])('metadata that %s', async (_what, metadata) => {
    const lying = await scriptedSignIn({ label: 'Scripted' }, metadata)
    const agent = new UserAgent()
    const place = await leaveFor(agent, await agent.open('/'), lying.id)
    expectRefusal(place)
  })

  it.each<[string, object]>([
    ['token endpoint', { token_endpoint: 'http://169.254.169.254/token' }],
    ['token endpoint', { token_endpoint: 'http://10.0.0.1/token' }],
    ['token endpoint', { token_endpoint: 'http://localhost:8787/oauth2/token' }],
    ['key set', { jwks_uri: 'http://[::ffff:7f00:1]/keys' }],
    ['key set', { jwks_uri: 'file:///etc/passwd' }],
  ])('a %s within: %j', async (_what, metadata) => {
    const lying = await scriptedSignIn({ label: 'Scripted', accounts: 'create' }, metadata)
    expectRefusal(await lying.signIn(new UserAgent(), personClaims(name())))
  })

  it('an answer of another issuer, and one that does not say whose it is', async () => {
    const mixed = await scriptedSignIn(
      { label: 'Scripted', accounts: 'create' },
      { authorization_response_iss_parameter_supported: true },
    )
    for (const iss of [undefined, 'https://another.example', mixed.provider.url('/')]) {
      const agent = new UserAgent()
      const { nonce, state = '' } = await mixed.leave(agent)
      await mixed.gives(nonce, personClaims(name()))
      const parameters = { state, code: 'c', ...(iss === undefined ? {} : { iss }) }
      expectRefusal(await agent.open(mixed.callback(parameters)))
    }
    expect(await mixed.provider.requests('/token')).toEqual([])
  })

  it('an error that it sends the browser back with', async () => {
    for (const [error, status] of [
      ['access_denied', 400],
      ['server_error', 503],
      ['<script>', 503],
    ] as const) {
      const agent = new UserAgent()
      const { state = '' } = await leave(agent)
      const place = await agent.open(callback({ state, error, code: 'c' }))
      expectRefusal(place, status)
      expect(place.html).not.toContain('<script>')
    }
  })
})

describe('answers that are somebody else’s', () => {
  const expired = (place: Place) =>
    expect({ status: place.status, title: place.title }).toEqual({
      status: 400,
      title: expect.stringContaining('This page has expired'),
    })

  it('a state of another browser', async () => {
    const [agent, other] = [new UserAgent(), new UserAgent()]
    await other.open('/')
    const { nonce, state = '' } = await leave(agent)
    await gives(nonce, personClaims(name()))
    const before = await gains()
    expired(await other.open(callback({ state, code: 'c' })))
    expired(await new UserAgent().open(callback({ state, code: 'c' })))
    expect(await gains()).toEqual(before)
    // The browser that it belongs to has lost nothing by it.
    expect((await agent.open(callback({ state, code: 'c' }))).path).toBe('/')
  })

  it('no state, an empty one, an unknown one, two of them', async () => {
    const agent = new UserAgent()
    const { state = '' } = await leave(agent)
    expired(await agent.open(callback({ code: 'c' })))
    expired(await agent.open(callback({ code: 'c', state: '' })))
    expired(await agent.open(callback({ code: 'c', state: 'A'.repeat(43) })))
    const twice = await agent.open(`${callback({ state, code: 'c' })}&state=${state}`)
    expect(twice.status).toBe(400)
  })

  it('an answer at the address of another provider: its code must not go to this one', async () => {
    const other = await scriptedSignIn({ accounts: 'create' })
    const agent = new UserAgent()
    const { nonce, state = '' } = await leave(agent)
    await gives(nonce, personClaims(name()))
    const [asked, before] = [await provider.requests('/token'), await gains()]
    expired(await agent.open(other.callback({ state, code: 'c' })))
    expect(await provider.requests('/token')).toEqual(asked)
    expect(await other.provider.requests('/token')).toEqual([])
    expect(await gains()).toEqual(before)
  })

  it('an answer replayed', async () => {
    const agent = new UserAgent()
    const { nonce, state = '' } = await leave(agent)
    await gives(nonce, personClaims(name()))
    const back = callback({ state, code: 'c' })
    expect((await agent.open(back)).path).toBe('/')
    const before = await gains()
    expired(await agent.open(back))
    expect(await gains()).toEqual(before)
  })

  it('twenty answers at once: one counts', async () => {
    const agent = new UserAgent()
    const { nonce, state = '' } = await leave(agent)
    await gives(nonce, personClaims(name()))
    const before = (await gains()).map(Number)
    const places = await Promise.all(
      Array.from({ length: 20 }, () => agent.copy().open(callback({ state, code: 'c' }))),
    )
    expect(places.filter(({ path }) => path === '/')).toHaveLength(1)
    expect(await gains()).toEqual(before.map((count) => count + 1))
  })

  it('a code of another sign-in: its token has another nonce', async () => {
    const [agent, thief] = [new UserAgent(), new UserAgent()]
    const { nonce } = await leave(agent)
    const { state = '' } = await leave(thief)
    await gives(nonce, personClaims(name()))
    const before = await gains()
    expectRefusal(await thief.open(callback({ state, code: 'stolen' })))
    expect(await gains()).toEqual(before)
  })

  it('a journey that the browser carries under another state', async () => {
    const agent = new UserAgent()
    const [one, other] = [await leave(agent), await leave(agent)]
    const cookieOf = (state = '') => `postern_journey_${state.slice(0, 12)}_0_8787`
    agent.cookies.set(cookieOf(other.state), agent.cookies.get(cookieOf(one.state)) ?? '')
    await gives(one.nonce, personClaims(name()))
    expired(await agent.open(callback({ state: other.state ?? '', code: 'c' })))
  })

  it('a journey that another browser carries', async () => {
    const [agent, thief] = [new UserAgent(), new UserAgent()]
    await thief.open('/')
    const { nonce, state = '' } = await leave(agent)
    for (const [cookie, value] of agent.cookies) {
      if (cookie.startsWith('postern_journey_')) thief.cookies.set(cookie, value)
    }
    await gives(nonce, personClaims(name()))
    expired(await thief.open(callback({ state, code: 'c' })))
  })

  it('a journey of more than ten minutes', async () => {
    const agent = new UserAgent()
    const { state = '' } = await leave(agent)
    pass(601)
    expired(await agent.open(callback({ state, code: 'c' })))
  })
})

describe('a sign-in page that has been answered meanwhile', () => {
  it('is answered by the person who comes back all the same, for the browser that left', async () => {
    const agent = new UserAgent()
    const page = await agent.open('/')
    const away = await leaveFor(agent, page, 'scripted')
    const { nonce, state = '' } = Object.fromEntries(new URL(away.away ?? '').searchParams)
    await signInAt(agent, page, await registerUser())
    await gives(nonce, personClaims(name()))
    const place = await agent.open(callback({ state, code: 'c' }))
    expect({ status: place.status, title: place.title }).toEqual({
      status: 200,
      title: 'You are signed in · Postern',
    })
  })
})

describe('what is stored and said', () => {
  it('has neither the secret, nor the verifier, nor the state', async () => {
    const agent = await signedIn(await registerUser())
    const away = await agent.submit(
      await agent.open('/account'),
      { provider: 'scripted' },
      { action: '/account/link' },
    )
    const { state = '', nonce = '' } = Object.fromEntries(new URL(away.away ?? '').searchParams)
    const rows = await Promise.all(
      ['providers', 'used_identifiers', 'audit_events'].map((table) =>
        env.DB.prepare(`SELECT * FROM ${table}`).all(),
      ),
    )
    const text = JSON.stringify(rows)
    for (const secret of ['the secret', state, nonce]) expect(text).not.toContain(secret)
  })

  it('is 503 where storage is away', async () => {
    const server = new Server()
    const agent = new UserAgent(server.fetch)
    const { state = '' } = await leave(agent)
    server.plan(({ text }) => (text.includes('used_identifiers') ? 'fails' : null))
    expect((await agent.open(callback({ state, code: 'c' }))).status).toBe(503)
  })
})
