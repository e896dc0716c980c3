// Requests that end before they are done: the client has gone, the worker was ended, or its CPU time was
// used up. What they leave is the state before their deciding write or after it.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { backToNow, pass } from '../openid/flow.ts'
import { countRows, registerAt } from '../registration/registrant.ts'
import { always, atCall, noFault, Server, type Fault } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { grantRow } from '../support/time.ts'
import { grantOf, passwordGrant, refresh, revoke, signIn } from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()

afterEach(() => {
  backToNow()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('F26: a refresh whose client has gone', () => {
  const calls: [number, Fault][] = [0, 1, 2].flatMap((nth) => [
    [nth, 'never answers'],
    [nth, 'happens and never answers'],
  ])

  it.each(calls)(
    'at call %i, which %s: another request goes on, by one generation',
    async (nth, fault) => {
      const { refresh_token } = await signIn(client, user)
      const server = new Server({ D1_OUTAGE_REFRESH: 'off' })
      server.plan(atCall(nth, fault))
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const abandoned = refresh(client, refresh_token, {}, server.fetch)
      while (server.hanging === 0) await env.DB.prepare('SELECT 1').all()
      const next = await grantOf(refresh(client, refresh_token))
      const row = await grantRow(refresh_token)
      let isOver = false
      void abandoned.then(() => (isOver = true))
      for (let second = 0; !isOver && second < 60; second++) {
        await vi.advanceTimersByTimeAsync(1_000)
        await env.DB.prepare('SELECT 1').all()
      }
      expect({ row, isOver, status: (await refresh(client, next.refresh_token)).status }).toEqual({
        row: expect.objectContaining({ generation: 1, revoked_at: null }),
        isOver: true,
        status: 200,
      })
    },
  )
})

describe('F27: the CPU time of a request is used up while it hashes a password', () => {
  it('the try is counted already, and nobody is let in', async () => {
    const own = await registerUser()
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '1' })
    await passwordGrant(client, user, {}, fetch)
    let end = (_reason: Error): void => {}
    const hash = vi.spyOn(crypto.subtle, 'deriveBits')
    hash.mockImplementation(() => new Promise((_resolve, reject) => (end = reject)))
    const killed = passwordGrant(client, own, {}, fetch)
    await vi.waitUntil(() => hash.mock.calls.length > 0)
    hash.mockRestore()
    const query = 'SELECT COUNT(*) AS grants FROM grants WHERE user_id = ?1'
    expect({
      grants: await env.DB.prepare(query).bind(own.id).first('grants'),
      next: (await passwordGrant(client, own, {}, fetch)).status,
    }).toEqual({ grants: 0, next: 429 })
    end(new Error('Worker exceeded CPU time limit.'))
    expect((await killed).status).toBeGreaterThanOrEqual(500)
  })
})

describe('F07: KV takes no key that expires within a minute', () => {
  it('a revocation that KV hears of late, when few seconds are left, is told all the same', async () => {
    const brief = await registerClient({ access_token_ttl: 5 })
    const { access_token } = await signIn(brief, user)
    const server = new Server()
    server.plan(always('fails', 'KV', 'put'))
    const { status } = await revoke(brief, access_token, server.fetch)
    await server.settled()
    server.plan(noFault)
    const key = `rev:token:${String(claimsOf(access_token)['jti'])}`
    const before = await env.KV.get(key)
    pass(50)
    await server.cron()
    expect({ status, before, after: await env.KV.get(key) }).toEqual({
      status: 200,
      before: null,
      after: expect.any(String),
    })
  })
})

describe('F20: a registration while D1 fails', () => {
  it.each([0, 1, 2, 3])('at its call %i leaves a whole client or none', async (nth) => {
    const server = new Server({ REGISTRATION: 'open' })
    const rows = async () => Object(await countRows()).clients
    const before = await rows()
    server.plan(atCall(nth, 'fails'))
    const app = { client_name: 'An app', redirect_uris: ['https://app.example/cb'] }
    const { status } = await registerAt(server.fetch, app)
    expect({ status, made: (await rows()) - before }).toEqual(
      status === 201 ? { status: 201, made: 1 } : { status: 503, made: 0 },
    )
  })
})
