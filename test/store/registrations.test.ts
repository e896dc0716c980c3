// Registrations of clients in D1, and the initial access tokens for them: when a token counts, how many
// registrations an address has, and that a refusal writes nothing.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Admission, Client, RegistrationToken } from '../../src/core/clients/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newClient, now } from '../support/records.ts'

const { registrations, clients } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}
const tokenOf = (facts: Partial<RegistrationToken> = {}): RegistrationToken => ({
  id: randomSecret(16),
  digest: randomSecret(),
  label: 'a label',
  scope: null,
  redirectHosts: null,
  grantTypes: null,
  maxUses: 2,
  uses: 0,
  createdAt: now,
  expiresAt: now + 100,
  lastUsedAt: null,
  ...facts,
})
async function stored(facts: Partial<RegistrationToken> = {}): Promise<RegistrationToken> {
  const token = tokenOf(facts)
  expect(await registrations.createToken(token, audit())).toEqual(token)
  return token
}
const admissionOf = (facts: Partial<Admission> = {}): Admission => ({
  tokenId: null,
  address: randomSecret(),
  perAddress: 100,
  ...facts,
})
const register = (
  admission: Admission,
  facts: { at?: number; client?: Client; requestId?: string } = {},
) => {
  const { at = now, client = newClient(), requestId = 'a request' } = facts
  return registrations.register(client, admission, { ...audit(requestId), at })
}
const windowOf = ({ address }: Admission) =>
  env.DB.prepare('SELECT tries, window_started_at FROM sign_in_attempts WHERE bucket = ?1')
    .bind(`registration:${address}`)
    .first()
const [registered, refused] = [{ outcome: 'registered' }, { outcome: 'token refused' }]

describe('An initial access token', () => {
  it('is found by its digest until it expires, and by its id for ever', async () => {
    await stored()
    const token = await stored()
    await stored()
    expect({
      found: await registrations.findToken(token.digest, now + 99.999),
      expired: await registrations.findToken(token.digest, now + 100),
      unknown: await registrations.findToken('none', now),
      shown: await registrations.showToken(token.id),
      unknownId: await registrations.showToken('none'),
    }).toEqual({ found: token, expired: null, unknown: null, shown: token, unknownId: null })
  })

  it.each([
    ['has a use left', 2, 1, true],
    ['has none left', 2, 2, false],
    ['may be used as often as wanted', null, 1000, true],
  ])('counts where it %s', async (_what, maxUses, uses, counts) => {
    const token = await stored({ maxUses, uses })
    const found = await registrations.findToken(token.digest, now)
    const admission = admissionOf({ tokenId: token.id })
    expect({ found, registration: await register(admission) }).toEqual(
      counts ? { found: token, registration: registered } : { found: null, registration: refused },
    )
  })

  it('that is made a second time is the first one, with one event', async () => {
    const token = await stored()
    const [first, second] = [randomSecret(), randomSecret()]
    const other = tokenOf()
    await registrations.createToken(other, audit(first))
    const retry = { ...token, label: 'another label', digest: randomSecret() }
    expect({
      again: await registrations.createToken(retry, audit(second)),
      shown: await registrations.showToken(token.id),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
    }).toEqual({ again: token, shown: token, events: 1, eventsOfAgain: 0 })
  })

  it('is listed in the order of ids, page by page', async () => {
    await run('DELETE FROM registration_tokens')
    const tokens = []
    for (const id of ['c', 'a', 'b']) tokens.push(await stored({ id }))
    const [c, a, b] = tokens
    expect({
      first: await registrations.listTokens(2, ''),
      last: await registrations.listTokens(2, 'b'),
    }).toEqual({
      first: { items: [a, b], nextCursor: 'b' },
      last: { items: [c], nextCursor: null },
    })
  })

  it('is deleted alone, once, with an event', async () => {
    const [token, other] = [await stored(), await stored()]
    const [first, second] = [randomSecret(), randomSecret()]
    expect({
      isDeleted: await registrations.deleteToken(token.id, audit(first)),
      again: await registrations.deleteToken(token.id, audit(second)),
      token: await registrations.showToken(token.id),
      other: await registrations.showToken(other.id),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
    }).toEqual({
      ...{ isDeleted: true, again: false, token: null, other },
      ...{ events: 1, eventsOfAgain: 0 },
    })
  })
})

describe('A registration', () => {
  it('adds the client, uses its token alone and its address alone, and is an event', async () => {
    const [token, other] = [await stored(), await stored()]
    const plain = newClient()
    const client = { ...plain, metadata: { ...plain.metadata, access_token_ttl: 77 } }
    const [admission, requestId] = [admissionOf({ tokenId: token.id }), randomSecret()]
    expect(await register(admission, { client, requestId, at: now + 1 })).toEqual(registered)
    const lifetime = 'SELECT access_token_lifetime FROM clients WHERE id = ?1'
    expect({
      client: await clients.find(client.id),
      lifetime: await env.DB.prepare(lifetime).bind(client.id).first('access_token_lifetime'),
      token: await registrations.showToken(token.id),
      other: await registrations.showToken(other.id),
      window: await windowOf(admission),
      events: await eventsOf(requestId),
    }).toEqual({
      client,
      lifetime: 77,
      token: { ...token, uses: 1, lastUsedAt: now + 1 },
      other,
      window: { tries: 1, window_started_at: now + 1 },
      events: 1,
    })
  })

  it('has no lifetime of its own where its metadata names none', async () => {
    const client = newClient()
    await register(admissionOf(), { client })
    const query = 'SELECT access_token_lifetime AS lifetime FROM clients WHERE id = ?1'
    expect(await env.DB.prepare(query).bind(client.id).first()).toEqual({ lifetime: null })
  })

  it.each([
    ['is none', 'none', {}],
    ['is none although there are others', 'another', {}],
    ['has expired', null, { expiresAt: now }],
  ])('is refused where its token %s, and writes nothing', async (_what, id, facts) => {
    await stored()
    const token = await stored(facts)
    const client = newClient()
    const [admission, requestId] = [admissionOf({ tokenId: id ?? token.id }), randomSecret()]
    expect(await register(admission, { client, requestId })).toEqual(refused)
    expect({
      client: await clients.find(client.id),
      token: await registrations.showToken(token.id),
      window: await windowOf(admission),
      events: await eventsOf(requestId),
    }).toEqual({ client: null, token, window: null, events: 0 })
  })

  it('counts against its address, which has another one when the hour is over', async () => {
    const token = await stored({ maxUses: 100 })
    const admission = admissionOf({ perAddress: 2, tokenId: token.id })
    const at = async (seconds: number) => ({
      outcome: await register(admission, { at: now + seconds - 10_000 }),
      window: await windowOf(admission),
    })
    const [start, next] = [now - 10_000, now - 6_400]
    const throttled = { outcome: 'throttled', retryAt: next }
    expect({
      first: await at(0),
      second: await at(10),
      third: await at(20),
      lastSecond: await at(3_599),
      nextHour: await at(3_600),
    }).toEqual({
      first: { outcome: registered, window: { tries: 1, window_started_at: start } },
      second: { outcome: registered, window: { tries: 2, window_started_at: start } },
      third: { outcome: throttled, window: { tries: 2, window_started_at: start } },
      lastSecond: { outcome: throttled, window: { tries: 2, window_started_at: start } },
      nextHour: { outcome: registered, window: { tries: 1, window_started_at: next } },
    })
    expect(await register(admissionOf({ perAddress: 1 }))).toEqual(registered)
    expect(await registrations.showToken(token.id)).toMatchObject({ uses: 3 })
  })

  it('is not throttled by a window that began further ahead than it is long', async () => {
    const admission = admissionOf({ perAddress: 1 })
    await register(admission, { at: now + 3_600 })
    expect({
      withinItsLength: await register(admission, { at: now + 0.001 }),
      furtherAhead: await register(admission, { at: now }),
    }).toEqual({
      withinItsLength: { outcome: 'throttled', retryAt: now + 7_200 },
      furtherAhead: registered,
    })
  })

  it('whose token is refused is told so where its address has registrations left', async () => {
    const admission = admissionOf({ perAddress: 2 })
    await register(admission)
    expect(await register({ ...admission, tokenId: 'none' })).toEqual(refused)
  })

  it('with an unknown outcome is made where the client is there, and has failed where not', async () => {
    const server = new Server()
    const store = openStore(server.env).registrations
    await register(admissionOf())
    server.plan(atCall(0, 'fails after the commit'))
    expect(await store.register(newClient(), admissionOf(), audit())).toEqual(registered)
    server.plan(atCall(0, 'fails'))
    await expect(store.register(newClient(), admissionOf(), audit())).rejects.toMatchObject({
      status: 503,
    })
  })
})
