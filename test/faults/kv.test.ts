import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { always, noFault, Server, type Plan } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { claimsOf } from '../support/forge.ts'
import { grantIdOf, grantRow } from '../support/time.ts'
import {
  introspect,
  grantOf,
  passwordGrant,
  refresh,
  revoke,
  signIn,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()
const narrower = { scope: 'openid' }

afterEach(() => vi.useRealTimers())

const serverWith = (plan: Plan): Server => {
  const server = new Server()
  server.plan(plan)
  return server
}
const outboxOf = async (key: string) => {
  const query = 'SELECT key FROM revocation_outbox WHERE key = ?1'
  return (await env.DB.prepare(query).bind(key).all()).results
}

describe.each([
  ['F01, F06: KV throws', always('fails', 'KV')],
  [
    'F02, F40: KV knows nothing (another place, an emptied namespace)',
    always('knows nothing', 'KV'),
  ],
] as [string, Plan][])('%s', (_what, plan) => {
  it('a whole life of a grant goes as if nothing were', async () => {
    const { fetch } = serverWith(plan)
    const first = await grantOf(passwordGrant(client, user, {}, fetch))
    const second = await grantOf(refresh(client, first.refresh_token, narrower, fetch))
    const third = await grantOf(refresh(client, second.refresh_token, narrower, fetch))
    const statuses = [
      (await userinfo(third.access_token, fetch)).status,
      (await refresh(client, third.refresh_token, { scope: 'none' }, fetch)).status,
      (await revoke(client, third.refresh_token, fetch)).status,
      (await userinfo(third.access_token, fetch)).status,
      (await refresh(client, third.refresh_token, {}, fetch)).status,
    ]
    expect(statuses).toEqual([200, 400, 200, 401, 400])
  })
})

describe('F03: KV is behind', () => {
  it('an absent revocation in KV lets nobody in: D1 decides', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    await revoke(client, refresh_token)
    const { fetch } = serverWith(always('knows nothing', 'KV'))
    expect((await userinfo(access_token, fetch)).status).toBe(401)
    expect(await read(await introspect(client, access_token, fetch))).toEqual({
      status: 200,
      body: { active: false },
    })
  })

  it('a revocation that only KV still knows is final (F39: a database from before it)', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    const jti = String(claimsOf(access_token).jti)
    await env.KV.put(`rev:grant:${grantIdOf(refresh_token)}`, '1', { expirationTtl: 60 })
    expect((await userinfo(access_token)).status).toBe(401)
    const other = await signIn(client, user)
    await env.KV.put(`rev:token:${String(claimsOf(other.access_token).jti)}`, '1')
    expect({
      jtiLength: jti.length,
      userinfo: (await userinfo(other.access_token)).status,
    }).toEqual({ jtiLength: 36, userinfo: 401 })
  })
})

describe('F39: that all of a user or client was ended is known to KV alone', () => {
  it.each([
    ['the user', () => `rev:user:${user.sub}`],
    ['the client', () => `rev:client:${client.client_id}`],
  ])('%s: what was issued before is dead, what is issued later lives', async (_whose, key) => {
    const before = await signIn(client, user)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await env.KV.put(key(), String(Date.now() / 1000), { expirationTtl: 60 })
    const after = await signIn(client, user)
    const asked = [before, after].map(({ access_token }) => userinfo(access_token))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([401, 200])
    await env.KV.delete(key())
  })
})

describe('F05, F25: a revocation does not reach KV', () => {
  it.each([
    ['KV refuses it', always('fails', 'KV', 'put')],
    ['KV never answers', always('never answers', 'KV', 'put')],
    ['the worker ends after the commit', ({ method }) => (method === 'batch' ? null : 'fails')],
  ] as [string, Plan][])(
    '%s: 200, refused at once, and cron tells KV later',
    async (_what, plan) => {
      const { access_token, refresh_token } = await signIn(client, user)
      const server = new Server()
      await introspect(client, access_token, server.fetch)
      server.plan(plan)
      expect((await revoke(client, refresh_token, server.fetch)).status).toBe(200)
      await server.settled()
      const key = `rev:grant:${grantIdOf(refresh_token)}`
      expect({ kv: await env.KV.get(key), outbox: await outboxOf(key) }).toEqual({
        kv: null,
        outbox: [{ key }],
      })
      expect((await userinfo(access_token)).status).toBe(401)

      server.plan(noFault)
      await server.cron()
      const { revoked_at } = await grantRow(refresh_token)
      expect({ kv: await env.KV.get(key), outbox: await outboxOf(key) }).toEqual({
        kv: String(revoked_at),
        outbox: [],
      })
    },
  )

  it('one key that KV refuses does not keep the others from it', async () => {
    const grants = [await signIn(client, user), await signIn(client, user)]
    const keys = grants.map(({ refresh_token }) => `rev:grant:${grantIdOf(refresh_token)}`)
    const server = serverWith(always('fails', 'KV', 'put'))
    await Promise.all(
      grants.map(({ refresh_token }) => revoke(client, refresh_token, server.fetch)),
    )
    await server.settled()
    server.plan(({ method, text }) => (method === 'put' && text === keys[0] ? 'fails' : null))
    await server.cron()
    const [refused = '', other = ''] = keys
    expect({ refused: await env.KV.get(refused), other: await env.KV.get(other) }).toEqual({
      refused: null,
      other: expect.any(String),
    })
  })
})

describe('F11: KV does not answer', () => {
  it('after a second D1 answers alone', async () => {
    const { access_token } = await signIn(client, user)
    const server = new Server()
    await userinfo(access_token, server.fetch)
    server.plan(always('never answers', 'KV'))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let status = 0
    const asked = userinfo(access_token, server.fetch).then((answer) => (status = answer.status))
    let seconds = 0
    for (; status === 0 && seconds < 10; seconds += 0.5) {
      await vi.advanceTimersByTimeAsync(500)
      await crypto.subtle.digest('SHA-256', new Uint8Array(1_000_000))
      await env.DB.prepare('SELECT 1').all()
    }
    await asked
    expect({ status, isInTime: seconds <= 3 }).toEqual({ status: 200, isInTime: true })
  })
})
