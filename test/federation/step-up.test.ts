// When somebody signed in, as ID tokens state it of people who came from a provider: never later than
// the provider says, or than we know where it says nothing. OpenID Connect Core 2 and 3.1.2.1.
import type { JWTPayload } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { admin, registerUser } from '../support/registry.ts'
import { tokensOf } from '../support/tokens.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  codeOf,
  outcome,
  pass,
  redeem,
  registerWebClient,
  signedIn,
  verifiedIdToken,
  type Extra,
} from '../openid/flow.ts'
import { seconds } from './providers.ts'
import { leaveFor, linksShown, personClaims, scriptedSignIn } from './sign-in.ts'

const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
const client = await registerWebClient()

afterEach(backToNow)

const name = () => `person-${crypto.randomUUID().slice(0, 8)}`

/** The parameters that a browser is sent to the provider with. */
async function leave(agent: UserAgent, login: Place): Promise<Record<string, string>> {
  const away = await leaveFor(agent, login, guild.id)
  return Object.fromEntries(new URL(away.away ?? '').searchParams)
}

/** Answers the sign-in page by way of the provider. */
async function signInBy(agent: UserAgent, login: Place, claims: JWTPayload): Promise<Place> {
  const { nonce, state = '' } = await leave(agent, login)
  await guild.gives(nonce, claims)
  return agent.open(guild.callback({ state, code: 'a code' }))
}

/** The client asks with these parameters, and somebody comes by way of the provider. */
const come = async (agent: UserAgent, extra: Extra, claims: JWTPayload): Promise<Place> =>
  signInBy(agent, await agent.open(authorizePath(client, extra)), claims)

/** What the client is told of when they signed in. */
const authTimeOf = async (place: Place): Promise<unknown> =>
  (await verifiedIdToken(await tokensOf(redeem(client, codeOf(place))))).payload.auth_time

describe('what the provider is asked', () => {
  it.each<[Extra, object]>([
    [{ max_age: '0' }, { prompt: 'login', max_age: '0' }],
    [{ max_age: '600' }, { prompt: 'login', max_age: '600' }],
    [{ prompt: 'login' }, { prompt: 'login', max_age: '0' }],
    [
      { prompt: 'login', max_age: '600' },
      { prompt: 'login', max_age: '0' },
    ],
    [{}, {}],
  ])('is what the client asks of us: %j', async (extra, asked) => {
    const agent = new UserAgent()
    const { prompt, max_age } = await leave(agent, await agent.open(authorizePath(client, extra)))
    expect({ prompt, max_age }).toEqual({ prompt: undefined, max_age: undefined, ...asked })
  })
})

describe('the provider’s auth_time', () => {
  it.each<[string, Extra, number]>([
    ['demanded by max_age', { max_age: '600' }, 300],
    ['demanded by prompt=login, within the leeway of clocks', { prompt: 'login' }, 40],
    ['not demanded', {}, 86_400],
  ])('is what the ID token states: %s', async (_what, extra, age) => {
    const auth_time = seconds() - age
    const place = await come(new UserAgent(), extra, personClaims(name(), { auth_time }))
    expect(await authTimeOf(place)).toBe(auth_time)
  })

  it.each<[string, Extra, number]>([
    ['max_age', { max_age: '600' }, 700],
    ['max_age=0', { max_age: '0' }, 100],
    ['prompt=login', { prompt: 'login' }, 100],
  ])('that is older than %s allows is refused', async (_what, extra, age) => {
    const agent = new UserAgent()
    const claims = personClaims(name(), { auth_time: seconds() - age })
    const place = await come(agent, extra, claims)
    const sessions = place.setCookies.filter((cookie) => cookie.startsWith('postern_session'))
    expect({ status: place.status, text: shownText(place), sessions }).toEqual({
      status: 503,
      text: expect.stringContaining('its answer could not be trusted'),
      sessions: [],
    })
  })

  it.each(['now', -1, true])('that is no instant is refused: %j', async (auth_time) => {
    const place = await come(new UserAgent(), {}, personClaims(name(), { auth_time }))
    expect(place.status).toBe(503)
  })

  it('in the future is no later than now', async () => {
    const claims = personClaims(name(), { auth_time: seconds() + 3_600 })
    const stated = await authTimeOf(await come(new UserAgent(), { max_age: '0' }, claims))
    expect(Number(stated)).toBeLessThanOrEqual(seconds())
  })

  it('that is older than a sign-out everywhere lets in all the same', async () => {
    const who = name()
    const claims = personClaims(who, { auth_time: seconds() - 3_600 })
    await come(new UserAgent(), {}, claims)
    const user = await env.DB.prepare('SELECT id FROM users WHERE username = ?1')
      .bind(who)
      .first<{ id: number }>()
    await admin('POST', `/users/${user?.id}/logout`)
    const place = await come(new UserAgent(), {}, claims)
    expect(await authTimeOf(place)).toBe(claims.auth_time)
  })
})

describe('a provider that tells no auth_time', () => {
  it('is taken at its coming back where none was demanded', async () => {
    const before = seconds()
    const stated = await authTimeOf(await come(new UserAgent(), {}, personClaims(name())))
    expect(Number(stated)).toBeGreaterThanOrEqual(before)
  })

  it.each<Extra>([{ max_age: '0' }, { prompt: 'login' }])(
    'proves no new sign-in: the session states what it did before (%j)',
    async (extra) => {
      const [agent, who] = [new UserAgent(), name()]
      await come(new UserAgent(), {}, personClaims(who))
      pass(1_000)
      const before = await authTimeOf(await come(agent, {}, personClaims(who)))
      pass(1_000)
      const again = await come(agent, extra, personClaims(who))
      expect(await authTimeOf(again)).toBe(before)
    },
  )

  it('proves none in another browser either', async () => {
    const who = name()
    await come(new UserAgent(), {}, personClaims(who))
    const made = seconds()
    pass(1_000)
    const place = await come(new UserAgent(), { max_age: '0' }, personClaims(who))
    expect(Number(await authTimeOf(place))).toBeLessThanOrEqual(made)
  })

  it('is asked again by the next client that demands a sign-in', async () => {
    const [agent, who] = [new UserAgent(), name()]
    await come(agent, {}, personClaims(who))
    pass(1_000)
    await come(agent, { max_age: '0' }, personClaims(who))
    const next = await agent.open(authorizePath(client, { max_age: '500', prompt: 'none' }))
    expect(outcome(next)).toMatchObject({ error: 'login_required' })
  })
})

describe('confirming it at a provider, to link or unlink', () => {
  /** Somebody whose sign-in is not fresh presses Unlink, and is asked. */
  async function asked() {
    const who = name()
    const agent = new UserAgent()
    await guild.signIn(agent, personClaims(who))
    pass(1_000)
    const account = await agent.open('/account')
    const [link] = linksShown(account)
    const login = await agent.submit(account, { link }, { action: '/account/unlink' })
    return { agent, login, claims: () => personClaims(who, { iat: seconds() }) }
  }

  it('asks for a new sign-in there', async () => {
    const { agent, login } = await asked()
    expect(await leave(agent, login)).toMatchObject({ prompt: 'login', max_age: '0' })
  })

  it('counts where the provider says when', async () => {
    const { agent, login, claims } = await asked()
    const back = await signInBy(agent, login, { ...claims(), auth_time: seconds() })
    expect({ path: back.path, text: shownText(back) }).toEqual({
      path: '/account?done=confirmed',
      text: expect.stringContaining('You have confirmed that it’s you'),
    })
  })

  it('counts for nothing where it does not, and says what to do', async () => {
    const { agent, login, claims } = await asked()
    const back = await signInBy(agent, login, claims())
    expect({ path: back.path, text: shownText(back) }).toEqual({
      path: '/account?done=confirmed',
      text: expect.stringContaining('Sign out, sign in again, and try once more'),
    })
  })
})

describe('a password', () => {
  it('proves a new sign-in to a session that a provider began', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await guild.link(agent, personClaims(user.username))
    const visitor = new UserAgent()
    const auth_time = seconds() - 3_600
    await guild.signIn(visitor, personClaims(user.username, { auth_time }))
    const before = seconds()
    const [link = ''] = linksShown(await visitor.open('/account'))
    await visitor.submit(
      await visitor.open('/account'),
      {
        current_password: user.password,
        new_password: crypto.randomUUID(),
        [`keep_${link}`]: 'on',
      },
      { action: '/account/password' },
    )
    const stated = await authTimeOf(await visitor.open(authorizePath(client)))
    expect(Number(stated)).toBeGreaterThanOrEqual(before)
  })
})
