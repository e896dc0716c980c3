// What one refresh writes to the row of its grant, and what counts as a retry: each rule by itself.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewGrant, Rotation } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { resourceKey } from '../../src/protocol/resource-key.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newClient, newGrant, now, rotationOf, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants } = openStore(env)

const user = await storeUser(userAdministration)
const client = newClient()
await clients.create(client, audit())

async function openGrant(facts: Partial<NewGrant> = {}): Promise<NewGrant> {
  const grant = newGrant({ userId: user.id, clientId: client.id }, facts)
  const proof = { user, provedBuckets: [] }
  expect(await grants.open(grant, proof, audit())).toBe('opened')
  return grant
}

const rowOf = ({ id }: NewGrant) =>
  env.DB.prepare('SELECT * FROM grants WHERE id = ?1').bind(id).first()

const set = ({ id }: NewGrant, columns: string) =>
  env.DB.prepare(`UPDATE grants SET ${columns} WHERE id = ?1`).bind(id).run()

const eventsOf = async (requestId: string) => {
  const query = 'SELECT kind, user_id FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results
}

describe('What a refresh writes', () => {
  it('is its own turn, and not a column more', async () => {
    const grant = await openGrant()
    const before = await rowOf(grant)
    const rotation = rotationOf(grant, { accessExpiresAt: now + 700 })
    await grants.rotate(rotation)
    expect(await rowOf(grant)).toEqual({
      ...before,
      generation: 1,
      previous_digest: grant.refreshDigest,
      current_digest: rotation.successorDigest,
      rotated_at: now + 10,
      last_operation: rotation.operation,
      first_refresh: rotation.operation,
      last_used_at: now + 10,
      idle_expires_at: now + 1010,
      access_expires_at: now + 700,
    })
  })

  it.each([
    ['of a client that does not rotate', {}, { rotates: false }],
    ['of a grant that is bound to a key', { keyThumbprint: 'a key' }, { keyThumbprint: 'a key' }],
  ])('%s leaves the digests and the generation as they are', async (_what, facts, asked) => {
    const grant = await openGrant(facts)
    const before = await rowOf(grant)
    const rotation = rotationOf(grant, asked)
    await grants.rotate(rotation)
    expect(await rowOf(grant)).toEqual({
      ...before,
      last_operation: rotation.operation,
      first_refresh: rotation.operation,
      last_used_at: now + 10,
      idle_expires_at: now + 1010,
      access_expires_at: now + 610,
    })
  })

  it('is one event at the first refresh, which names its user, and none at the next', async () => {
    const another = await storeUser(userAdministration)
    const grant = newGrant({ userId: another.id, clientId: client.id })
    await grants.open(grant, { user: another, provedBuckets: [] }, audit())
    const other = await openGrant({ id: `--${grant.id}` })
    const [first, second] = [randomSecret(), randomSecret()]
    const rotation = rotationOf(grant, { audit: audit(first) })
    const presentedDigest = rotation.successorDigest
    await grants.rotate(rotationOf(other))
    await grants.rotate(rotation)
    await grants.rotate(
      rotationOf(grant, { presentedDigest, successorDigest: 'next', audit: audit(second) }),
    )
    expect({ first: await eventsOf(first), second: await eventsOf(second) }).toEqual({
      first: [{ kind: 'user.signed-out', user_id: another.id }],
      second: [],
    })
  })

  it('is nothing for a grant that is revoked or another one', async () => {
    const [revoked, other] = [await openGrant(), await openGrant()]
    await set(revoked, 'revoked_at = 1')
    const before = [await rowOf(revoked), await rowOf(other)]
    await grants.rotate(rotationOf(revoked))
    await grants.rotate(rotationOf(revoked, { presentedDigest: other.refreshDigest ?? '' }))
    expect([await rowOf(revoked), await rowOf(other)]).toEqual(before)
  })
})

describe('A grant that is bound to a key', () => {
  it.each([
    ['no key', null],
    ['another key', 'another'],
  ])('RF2: is not refreshed with %s', async (_what, keyThumbprint) => {
    const grant = await openGrant({ keyThumbprint: 'a key' })
    const before = await rowOf(grant)
    const { refreshed } = await grants.rotate(rotationOf(grant, { keyThumbprint }))
    expect({ refreshed, row: await rowOf(grant) }).toEqual({ refreshed: false, row: before })
  })
})

describe('What a refresh that names nothing asks of a limited client', () => {
  const resource = 'https://narrow.example'
  const refreshed = async (listed: string[] | null, unregistered: boolean) => {
    const grant = await openGrant({ resource })
    return (await grants.rotate(rotationOf(grant, { nameable: { unregistered, listed } })))
      .refreshed
  }

  it('is one of its listed resources at least, or any where nothing limits it', async () => {
    expect({
      listed: await refreshed([resourceKey(resource)], true),
      others: await refreshed([resourceKey('https://other.example')], true),
      unlimited: await refreshed(null, true),
      unregistered: await refreshed(null, false),
    }).toEqual({ listed: true, others: false, unlimited: true, unregistered: false })
  })
})

describe('What each name alone decides', () => {
  const facts = {
    scope: 'openid read',
    resource: 'https://a.example https://b.example',
    authorizationDetails: '[{"type":"a"},{"type":"b"}]',
  }

  it.each<[string, Partial<Rotation>, boolean]>([
    ['a scope that was granted', { scope: ['read'] }, true],
    ['a scope that was not', { scope: ['read', 'write'] }, false],
    ['a resource that was granted', { resource: [[resourceKey('https://b.example')]] }, true],
    [
      'a resource that was not',
      { resource: ['https://a.example', 'https://c.example'].map((one) => [resourceKey(one)]) },
      false,
    ],
    ['details that were granted', { authorizationDetails: ['{"type":"b"}'] }, true],
    ['a scope that was granted to another client', { scope: ['read'], clientId: 'x' }, false],
    ['details that were not', { authorizationDetails: ['{"type":"a"}', '{"type":"c"}'] }, false],
  ])('M033: %s', async (_what, asked, expected) => {
    const grant = await openGrant(facts)
    expect((await grants.rotate(rotationOf(grant, asked))).refreshed).toBe(expected)
  })
})

describe('A retry', () => {
  /** A grant that was refreshed once, at `now + 10`. */
  async function rotated(facts: Partial<NewGrant> = {}) {
    const grant = await openGrant(facts)
    await grants.rotate(rotationOf(grant))
    return grant
  }
  const span = { from: now, until: now + 20, countedUntil: now + 20 }

  it.each([
    ['at the first instant of the grace', { from: now + 10 }, 1],
    ['before it', { from: now + 10.001 }, 0],
    ['at the last instant', { until: now + 10 }, 1],
    ['after it', { until: now + 9.999 }, 0],
    ['at the last instant that counts', { countedUntil: now + 10 }, 1],
    ['so soon after the rotation that it does not count', { countedUntil: now + 9.999 }, 0],
  ])('%s (%o): %i rounds', async (_what, limit, rounds) => {
    const grant = await rotated()
    await grants.rotate(rotationOf(grant, { retryable: { ...span, ...limit } }))
    expect(await rowOf(grant)).toMatchObject({ retry_rounds: rounds })
  })

  it('writes its count alone, to its own grant alone', async () => {
    const [grant, other] = [await rotated(), await rotated()]
    await set(other, `generation = 7, previous_digest = '${grant.refreshDigest}'`)
    const [before, otherBefore] = [await rowOf(grant), await rowOf(other)]
    expect(await grants.rotate(rotationOf(grant))).toMatchObject({
      refreshed: false,
      found: { retryRounds: 1 },
    })
    expect([await rowOf(grant), await rowOf(other)]).toEqual([
      { ...before, retry_rounds: 1, retried_generation: 1 },
      otherBefore,
    ])
  })

  it('of a revoked grant, or one that does not cover what it asks, writes nothing', async () => {
    const [revoked, narrow] = [await rotated(), await rotated()]
    await set(revoked, 'revoked_at = 1')
    await grants.rotate(rotationOf(revoked))
    await grants.rotate(rotationOf(narrow, { scope: ['write'] }))
    await grants.rotate(rotationOf(narrow, { scope: ['openid'], clientId: 'another' }))
    expect([await rowOf(revoked), await rowOf(narrow)]).toMatchObject([
      { retry_rounds: 0, retried_generation: null },
      { retry_rounds: 0, retried_generation: null },
    ])
  })

  it.each([
    ['after a gap: a first one begins anew', 1, 3, 1],
    ['after a gap: a second one is not forgotten', 2, 3, 3],
    ['in the generation that follows', 1, 4, 2],
    ['in the same generation', 2, 5, 2],
  ])('%s', async (_what, rounds, generation, expected) => {
    const grant = await rotated()
    await set(grant, `generation = 5, retried_generation = ${generation}, retry_rounds = ${rounds}`)
    await grants.rotate(rotationOf(grant))
    expect(await rowOf(grant)).toMatchObject({ retry_rounds: expected, retried_generation: 5 })
  })
})

describe('A retry that something else comes before', () => {
  const server = new Server()
  const store = openStore(server.env)

  /** The outcome of a retry that sees the row as it was before something happened to it. */
  async function retryAfter(happens: (grant: NewGrant) => Promise<unknown>) {
    const grant = await openGrant()
    await grants.rotate(rotationOf(grant))
    server.plan(async (_call, nth) => {
      if (nth === 1) await happens(grant)
      return null
    })
    return store.grants.rotate(rotationOf(grant))
  }

  it('is no retry where its successor was used', async () => {
    const outcome = await retryAfter((grant) =>
      grants.rotate(
        rotationOf(grant, {
          presentedDigest: rotationOf(grant).successorDigest,
          successorDigest: randomSecret(),
        }),
      ),
    )
    expect(outcome).toMatchObject({
      refreshed: false,
      found: { grant: { generation: 2 }, retryRounds: 0 },
    })
  })

  it('finds nothing where its grant was deleted', async () => {
    const outcome = await retryAfter(({ id }) =>
      env.DB.prepare('DELETE FROM grants WHERE id = ?1').bind(id).run(),
    )
    expect(outcome).toEqual({ refreshed: false, found: null })
  })
})

describe('F09, F10: a refresh whose write has an unknown outcome', () => {
  const server = new Server()
  const store = openStore(server.env)

  it('has failed where the row is as before', async () => {
    const grant = await openGrant()
    server.plan(atCall(0, 'fails'))
    await expect(store.grants.rotate(rotationOf(grant))).rejects.toMatchObject({ status: 503 })
  })

  it.each([true, false])(
    'has succeeded where the row is its own (rotating: %s)',
    async (rotates) => {
      const grant = await openGrant()
      server.plan(atCall(0, 'fails after the commit'))
      expect(await store.grants.rotate(rotationOf(grant, { rotates }))).toMatchObject({
        refreshed: true,
        found: { grant: { generation: rotates ? 1 : 0 } },
      })
    },
  )

  it('is a retry where another request came first', async () => {
    const grant = await openGrant()
    server.plan(async (_call, nth) => {
      if (nth > 0) return null
      await grants.rotate(rotationOf(grant))
      return 'fails'
    })
    expect(await store.grants.rotate(rotationOf(grant))).toMatchObject({
      refreshed: false,
      found: { retryRounds: 1 },
    })
  })

  it('waits for storage once where the token is neither the current one nor the one before', async () => {
    const grant = await openGrant()
    server.plan(() => null)
    await store.grants.rotate(rotationOf(grant, { presentedDigest: 'another' }))
    expect(server.calls).toHaveLength(1)
  })
})
