// Refreshing while D1 is away: what a client gets by the records in KV, and what is noted of it.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { callback, codeFor, pass, redeem, registerSpa, registerWebClient } from '../openid/flow.ts'
import { always, noFault, Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { read, refusal } from '../support/http.ts'
import {
  away,
  atHome,
  coldServer,
  cron,
  kept,
  keptGrant,
  offline,
  putBack,
  readAway,
  somebody,
  unavailable,
} from '../support/outage.ts'
import { grantIdOf, grantRow } from '../support/time.ts'
import { grantOf, introspect, refresh, revoke, userinfo } from '../support/tokens.ts'

const client = await registerWebClient()
const { browser } = await somebody()

beforeAll(cron)
afterEach(() => vi.useRealTimers())

const recordOf = (refreshToken: string): string => `grant:${grantIdOf(refreshToken)}`
const whileAway = (refreshToken: string, extra: Record<string, string> = {}, of = client) =>
  readAway(refresh(of, refreshToken, extra, coldServer().fetch))

describe('a refresh while D1 is away', () => {
  it('gets an access token of five minutes and the same refresh token, by a cold isolate', async () => {
    const { access_token, refresh_token } = await keptGrant(client, browser)
    const answer = await whileAway(refresh_token)
    expect(answer).toEqual({
      status: 200,
      retryAfter: null,
      body: {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 300,
        refresh_token,
        scope: offline,
      },
    })
    const { access_token: issued } = Object(answer.body)
    const { exp, iat, jti, ...said } = claimsOf(access_token)
    expect(claimsOf(String(issued))).toEqual({
      ...said,
      exp: Number(claimsOf(String(issued)).iat) + 300,
      iat: expect.any(Number),
      jti: expect.any(String),
    })
    expect([exp, iat, jti].every((claim) => claim !== undefined)).toBe(true)
  })

  it('is answered by a warm isolate, too, without the keys in KV', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const warm = new Server()
    await refresh(client, (await keptGrant(client, browser)).refresh_token, {}, warm.fetch)
    warm.plan(away)
    const keys = await kept('signing-keys')
    await putBack('signing-keys', null)
    const byCold = await whileAway(refresh_token)
    const byWarm = await refresh(client, refresh_token, {}, warm.fetch)
    await putBack('signing-keys', keys)
    expect({ byCold, byWarm: byWarm.status }).toEqual({ byCold: unavailable, byWarm: 200 })
  })

  it('writes one log line, and is counted apart from other answers', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const points: unknown[] = []
    const METRICS = { writeDataPoint: (point: unknown) => points.push(point) }
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await refresh(client, refresh_token, {}, coldServer({ METRICS }).fetch)
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    log.mockRestore()
    expect(lines.filter(({ event }) => event !== 'request')).toEqual([
      expect.objectContaining({
        event: 'refreshed without the database',
        grant_id: grantIdOf(refresh_token),
        client_id: client.client_id,
      }),
    ])
    expect(points).toEqual([
      {
        indexes: [client.client_id],
        blobs: ['/oauth2/token', 'POST', 'without_database'],
        doubles: [200, expect.any(Number)],
      },
    ])
  })

  it('gives a token that counts as every other once D1 is back, and ends with its grant', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const { access_token } = await grantOf(refresh(client, refresh_token, {}, coldServer().fetch))
    const before = (await userinfo(access_token)).status
    await revoke(client, refresh_token)
    const after = await read(await introspect(client, access_token))
    expect({ before, after }).toEqual({
      before: 200,
      after: { status: 200, body: { active: false } },
    })
  })

  it('narrows as ever: less scope is given, and more than was granted is invalid_scope', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const less = await whileAway(refresh_token, { scope: 'openid read' })
    const more = await whileAway(refresh_token, { scope: 'openid email' })
    expect({ less, more: { status: more.status, error: Object(more.body).error } }).toEqual({
      less: {
        status: 200,
        retryAfter: null,
        body: expect.objectContaining({ scope: 'openid read', refresh_token }),
      },
      more: { status: 400, error: 'invalid_scope' },
    })
  })

  it('narrows resources as ever, by what the record knows of them', async () => {
    const [one, two] = ['https://one.example/', 'https://two.example/']
    const asked = { scope: offline, resource: one }
    const code = await codeFor(browser, client, asked)
    const { refresh_token } = await atHome(async (to) => grantOf(redeem(client, code, {}, to)))
    const audience = async (extra: Record<string, string>) => {
      const { access_token } = await grantOf(
        refresh(client, refresh_token, extra, coldServer().fetch),
      )
      return claimsOf(access_token).aud
    }
    expect({
      unnamed: await audience({}),
      named: await audience({ resource: 'https://ONE.example' }),
      other: await refusal(refresh(client, refresh_token, { resource: two }, coldServer().fetch)),
    }).toEqual({ unnamed: one, named: one, other: { status: 400, error: 'invalid_target' } })
  })

  it('does not outlive its grant: the token ends when the refresh token would', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    pass(2_592_000 - 100)
    const { expires_in } = await grantOf(refresh(client, refresh_token, {}, coldServer().fetch))
    expect(expires_in).toBeGreaterThan(90)
    expect(expires_in).toBeLessThanOrEqual(100)
    pass(200)
    expect(await whileAway(refresh_token)).toEqual(unavailable)
  })

  it('ends with the session of a grant that does not outlive it', async () => {
    const { refresh_token } = await keptGrant(client, browser, { scope: 'openid' })
    expect((await whileAway(refresh_token)).status).toBe(200)
    pass(1_209_600 + 60)
    expect(await whileAway(refresh_token)).toEqual(unavailable)
  })
})

describe('D1 that neither answers nor fails', () => {
  it('counts as away after its deadline', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const hanging = coldServer({}, always('never answers', 'DB'))
    const answer = await grantOf(refresh(client, refresh_token, {}, hanging.fetch))
    expect(answer.refresh_token).toBe(refresh_token)
  })
})

describe('a public client', () => {
  it('is answered like any other', async () => {
    const spa = await registerSpa({ trusted: true })
    const { refresh_token } = await keptGrant(spa, browser)
    expect((await whileAway(refresh_token, {}, spa)).status).toBe(200)
  })

  it('can read the answer in a browser, at the origin of its redirect URI alone', async () => {
    const spa = await registerSpa({ trusted: true })
    const { refresh_token } = await keptGrant(spa, browser)
    const readableAt = async (Origin: string) => {
      const answer = await refresh(spa, refresh_token, {}, (request) => {
        request.headers.set('Origin', Origin)
        return coldServer().fetch(request)
      })
      return [answer.status, answer.headers.get('Access-Control-Allow-Origin')]
    }
    const own = new URL(callback).origin
    expect(await readableAt(own)).toEqual([200, own])
    expect(await readableAt('https://other.example')).toEqual([200, null])
  })
})

describe('D1_OUTAGE_REFRESH=off', () => {
  it('puts nothing, and every refresh is 503 while D1 is away', async () => {
    const server = new Server({ D1_OUTAGE_REFRESH: 'off' })
    const code = await codeFor(browser, client, { scope: offline })
    const first = await grantOf(redeem(client, code, {}, server.fetch))
    const { refresh_token } = await grantOf(refresh(client, first.refresh_token, {}, server.fetch))
    await server.cron()
    await server.settled()
    const puts = server.calls.filter(
      ({ method, text }) => method === 'put' && !text.startsWith('rev:'),
    )
    const { refresh_token: other } = await keptGrant(client, browser)
    server.plan(away)
    expect({
      puts,
      answer: await readAway(refresh(client, refresh_token, {}, server.fetch)),
      kept: await readAway(refresh(client, other, {}, server.fetch)),
    }).toEqual({ puts: [], answer: unavailable, kept: unavailable })
    server.plan(noFault)
    expect((await grantRow(refresh_token)).revoked_at).toBe(null)
  })
})

describe('what KV holds', () => {
  it('is of no use to whoever reads it', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const records = await Promise.all(
      [recordOf(refresh_token), `client:${client.client_id}`, 'signing-keys'].map(kept),
    )
    for (const record of records) expect(record).toMatch(/^test\.[\w-]{40,}$/)
  })
})
