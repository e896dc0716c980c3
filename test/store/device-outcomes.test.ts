// Requests of devices in D1: outcomes that are unknown, and what a poll spends.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { DevicePoll } from '../../src/core/authorization/storage.ts'
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

const user = await storeUser(userAdministration)
const client = newClient()
await clients.create(client, audit())
const session = newSession(user)
await sessions.begin(session, { user, provedBuckets: [] }, audit())

async function request() {
  const made = {
    ...{ digest: randomSecret(), userCodeDigest: randomSecret(), clientId: client.id },
    ...{ scope: 'openid', resource: [], authorizationDetails: null, address: randomSecret() },
    ...{ userAgent: null, createdAt: now, expiresAt: now + 600, pollInterval: 5 },
  }
  const outcome = await deviceCodes.request(made, { most: 9, window: 100 }, [])
  expect(outcome).toEqual({ outcome: 'stored' })
  return made
}
type Made = Awaited<ReturnType<typeof request>>

const decisionOf = ({ userCodeDigest }: Made, decision: 'allowed' | 'denied' = 'allowed') => ({
  ...{ userCodeDigests: [userCodeDigest], clientId: client.id, decision, userId: user.id },
  ...{ sessionId: session.id, authTime: now, amr: 'pwd', acr: null, scope: 'openid' },
  now: now + 10,
})
async function decided(decision: 'allowed' | 'denied' = 'allowed'): Promise<Made> {
  const made = await request()
  expect(await deviceCodes.decide(decisionOf(made, decision), audit())).toBe(decision)
  return made
}
const pollOf = ({ digest }: Made): DevicePoll => {
  const of = { userId: user.id, clientId: client.id }
  const { userId: _, ...grant } = newGrant(of, { createdAt: now + 20 })
  return { ...grant, digest, consentResources: [] }
}

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
