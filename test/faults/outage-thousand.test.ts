// Refreshing while D1 is away: an outage of minutes, in which a thousand clients refresh at any isolate; then D1 is back.
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { firstRefreshToken } from '../../src/crypto/refresh-token.ts'
import { digestOf, randomSecret } from '../../src/crypto/secret.ts'
import { backToNow, pass, registerSpa, registerWebClient } from '../openid/flow.ts'
import { countIn } from '../support/counted.ts'
import { noFault, Server } from '../support/faults.ts'
import { away, coldServer, cron, home, keptGrant, somebody } from '../support/outage.ts'
import type { TestClient } from '../support/registry.ts'
import { testKeys } from '../support/settings.ts'
import { grantIdOf } from '../support/time.ts'
import { grantOf, refresh } from '../support/tokens.ts'

const thousand = 1_000
const again = 100

const clients = [await registerWebClient(), await registerSpa({ trusted: true })] as const
const { browser } = await somebody()
const models = await Promise.all(clients.map((client) => keptGrant(client, browser)))

beforeAll(cron)
afterEach(backToNow)

const keys = testKeys()

/** A client, and a refresh token that it holds. */
type Holder = { client: TestClient; token: string }

/** Copies grants under ids of their own: cheaper than to sign in so often. */
async function copies(client: TestClient, model: string, count: number): Promise<Holder[]> {
  const made = Array.from({ length: count }, async () => {
    const grantId = randomSecret(16)
    const token = await firstRefreshToken(keys, grantId)
    return { grantId, token, digest: await digestOf(token) }
  })
  const some = await Promise.all(made)
  const row = await env.DB.prepare('SELECT * FROM grants WHERE id = ?1').bind(model).first()
  const own = new Map([
    ['id', `value ->> 'grantId'`],
    ['current_digest', `value ->> 'digest'`],
    ['code_digest', 'NULL'],
  ])
  const names = Object.keys(row ?? {})
  const values = names.map((name) => own.get(name) ?? `grants.${name}`)
  await env.DB.prepare(
    `INSERT INTO grants (${names.join(', ')}) SELECT ${values.join(', ')}
     FROM grants, json_each(?1) WHERE grants.id = ?2`,
  )
    .bind(JSON.stringify(some), model)
    .run()
  return some.map(({ token }) => ({ client, token }))
}

const lanes = 20

/** Refreshes for all, some at a time, each at the server that `at` chooses. */
async function all(holders: readonly Holder[], at: (index: number) => Server): Promise<Holder[]> {
  const refreshed: Holder[] = []
  for (let from = 0; from < holders.length; from += lanes) {
    const some = holders.slice(from, from + lanes).map(async ({ client, token }, index) => {
      const answer = refresh(client, token, {}, at(from + index).fetch)
      return { client, token: (await grantOf(answer)).refresh_token }
    })
    refreshed.push(...(await Promise.all(some)))
  }
  return refreshed
}

const tokensOf = (holders: readonly Holder[]) => holders.map(({ token }) => token)

it(
  'an outage of minutes: a thousand clients refresh, at cold isolates and warm ones',
  { timeout: 240_000 },
  async (context) => {
    const made = clients.map((client, index) =>
      copies(client, grantIdOf(models[index]?.refresh_token ?? ''), thousand / clients.length),
    )
    const holders = (await Promise.all(made)).flat()
    home.plan(noFault)
    const before = await all(holders, () => home)
    await home.settled()
    // Ten isolates: some have served before, and some begin while D1 is away.
    const isolates = Array.from({ length: 10 }, (_, index) =>
      index < 5 ? new Server() : coldServer(),
    )
    for (const isolate of isolates.slice(0, 5)) {
      const [client] = clients
      await refresh(client, (await keptGrant(client, browser)).refresh_token, {}, isolate.fetch)
      await isolate.settled()
      isolate.plan(away)
    }
    const isolateOf = (index: number): Server => isolates[index % isolates.length] ?? home
    const during = await all(before, isolateOf)
    pass(290)
    // Some come once more: they gain nothing, and lose nothing.
    const later = await all(during.slice(0, again), (index) => isolateOf(index + 1))
    expect({ during: tokensOf(during), later: tokensOf(later) }).toEqual({
      during: tokensOf(before),
      later: tokensOf(before.slice(0, again)),
    })
    // Nothing but reads, and the notes of the answers, in KV alone.
    const calls = isolates.flatMap(({ calls }) => calls)
    expect(calls.filter(({ binding, method }) => binding === 'KV' && method === 'put').length).toBe(
      thousand + again,
    )

    pass(290)
    const after = await all(during, () => home)
    await home.settled()
    const ids = JSON.stringify(tokensOf(after).map(grantIdOf))
    const { results } = await env.DB.prepare(
      `SELECT generation, revoked_at IS NOT NULL AS revoked, COUNT(*) AS grants FROM grants
     WHERE id IN (SELECT value FROM json_each(?1)) GROUP BY 1, 2`,
    )
      .bind(ids)
      .all()
    expect(results).toEqual([{ generation: 2, revoked: 0, grants: thousand }])
    countIn(context, { 'refreshes without the database': thousand + again })
  },
)
