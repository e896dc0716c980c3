import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { codeFor, redeem, registerWebClient, signedIn } from '../openid/flow.ts'
import { always, atCall, Server, type Fault } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { patchUser, registerClient, registerUser } from '../support/registry.ts'
import { grantRow } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  passwordGrant,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()

afterEach(() => vi.useRealTimers())

/**
 * A server that has served before: its keys and clients are known. What KV makes of a refresh while D1 is
 * away is in outage.test.ts.
 */
async function warm(): Promise<Server> {
  const server = new Server({ D1_OUTAGE_REFRESH: 'off' })
  const { access_token } = await tokensOf(clientCredentials(client, {}, server.fetch))
  await introspect(client, access_token, server.fetch)
  return server
}

const unavailable = {
  status: 503,
  body: expect.objectContaining({ error: 'temporarily_unavailable' }),
}

describe('F09, F10: the commit of a rotation and the word of it', () => {
  it('not applied: 503, and the old token is still good', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    server.plan(atCall(0, 'fails'))
    expect(await read(await refresh(client, refresh_token, {}, server.fetch))).toEqual(unavailable)
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 0 })
  })

  it('applied, and the word was lost: the row tells whose it was, and the answer is given', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    server.plan(atCall(0, 'fails after the commit'))
    const { refresh_token: successor } = await grantOf(
      refresh(client, refresh_token, {}, server.fetch),
    )
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 1 })
    expect((await refresh(client, successor)).status).toBe(200)
  })

  it('applied, and the row cannot be read either: 503, and a plain retry gets the successor', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    server.plan((_call, nth) => (nth === 0 ? 'fails after the commit' : nth === 1 ? 'fails' : null))
    expect(await read(await refresh(client, refresh_token, {}, server.fetch))).toEqual(unavailable)
    const retry = await grantOf(refresh(client, refresh_token, {}, server.fetch))
    expect(await grantRow(retry.refresh_token)).toMatchObject({ generation: 1, revoked_at: null })
  })

  it('not applied, and another was faster before the row was read: the same successor', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    let others = ''
    server.plan(async (_call, nth) => {
      if (nth === 1) others = (await grantOf(refresh(client, refresh_token))).refresh_token
      return nth === 0 ? 'fails' : null
    })
    const mine = await grantOf(refresh(client, refresh_token, {}, server.fetch))
    expect({ refreshToken: mine.refresh_token, grant: await grantRow(refresh_token) }).toEqual({
      refreshToken: others,
      grant: expect.objectContaining({ generation: 1, revoked_at: null }),
    })
  })

  it('applied, and revoked before the row was read: nothing is given out', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    server.plan(async (_call, nth) => {
      if (nth === 1) await revoke(client, refresh_token)
      return nth === 0 ? 'fails after the commit' : null
    })
    const answer = await refresh(client, refresh_token, {}, server.fetch)
    if (answer.status === 200) {
      const { access_token } = await grantOf(answer)
      expect((await userinfo(access_token)).status).toBe(401)
    }
    expect((await refresh(client, refresh_token)).status).toBe(400)
  })
})

describe('F10, F24: the commit of a code exchange and the word of it', async () => {
  const browser = await signedIn(user)

  /** A server that knows the client, and a code that nobody has used. */
  async function ready() {
    const server = await warm()
    const webClient = await registerWebClient()
    await redeem(webClient, 'no code', {}, server.fetch)
    return { server, webClient, code: await codeFor(browser, webClient) }
  }

  it('not applied: 503, and the code is still good', async () => {
    const { server, webClient, code } = await ready()
    server.plan(atCall(0, 'fails'))
    expect(await read(await redeem(webClient, code, {}, server.fetch))).toEqual(unavailable)
    expect((await redeem(webClient, code)).status).toBe(200)
  })

  it('applied, and the word was lost: the row tells whose it was, and the answer is given', async () => {
    const { server, webClient, code } = await ready()
    server.plan(atCall(0, 'fails after the commit'))
    const { access_token } = await tokensOf(redeem(webClient, code, {}, server.fetch))
    expect((await userinfo(access_token)).status).toBe(200)
  })

  it('applied, and the row cannot be read either: 503, and a retry is a replay that nobody gains by', async () => {
    const { server, webClient, code } = await ready()
    server.plan((_call, nth) => (nth === 0 ? 'fails after the commit' : nth === 1 ? 'fails' : null))
    expect(await read(await redeem(webClient, code, {}, server.fetch))).toEqual(unavailable)
    expect((await redeem(webClient, code)).status).toBe(400)
    const query = 'SELECT COUNT(*) AS live FROM grants WHERE client_id = ?1 AND revoked_at IS NULL'
    expect(await env.DB.prepare(query).bind(webClient.client_id).first('live')).toBe(0)
  })

  it.each([0, 1, 2])('whichever call fails (%i), what is answered is true', async (nth) => {
    const { server, webClient, code } = await ready()
    server.plan(atCall(nth, 'fails'))
    const answer = await redeem(webClient, code, {}, server.fetch)
    await server.settled()
    expect([200, 503]).toContain(answer.status)
  })
})

describe('F08: D1 fails while a client is looked up', () => {
  it('a client that is remembered goes on meanwhile, an unknown one hears 503', async () => {
    const server = await warm()
    server.plan(always('fails', 'DB'))
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(200)
    const other = await registerClient()
    expect(await read(await clientCredentials(other, {}, server.fetch))).toEqual(unavailable)
  })

  it('a wrong secret is not called wrong while nobody can tell', async () => {
    const server = await warm()
    server.plan(always('fails', 'DB'))
    const rotated = { ...client, client_secret: 'another secret' }
    expect(await read(await clientCredentials(rotated, {}, server.fetch))).toEqual(unavailable)
  })
})

describe('F11: D1 does not answer', () => {
  /** The status of an answer and the seconds it took, by a clock that we turn. */
  async function timed(ask: () => Promise<Response>): Promise<{ status: number; seconds: number }> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let status = 0
    const asked = ask().then((answer) => (status = answer.status))
    let seconds = 0
    for (; status === 0 && seconds < 60; seconds++) {
      await vi.advanceTimersByTimeAsync(1000)
      await crypto.subtle.digest('SHA-256', new Uint8Array(1_000_000))
      await env.DB.prepare('SELECT 1').all()
    }
    await asked
    return { status, seconds }
  }

  it.each([
    ['a refresh', (token: string, to: Server) => refresh(client, token, {}, to.fetch)],
    ['an introspection', (token: string, to: Server) => introspect(client, token, to.fetch)],
    ['a revocation', (token: string, to: Server) => revoke(client, token, to.fetch)],
  ])('%s ends by its own deadline with 503', async (_what, ask) => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    server.plan(always('never answers', 'DB'))
    const { status, seconds } = await timed(() => ask(refresh_token, server))
    expect({ status, isInTime: seconds <= 7 }).toEqual({ status: 503, isInTime: true })
  })

  it('a write that may have happened is not done a second time', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = await warm()
    server.plan(always('never answers', 'DB'))
    await timed(() => refresh(client, refresh_token, {}, server.fetch))
    expect(server.calls.map(({ method }) => method)).toEqual(['batch', 'all'])
  })
})

describe('the password grant and a lost word', () => {
  it.each<[Fault, number]>([
    ['fails', 0],
    ['fails after the commit', 0],
    ['fails', 1],
    ['fails after the commit', 1],
  ])('%s at batch %i: 503, and the next try gets in', async (fault, nth) => {
    const own = await registerUser()
    const server = await warm()
    server.plan(atCall(nth, fault))
    expect(await read(await passwordGrant(client, own, {}, server.fetch))).toEqual(unavailable)
    expect((await passwordGrant(client, own)).status).toBe(200)
  })

  it('disabled while the password was hashed: invalid_grant, and no grant', async () => {
    const own = await registerUser()
    const server = await warm()
    server.plan(async (_call, nth) => {
      if (nth === 1) await patchUser(own, { disabled: true })
      return null
    })
    expect((await passwordGrant(client, own, {}, server.fetch)).status).toBe(400)
    const query = 'SELECT id FROM grants WHERE user_id = ?1'
    expect((await env.DB.prepare(query).bind(own.id).all()).results).toEqual([])
  })

  it('the password changed while the old one was hashed: invalid_grant', async () => {
    const own = await registerUser()
    const server = await warm()
    server.plan(async (_call, nth) => {
      if (nth === 1) await patchUser(own, { password: crypto.randomUUID() })
      return null
    })
    expect((await passwordGrant(client, own, {}, server.fetch)).status).toBe(400)
  })
})

describe('F36: the Rate Limiting binding', () => {
  const production = (SIGN_IN_FILTER?: object) =>
    new Server({
      DEVELOPMENT: undefined,
      INSECURE_LOOPBACK_PROVIDERS: undefined,
      ISSUER: 'https://id.example',
      PASSWORD_TRIES_PER_ACCOUNT: '1',
      SIGN_IN_FILTER,
    })

  it.each([
    ['is absent', undefined],
    ['throws', { limit: () => Promise.reject(new Error('no limiter')) }],
    ['admits everybody', { limit: () => Promise.resolve({ success: true }) }],
  ])('%s: D1 still counts the tries of the account', async (_what, filter) => {
    const { fetch } = production(filter)
    const own = await registerUser()
    const wrong = { ...own, password: 'a wrong password' }
    expect((await passwordGrant(client, wrong, {}, fetch)).status).toBe(400)
    expect((await passwordGrant(client, own, {}, fetch)).status).toBe(429)
  })

  it('refuses: 429 without any look into D1', async () => {
    const server = production({ limit: () => Promise.resolve({ success: false }) })
    await clientCredentials(client, {}, server.fetch)
    server.calls = []
    expect((await passwordGrant(client, user, {}, server.fetch)).status).toBe(429)
    expect(server.calls).toEqual([])
  })
})

describe('F37: isolates come and go', () => {
  it('many users at once in one isolate: each gets what is his own', async () => {
    const server = await warm()
    const users = await Promise.all(Array.from({ length: 8 }, () => registerUser()))
    const subjects = await Promise.all(
      users.map(async (one) => {
        const { access_token } = await grantOf(passwordGrant(client, one, {}, server.fetch))
        return Object(await (await userinfo(access_token, server.fetch)).json()).sub
      }),
    )
    expect(subjects).toEqual(users.map(({ sub }) => sub))
  })

  it('what one isolate began every other continues', async () => {
    let { refresh_token } = await signIn(client, user)
    for (let step = 0; step < 5; step++) {
      refresh_token = (await grantOf(refresh(client, refresh_token, {}, new Server().fetch)))
        .refresh_token
    }
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 5 })
  })
})
