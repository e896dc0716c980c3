// Metrics for operators: what is in storage as Prometheus reads it, and a point for each request.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { get, post } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { clientCredentials, grantOf, passwordGrant, revoke } from '../support/tokens.ts'
import { adminToken, send } from './operator.ts'

aDayForEachTest()
const client = await registerClient()
const user = await registerUser()

async function metrics(): Promise<Record<string, number>> {
  const text = await (await admin('GET', '/metrics')).text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' '))),
    ]),
  )
}

describe('GET /admin/v1/metrics', () => {
  it('is text that Prometheus reads: each metric has its help and its type, once', async () => {
    const answer = await admin('GET', '/metrics')
    const text = await answer.text()
    const lines = text.split('\n')
    expect(answer.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text.endsWith('\n')).toBe(true)
    const sample = /^postern_[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? \d+(\.\d+)?$/
    const comment = /^# (HELP postern_[a-z_]+ \S.*|TYPE postern_[a-z_]+ (gauge|counter))$/
    expect(
      lines.filter((line) => line !== '' && !sample.test(line) && !comment.test(line)),
    ).toEqual([])
    const types = lines.flatMap((line) => /^# TYPE (\S+) (\S+)/.exec(line)?.slice(1, 3) ?? [])
    expect(types).toEqual([
      ...['postern_sign_ins_total', 'counter'],
      ...['postern_refused_sign_ins_total', 'counter'],
      ...['postern_grants_with_tokens_total', 'counter'],
      ...['postern_active_users', 'gauge'],
      ...['postern_grants', 'gauge'],
      ...['postern_sessions', 'gauge'],
      ...['postern_revocation_outbox', 'gauge'],
      ...['postern_revocation_outbox_age_seconds', 'gauge'],
      ...['postern_logout_notices', 'gauge'],
      ...['postern_key_age_seconds', 'gauge'],
      ...['postern_database_size_bytes', 'gauge'],
    ])
  })

  it('counts live grants and sessions, and not those that have ended or expired', async () => {
    const before = await metrics()
    const { fetch } = new Server()
    await signedIn(user, fetch)
    const grants = [
      await grantOf(passwordGrant(client, user, {}, fetch)),
      await grantOf(passwordGrant(client, user, {}, fetch)),
    ]
    await revoke(client, grants[0]?.refresh_token ?? '', fetch)
    const after = await metrics()
    const grown = (name: string) => (after[name] ?? 0) - (before[name] ?? 0)
    expect({ grants: grown('postern_grants'), sessions: grown('postern_sessions') }).toEqual({
      grants: 1,
      sessions: 1,
    })
    await env.DB.prepare('UPDATE sessions SET ended_at = 1').run()
    setClock(100 * 86_400_000)
    const later = await metrics()
    expect({ grants: later['postern_grants'], sessions: later['postern_sessions'] }).toEqual({
      grants: 0,
      sessions: 0,
    })
  })

  it('tells what waits for KV and for how long, how old keys are, and how large the database is', async () => {
    await env.DB.prepare(
      "INSERT INTO revocation_outbox (key, revoked_at, expires_at) VALUES ('rev:x', ?1, ?2)",
    )
      .bind(Date.now() / 1000 - 90, Date.now() / 1000 + 90)
      .run()
    const found = await metrics()
    await env.DB.prepare("DELETE FROM revocation_outbox WHERE key = 'rev:x'").run()
    const ages = Object.keys(found).filter((name) => name.startsWith('postern_key_age_seconds{'))
    expect({
      outbox: found['postern_revocation_outbox'],
      age: Math.round(found['postern_revocation_outbox_age_seconds'] ?? 0),
      signing: ages.filter((name) => name.includes('state="signing"')).length,
      isSized: (found['postern_database_size_bytes'] ?? 0) > 10_000,
    }).toEqual({ outbox: 1, age: 90, signing: 2, isSized: true })
  })

  it('counts the sign-ins of today', async () => {
    const server = new Server()
    await signedIn(user, server.fetch)
    await passwordGrant(client, { username: user.username, password: 'x' }, {}, server.fetch)
    await server.settled()
    setClock(180_000)
    await server.cron()
    const found = await metrics()
    expect({
      signIns: found['postern_sign_ins_total'],
      refused: found['postern_refused_sign_ins_total'],
      active: found['postern_active_users'],
    }).toEqual({ signIns: 1, refused: 1, active: 1 })
  })

  it('takes the scope read or settings, and no other', async () => {
    for (const [scope, status] of [
      ['read', 200],
      ['settings', 200],
      ['users', 403],
    ] as const) {
      const body = { name: 'Prometheus', scope, expires_in: 3_600 }
      const { token } = await (await admin('POST', '/tokens', body)).json<{ token: string }>()
      const answer = await send('GET', '/metrics', { Authorization: `Bearer ${token}` })
      expect({ scope, status: answer.status }).toEqual({ scope, status })
    }
    expect((await send('POST', '/metrics', adminToken)).status).toBe(405)
  })
})

describe('METRICS, a dataset of Analytics Engine', () => {
  type Point = { indexes: string[]; blobs: string[]; doubles: number[] }

  function measured(writeDataPoint?: (point: Point) => void) {
    const points: Point[] = []
    const METRICS = { writeDataPoint: writeDataPoint ?? ((point: Point) => points.push(point)) }
    return { points, server: new Server({ METRICS }) }
  }

  it('gets one point for each request: route, method, outcome, and the client as the index', async () => {
    const { points, server } = measured()
    await clientCredentials(client, {}, server.fetch)
    await passwordGrant(client, { ...user, password: 'wrong' }, {}, server.fetch)
    await send('GET', `/users/${user.id}`, adminToken, null, server.fetch)
    await get('/nowhere?with=a-query', {}, server.fetch)
    await get('/oauth2/authorize', {}, server.fetch)
    const known = client.client_id
    expect(points.map(({ indexes, blobs, doubles: [status] }) => [indexes, blobs, status])).toEqual(
      [
        [[known], ['/oauth2/token', 'POST', 'ok'], 200],
        [[known], ['/oauth2/token', 'POST', 'invalid_grant'], 400],
        [['none'], ['/admin/v1/users/:id', 'GET', 'ok'], 200],
        [['none'], ['none', 'GET', 'refused'], 404],
        [['none'], ['/oauth2/authorize', 'GET', 'invalid_request'], 400],
      ],
    )
  })

  it('O19: gets no name, address, path, query or token', async () => {
    const { points, server } = measured()
    const from = (request: Request) => {
      request.headers.set('CF-Connecting-IP', '192.0.2.99')
      return server.fetch(request)
    }
    await signedIn(user, from)
    const { access_token } = await grantOf(passwordGrant(client, user, {}, from))
    await get('/oauth2/userinfo', { Authorization: `Bearer ${access_token}` }, from)
    await post('/oauth2/token', { client_id: user.email, client_secret: 'a' }, {}, from)
    await get(`/${user.username}?code=a-code`, {}, from)
    const text = JSON.stringify(points)
    const secrets = [user.username, user.email, user.password, '192.0.2', access_token, 'a-code']
    expect(points.length).toBeGreaterThan(5)
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
  })

  it('may fail, or be absent: the answer is the same', async () => {
    const { server } = measured(() => {
      throw new Error('no dataset')
    })
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(200)
    expect((await clientCredentials(client, {}, new Server().fetch)).status).toBe(200)
  })
})
