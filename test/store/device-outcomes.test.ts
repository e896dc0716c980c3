// Requests of devices in D1: what a decision and a poll leave, outcomes that are unknown, and what a poll
// spends.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { DevicePoll, NewDeviceRequest } from '../../src/core/authorization/storage.ts'
import type { Spending } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { invalidGrant } from '../../src/protocol/error.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newClient, newGrant, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, clients, sessions, deviceCodes, usedIdentifiers } = openStore(env)
const server = new Server()
const failing = openStore(server.env).deviceCodes
const failure = { status: 503 }

const [, user] = [await storeUser(userAdministration), await storeUser(userAdministration)]
const client = newClient()
await clients.create(client, audit())
const session = newSession(user)
await sessions.begin(session, { user, provedBuckets: [] }, audit())

async function request(facts: Partial<NewDeviceRequest> = {}) {
  const made: NewDeviceRequest = {
    ...{ digest: randomSecret(), userCodeDigest: randomSecret(), clientId: client.id },
    ...{ scope: 'openid', resource: [], authorizationDetails: null, address: randomSecret() },
    ...{ userAgent: null, createdAt: now, expiresAt: now + 600, pollInterval: 5 },
    ...facts,
  }
  const outcome = await deviceCodes.request(made, { most: 9, window: 100 }, [])
  expect(outcome).toEqual({ outcome: 'stored' })
  return made
}
type Made = NewDeviceRequest

const decisionOf = ({ userCodeDigest }: Made, decision: 'allowed' | 'denied' = 'allowed') => ({
  ...{ userCodeDigests: [userCodeDigest], clientId: client.id, decision, userId: user.id },
  ...{ sessionId: session.id, authTime: now, amr: 'pwd', acr: 'an acr', scope: 'openid' },
  now: now + 10,
})
async function decided(
  decision: 'allowed' | 'denied' = 'allowed',
  facts: Partial<NewDeviceRequest> = {},
): Promise<Made> {
  const made = await request(facts)
  expect(await deviceCodes.decide(decisionOf(made, decision), audit())).toBe(decision)
  return made
}
const pollOf = ({ digest }: Made): DevicePoll => {
  const of = { userId: user.id, clientId: client.id }
  const { userId: _, ...grant } = newGrant(of, { createdAt: now + 20 })
  return { ...grant, digest, consentResources: [] }
}

describe('The requests of an address', () => {
  it('count by a clock that is ahead, too, by less than two windows', async () => {
    const address = randomSecret()
    for (let index = 0; index < 9; index += 1) await request({ address, createdAt: now + 199.999 })
    const { resource, ...rest } = await request()
    const late = {
      ...rest,
      resource,
      address,
      digest: randomSecret(),
      userCodeDigest: randomSecret(),
    }
    expect(await deviceCodes.request(late, { most: 9, window: 100 }, [])).toEqual({
      outcome: 'throttled',
      retryAt: now + 299.999,
    })
  })
})

describe('A user code that is typed', () => {
  const limits = { perAccount: 1, perAccountEverywhere: 50, perAddress: 50, window: 900 }

  it('finds its own request, also when the time of a limit is over', async () => {
    const made = [await request(), await request({ expiresAt: now + 2000 }), await request()]
    const guess = { nameDigest: randomSecret(), address: randomSecret() }
    const [, { userCodeDigest, address } = { userCodeDigest: '', address: '' }] = made
    await deviceCodes.find(['none'], guess, now, limits)
    expect({
      within: await deviceCodes.find([userCodeDigest], guess, now + 899, limits),
      over: await deviceCodes.find([userCodeDigest], guess, now + 900, limits),
    }).toMatchObject({
      within: { outcome: 'throttled', retryAt: now + 900 },
      over: { outcome: 'found', request: { address } },
    })
  })
})

describe('A decision that was made', () => {
  const consentsOf = async (clientId: string) => {
    const query = 'SELECT resource FROM resource_consents WHERE client_id = ?1 ORDER BY resource'
    const { results } = await env.DB.prepare(query).bind(clientId).all<{ resource: string }>()
    return results.map(({ resource }) => resource)
  }

  it('is told of its client, until it expires', async () => {
    const made = await decided()
    const later = { ...decisionOf(made), now: now + 599.999 }
    expect({
      later: await deviceCodes.decide(later, audit()),
      otherClient: await deviceCodes.decide({ ...later, clientId: 'another' }, audit()),
      expired: await deviceCodes.decide({ ...later, now: now + 600 }, audit()),
    }).toEqual({ later: 'allowed', otherClient: null, expired: null })
  })

  it('brings back no consent that was withdrawn since', async () => {
    const own = newClient()
    await clients.create(own, audit())
    const of = { clientId: own.id }
    const again = newSession(user)
    await sessions.begin(again, { user, provedBuckets: [] }, audit())
    const first = await request({ ...of, resource: ['https://a.example'] })
    const second = await request({ ...of, resource: ['https://b.example'] })
    await deviceCodes.decide({ ...decisionOf(first), ...of }, audit())
    await env.DB.prepare('DELETE FROM resource_consents WHERE client_id = ?1').bind(own.id).run()
    await deviceCodes.decide({ ...decisionOf(first), ...of, sessionId: again.id }, audit())
    await deviceCodes.decide({ ...decisionOf(first), ...of, now: now + 11 }, audit())
    expect(await consentsOf(own.id)).toEqual([])
    await deviceCodes.decide({ ...decisionOf(second), ...of }, audit())
    expect(await consentsOf(own.id)).toEqual(['https://b.example'])
  })
})

describe('A poll after a decision', () => {
  const grantOf = ({ digest }: Made) =>
    env.DB.prepare('SELECT user_id, offline FROM grants WHERE code_digest = ?1')
      .bind(digest)
      .first()

  it('makes the grant of who allowed it, without offline access where none was asked for', async () => {
    const made = await decided()
    expect(await deviceCodes.poll(pollOf(made), audit())).toMatchObject({
      outcome: 'redeemed',
      user: { id: user.id },
    })
    expect(await grantOf(made)).toEqual({ user_id: user.id, offline: 0 })
  })

  it('makes none where it was denied', async () => {
    const made = await decided('denied')
    await deviceCodes.poll(pollOf(made), audit())
    expect(await grantOf(made)).toBe(null)
  })
})

describe('A decision with an unknown outcome', () => {
  it('counts where it was noted, and has failed where it was not', async () => {
    const made = await request()
    server.plan(atCall(0, 'fails'))
    await expect(failing.decide(decisionOf(made), audit())).rejects.toMatchObject(failure)
    server.plan(atCall(0, 'fails after the commit'))
    expect(await failing.decide(decisionOf(made), audit())).toBe('allowed')
  })
})

describe('A poll with an unknown outcome', () => {
  it('is the grant where it made it, and has failed where it did not', async () => {
    const made = await decided()
    server.plan(atCall(0, 'fails'))
    await expect(failing.poll(pollOf(made), audit())).rejects.toMatchObject(failure)
    server.plan(atCall(0, 'fails after the commit'))
    expect(await failing.poll(pollOf(made), audit())).toMatchObject({ outcome: 'redeemed' })
    server.plan(atCall(0, 'fails'))
    await expect(failing.poll(pollOf(made), audit())).rejects.toMatchObject(failure)
  })
})

describe('What a poll spends', () => {
  const proof = (facts: Partial<Spending> = {}): Spending => ({
    ...{ digest: randomSecret(), expiresAt: now + 100, refusal: () => invalidGrant('spent') },
    ...facts,
  })
  /** Whether a poll of a request spends an identifier. */
  async function spends(made: Made, facts: Partial<Spending> = {}): Promise<boolean> {
    const identifier = proof(facts)
    await deviceCodes.poll(pollOf(made), audit(), [identifier])
    return (await usedIdentifiers.findUse(identifier.digest)) !== null
  }
  const onlyIfGranted = { onlyIfGranted: true as const }

  it('is spent by the poll that opens the grant alone, if it is to be so', async () => {
    await spends(await decided(), onlyIfGranted)
    const [waiting, denied, allowed] = [await request(), await decided('denied'), await decided()]
    expect({
      waiting: await spends(waiting, onlyIfGranted),
      denied: await spends(denied, onlyIfGranted),
      allowed: await spends(allowed, onlyIfGranted),
      again: await spends(allowed, onlyIfGranted),
      otherwise: await spends(waiting),
    }).toEqual({ waiting: false, denied: false, allowed: true, again: false, otherwise: true })
  })

  it('fails the poll whole where it was spent before', async () => {
    const [first, second] = [await decided(), await decided()]
    const identifier = proof(onlyIfGranted)
    await deviceCodes.poll(pollOf(first), audit(), [identifier])
    const again = deviceCodes.poll(pollOf(second), audit(), [identifier])
    await expect(again).rejects.toMatchObject({ code: 'invalid_grant' })
    expect(await deviceCodes.poll(pollOf(second), audit())).toMatchObject({ outcome: 'redeemed' })
  })
})
