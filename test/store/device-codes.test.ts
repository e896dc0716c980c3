// Requests of devices in D1: whose decision counts, and which poll becomes the grant. RFC 8628. Each
// fact is set by hand, so that no other rule stands in for the one that is shown.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type {
  DeviceDecision,
  DevicePoll,
  NewDeviceRequest,
} from '../../src/core/authorization/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, newSession, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, sessions, deviceCodes } = openStore(env)

const row = (digest: string) =>
  env.DB.prepare('SELECT * FROM device_codes WHERE digest = ?1').bind(digest).first()
const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}

const user = await storeUser(userAdministration)
async function someClient(): Promise<string> {
  const client = newClient()
  await clients.create(client, audit())
  return client.id
}
const clientId = await someClient()
const otherClient = await someClient()

const requestOf = (facts: Partial<NewDeviceRequest> = {}): NewDeviceRequest => ({
  digest: randomSecret(),
  userCodeDigest: randomSecret(),
  clientId,
  scope: 'openid read',
  resource: [],
  authorizationDetails: null,
  address: randomSecret(),
  userAgent: null,
  createdAt: now,
  expiresAt: now + 600,
  pollInterval: 5,
  ...facts,
})
const limit = { most: 2, window: 100 }
async function request(facts: Partial<NewDeviceRequest> = {}): Promise<NewDeviceRequest> {
  const made = requestOf(facts)
  expect(await deviceCodes.request(made, limit, [])).toEqual({ outcome: 'stored' })
  return made
}

async function decisionOf(
  { userCodeDigest }: NewDeviceRequest,
  facts: Partial<DeviceDecision> = {},
): Promise<DeviceDecision> {
  const session = newSession(user)
  await sessions.begin(session, { user, provedBuckets: [] }, audit())
  return {
    userCodeDigests: ['none', userCodeDigest],
    clientId,
    decision: 'allowed',
    userId: user.id,
    sessionId: session.id,
    authTime: now,
    amr: 'pwd',
    acr: 'an acr',
    scope: 'openid',
    now: now + 10,
    ...facts,
  }
}

const pollOf = ({ digest }: NewDeviceRequest, facts: Partial<DevicePoll> = {}): DevicePoll => {
  const { userId: _, ...grant } = newGrant({ userId: user.id, clientId }, { createdAt: now + 20 })
  return { ...grant, digest, consentResources: [], ...facts }
}
const poll = async (of: DevicePoll, requestId = 'a request') =>
  deviceCodes.poll(of, audit(requestId))

describe('The requests of an address', () => {
  it('are as many as the limit says, in its window, of that address alone', async () => {
    const address = randomSecret()
    const at = (createdAt: number, of = address) =>
      deviceCodes.request(requestOf({ address: of, createdAt }), limit, [])
    expect({
      first: await at(now),
      second: await at(now + 10),
      otherAddress: await at(now + 20, randomSecret()),
      third: await at(now + 20),
      beforeFirstEnds: await at(now + 99.999),
      whenFirstEnds: await at(now + 100),
      beforeSecondEnds: await at(now + 101),
    }).toEqual({
      first: { outcome: 'stored' },
      second: { outcome: 'stored' },
      otherAddress: { outcome: 'stored' },
      third: { outcome: 'throttled', retryAt: now + 100 },
      beforeFirstEnds: { outcome: 'throttled', retryAt: now + 100 },
      whenFirstEnds: { outcome: 'stored' },
      beforeSecondEnds: { outcome: 'throttled', retryAt: now + 110 },
    })
  })

  it('do not count from so far ahead that the clock was set back', async () => {
    const address = randomSecret()
    for (const createdAt of [now + 200, now + 200]) await request({ address, createdAt })
    expect(await deviceCodes.request(requestOf({ address }), limit, [])).toEqual({
      outcome: 'stored',
    })
  })

  it('that have a user code that is taken are not stored', async () => {
    const { userCodeDigest } = await request()
    const second = requestOf({ userCodeDigest })
    expect(await deviceCodes.request(second, limit, [])).toEqual({ outcome: 'taken' })
    expect(await row(second.digest)).toBe(null)
  })
})

describe('A user code that is typed', () => {
  const limits = { perAccount: 2, perAccountEverywhere: 50, perAddress: 50, window: 900 }
  const guessOf = () => ({ nameDigest: randomSecret(), address: randomSecret() })

  it('is found while nobody has decided and it has not expired, and is no guess', async () => {
    const [made, decided] = [await request(), await request()]
    await run("UPDATE device_codes SET decision = 'denied' WHERE digest = ?1", decided.digest)
    const guess = guessOf()
    const find = async ({ userCodeDigest }: NewDeviceRequest, at: number) =>
      (await deviceCodes.find([userCodeDigest], guess, at, limits)).outcome
    const found = []
    for (const at of [1, 2, 3, 599.999]) found.push(await find(made, now + at))
    expect(found).toEqual(['found', 'found', 'found', 'found'])
    expect({
      decided: await find(decided, now + 600),
      expired: await find(made, now + 600),
      again: await find(made, now + 600),
    }).toEqual({ decided: 'unknown', expired: 'unknown', again: 'throttled' })
  })

  it('that is right is told no more beyond the limit of guesses', async () => {
    const { userCodeDigest } = await request()
    const guess = guessOf()
    for (const at of [1, 2]) await deviceCodes.find(['none'], guess, now + at, limits)
    expect(await deviceCodes.find([userCodeDigest], guess, now + 3, limits)).toEqual({
      outcome: 'throttled',
      retryAt: now + 901,
    })
  })
})

describe('A decision', () => {
  it('is noted once, with who decided and how they had signed in, of this request alone', async () => {
    const [made, other] = [await request(), await request()]
    const decision = await decisionOf(made)
    const [first, second] = [randomSecret(), randomSecret()]
    const changed = { ...decision, decision: 'denied' as const, now: now + 11 }
    expect({
      decided: await deviceCodes.decide(decision, audit(first)),
      again: await deviceCodes.decide(changed, audit(second)),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
    }).toEqual({ decided: 'allowed', again: 'allowed', events: 1, eventsOfAgain: 0 })
    expect(await row(made.digest)).toMatchObject({
      decision: 'allowed',
      decided_at: now + 10,
      user_id: user.id,
      session_id: decision.sessionId,
      auth_time: now,
      amr: 'pwd',
      acr: 'an acr',
      scope: 'openid',
    })
    expect(await row(other.digest)).toMatchObject({ decision: null, scope: 'openid read' })
  })

  it.each<[string, Partial<DeviceDecision>]>([
    ['for another client', { clientId: 'another' }],
    ['after its expiry', { now: now + 600 }],
    ['in a session that is none', { sessionId: 'none' }],
    ['in a session that has expired', { now: now + 1000 }],
  ])('%s is none', async (_what, facts) => {
    const made = await request(facts.now === now + 1000 ? { expiresAt: now + 2000 } : {})
    const requestId = randomSecret()
    const decision = await decisionOf(made, facts)
    expect(await deviceCodes.decide(decision, audit(requestId))).toBe(null)
    expect(await eventsOf(requestId)).toBe(0)
    expect(await row(made.digest)).toMatchObject({ decision: null })
  })

  it('of another user is not told', async () => {
    const made = await request()
    await deviceCodes.decide(await decisionOf(made), audit())
    const theirs = await decisionOf(made, { userId: user.id + 1000 })
    expect(await deviceCodes.decide(theirs, audit())).toBe(null)
  })

  it('is noted beside the consents if it allows, and takes away nothing that stands there', async () => {
    const own = await someClient()
    const consents = async () => {
      const query = `SELECT user_id, resource, scope, granted_at FROM resource_consents
        WHERE client_id = ?1 ORDER BY resource`
      return (await env.DB.prepare(query).bind(own).all()).results
    }
    const denied = await request({ clientId: own })
    await deviceCodes.decide(
      await decisionOf(denied, { clientId: own, decision: 'denied' }),
      audit(),
    )
    expect(await consents()).toEqual([])
    const resources = ['https://a.example', 'https://b.example']
    for (const resource of [[], resources]) {
      const made = await request({ clientId: own, resource })
      await deviceCodes.decide(await decisionOf(made, { clientId: own }), audit())
    }
    const later = await request({ clientId: own })
    await deviceCodes.decide(await decisionOf(later, { clientId: own, now: now + 99 }), audit())
    const noted = { user_id: user.id, scope: '', granted_at: now + 10 }
    expect(await consents()).toEqual(['', ...resources].map((resource) => ({ ...noted, resource })))
  })
})

describe('A poll before a decision', () => {
  const pending = async (of: NewDeviceRequest, at: number) => {
    const outcome = await poll(pollOf(of, { createdAt: now + at }))
    const { poll_interval, polled_at } = (await row(of.digest)) ?? {}
    return { ...outcome, poll_interval, polled_at: Number(polled_at) - now }
  }
  const of = (tooSoon: boolean, poll_interval: number, polled_at: number) => ({
    outcome: 'pending',
    tooSoon,
    poll_interval,
    polled_at,
  })

  it('too soon adds five seconds to the interval, and half a second is none', async () => {
    const [made, other] = [await request(), await request()]
    const polls = []
    for (const at of [1, 5.5, 9.75, 19.25]) polls.push(await pending(made, at))
    expect(polls).toEqual([
      of(false, 5, 1),
      of(false, 5, 5.5),
      of(true, 10, 9.75),
      of(false, 10, 19.25),
    ])
    expect(await row(other.digest)).toMatchObject({ poll_interval: 5, polled_at: null })
  })

  it('is noted no more at the longest interval where it is too soon', async () => {
    const made = await request({ pollInterval: 600, expiresAt: now + 5000 })
    expect({
      first: await pending(made, 1),
      tooSoon: await pending(made, 2),
      late: await pending(made, 1000),
    }).toEqual({
      first: of(false, 600, 1),
      tooSoon: of(false, 600, 1),
      late: of(false, 600, 1000),
    })
  })

  it('is unknown where there is no request', async () => {
    expect(await poll(pollOf(requestOf()))).toEqual({ outcome: 'unknown' })
  })
})

describe('A poll after a decision', () => {
  /** A request that was allowed, and the decision. */
  async function allowed(facts: Partial<DeviceDecision> = {}, of: Partial<NewDeviceRequest> = {}) {
    const made = await request(of)
    const decision = await decisionOf(made, facts)
    await deviceCodes.decide(decision, audit())
    return { made, decision }
  }

  it('becomes a grant of no session, once: with what the user allowed', async () => {
    const { made } = await allowed({ scope: 'openid offline_access' })
    await allowed()
    const [first, second] = [pollOf(made), pollOf(made)]
    const [requestId, again] = [randomSecret(), randomSecret()]
    expect(await poll(first, requestId)).toMatchObject({
      outcome: 'redeemed',
      user: { id: user.id },
      granted: { scope: 'openid offline_access', authTime: now, amr: 'pwd', acr: 'an acr' },
    })
    expect(await poll(second, again)).toEqual({ outcome: 'used' })
    const query = 'SELECT * FROM grants WHERE code_digest = ?1'
    expect((await env.DB.prepare(query).bind(made.digest).all()).results).toMatchObject([
      {
        id: first.id,
        user_id: user.id,
        session_id: null,
        scope: 'openid offline_access',
        auth_time: now,
        amr: 'pwd',
        acr: 'an acr',
        offline: 1,
        ends_with: null,
      },
    ])
    expect({
      events: await eventsOf(requestId),
      eventsOfAgain: await eventsOf(again),
    }).toEqual({ events: 1, eventsOfAgain: 0 })
  })

  it('that was denied says so, and that is not noted as a poll', async () => {
    const { made } = await allowed({ decision: 'denied' })
    expect(await poll(pollOf(made))).toEqual({ outcome: 'denied' })
    expect(await row(made.digest)).toMatchObject({ polled_at: null })
  })

  it.each<[string, (of: DeviceDecision, digest: string) => Promise<unknown>, Partial<DevicePoll>]>([
    ['by another client', async () => undefined, { clientId: otherClient }],
    ['after its expiry', async () => undefined, { createdAt: now + 600 }],
    [
      'where the session has ended',
      ({ sessionId }) => run('UPDATE sessions SET ended_at = 1 WHERE id = ?1', sessionId),
      {},
    ],
    [
      'where the client was made after the decision',
      (_of, digest) =>
        run('UPDATE device_codes SET decided_at = ?1 WHERE digest = ?2', now - 200, digest),
      {},
    ],
    [
      'where the user is another one',
      (_of, digest) => run('UPDATE device_codes SET user_id = -1 WHERE digest = ?1', digest),
      {},
    ],
    [
      'where a consent was withdrawn',
      async () => undefined,
      { consentResources: ['https://x.example'] },
    ],
  ])('is refused %s', async (_what, happens, facts) => {
    const { made, decision } = await allowed()
    await happens(decision, made.digest)
    const requestId = randomSecret()
    expect(await poll(pollOf(made, facts), requestId)).toEqual({
      outcome: 'refused',
      decidedAt: expect.any(Number),
    })
    expect(await eventsOf(requestId)).toBe(0)
  })
})
