// The grants that one user holds: which of them can still be refreshed, and who ends them.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewGrant } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, heldGrants } = openStore(env)

const client = newClient()
await clients.create(client, audit())

async function withGrant(facts: Partial<NewGrant> = {}) {
  const user = await storeUser(userAdministration)
  const grant = newGrant({ userId: user.id, clientId: client.id }, facts)
  expect(await grants.open(grant, { user, provedBuckets: [] }, audit())).toBe('opened')
  return { user, grant }
}

describe('A grant that a user holds', () => {
  it.each([
    ['has a refresh token that expires after this instant', '', true],
    ['has no refresh token', 'current_digest = NULL', false],
    ['expires now where it is not used', `idle_expires_at = ${now}`, false],
    ['expires now however it is used', `absolute_expires_at = ${now}`, false],
  ])('that %s: %s', async (_what, columns, isRefreshable) => {
    const { user, grant } = await withGrant({ idleExpiresAt: now + 0.001 })
    if (columns !== '') await run(`UPDATE grants SET ${columns} WHERE id = ?1`, grant.id)
    expect(await heldGrants.listOfUser(user.id, now, 9)).toMatchObject([
      { grant: { id: grant.id }, isRefreshable, client: { id: client.id } },
    ])
  })

  it('is ended by its user alone, once, with an event', async () => {
    const [own, theirs] = [await withGrant(), await withGrant()]
    const events = async (requestId: string) => {
      const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
      return (await env.DB.prepare(query).bind(requestId).all()).results.length
    }
    const end = async (grantId: string) => {
      const requestId = randomSecret()
      const isTheirs = await heldGrants.revokeOfUser(
        ...([grantId, own.user.id, 'grant.revoked', audit(requestId)] as const),
      )
      return { isTheirs, events: await events(requestId) }
    }
    expect({
      first: await end(own.grant.id),
      again: await end(own.grant.id),
      ofAnother: await end(theirs.grant.id),
      left: await heldGrants.listOfUser(own.user.id, now, 9),
      leftOfAnother: (await heldGrants.listOfUser(theirs.user.id, now, 9)).length,
    }).toEqual({
      first: { isTheirs: true, events: 1 },
      again: { isTheirs: true, events: 0 },
      ofAnother: { isTheirs: false, events: 0 },
      left: [],
      leftOfAnother: 1,
    })
  })
})
