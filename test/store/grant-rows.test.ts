// What a row of a grant tells of it: how it began, with which session it ends, and whether it is barred.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import {
  audit,
  newClient,
  newGrant,
  newSession,
  now,
  redemptionOf,
  run,
  storeUser,
} from '../support/records.ts'

const { userAdministration, clients, grants, sessions } = openStore(env)

const user = await storeUser(userAdministration)
const proof = { user, provedBuckets: [] }

async function someClient() {
  const client = newClient()
  await clients.create(client, audit())
  return client.id
}

/** A session that expires at an instant. */
async function sessionUntil(absoluteExpiresAt: number) {
  const session = newSession(user, { absoluteExpiresAt })
  expect(await sessions.begin(session, proof, audit())).toBe('begun')
  return session.id
}

describe('A grant as it is read', () => {
  it('expires with its own session, and with none if it outlives that or has none', async () => {
    const clientId = await someClient()
    await sessionUntil(now + 700)
    const sessionId = await sessionUntil(now + 800)
    await sessionUntil(now + 900)
    const expiryOf = async (facts: { sessionId: string | null; offline: boolean }) => {
      const grant = newGrant({ userId: user.id, clientId }, facts)
      expect(await grants.open(grant, proof, audit())).toBe('opened')
      return (await grants.find(grant.id, now))?.sessionExpiresAt
    }
    expect({
      ofSession: await expiryOf({ sessionId, offline: false }),
      offline: await expiryOf({ sessionId, offline: true }),
      ofNone: await expiryOf({ sessionId: null, offline: false }),
    }).toEqual({ ofSession: now + 800, offline: null, ofNone: null })
  })

  it('tells whether a code made it', async () => {
    const ids = { userId: user.id, clientId: await someClient() }
    const [opened, redeemed] = [newGrant(ids), newGrant(ids)]
    await grants.open(opened, proof, audit())
    await grants.redeem(redemptionOf(redeemed), audit())
    expect({
      opened: (await grants.find(opened.id, now))?.fromCode,
      redeemed: (await grants.find(redeemed.id, now))?.fromCode,
    }).toEqual({ opened: false, redeemed: true })
  })

  it('is barred by what became of its own client, and of no other', async () => {
    const [disabled, standing] = [await someClient(), await someClient()]
    const open = async (clientId: string) => {
      const grant = newGrant({ userId: user.id, clientId })
      expect(await grants.open(grant, proof, audit())).toBe('opened')
      return grant.id
    }
    const [ofDisabled, ofStanding] = [await open(disabled), await open(standing)]
    await run('UPDATE clients SET disabled_at = 1 WHERE id = ?1', disabled)
    expect({
      ofDisabled: (await grants.find(ofDisabled, now))?.barred,
      ofStanding: (await grants.find(ofStanding, now))?.barred,
    }).toEqual({ ofDisabled: true, ofStanding: false })
  })
})
