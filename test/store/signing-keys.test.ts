// Keys in D1: which are listed, and which successor a withdrawal inserts. Each fact is set by hand, so
// that no other rule stands in for the one that is shown.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { StoredKey } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newKey, now } from '../support/records.ts'

const { signingKeys } = openStore(env)

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM signing_keys').run()
})

async function stored(facts: Partial<StoredKey> = {}): Promise<StoredKey> {
  const key = newKey(facts)
  await signingKeys.add([key])
  return key
}
const row = async ({ kid }: StoredKey) =>
  (await signingKeys.list(0)).find((key) => key.kid === kid) ?? null
const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}
const outboxOf = ({ kid }: StoredKey) =>
  env.DB.prepare('SELECT revoked_at FROM revocation_outbox WHERE key = ?1')
    .bind(`rev:key:${kid}`)
    .first()

describe('The list of keys', () => {
  it('has what has no day yet, what has not reached it, and what was withdrawn', async () => {
    const added = [
      await stored({ generation: 1 }),
      await stored({ generation: 2, expiresAt: now + 1 }),
      await stored({ generation: 3, expiresAt: now }),
      await stored({ generation: 4, expiresAt: now - 1, withdrawnAt: now - 1 }),
      await stored({ generation: 5, expiresAt: now - 1 }),
    ]
    const listed = await signingKeys.list(now)
    expect(listed).toEqual([added[3], added[1], added[0]])
  })
})

describe('A key that is added', () => {
  it('is an event only if one is told of, and if the row is new', async () => {
    const [first, second] = [randomSecret(), randomSecret()]
    const [key, other] = [newKey(), newKey({ generation: 2 })]
    await signingKeys.add([key, other], audit(first))
    await signingKeys.add([newKey(), newKey({ generation: 2 })], audit(second))
    expect({
      key: await row(key),
      other: await row(other),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
    }).toEqual({ key, other, events: 1, eventsOfAgain: 0 })
  })
})

describe('A key that is retired', () => {
  it('has its day alone, and the first one that was said', async () => {
    const [key, other] = [await stored(), await stored({ generation: 2 })]
    await signingKeys.retire(key.kid, now + 10)
    await signingKeys.retire(key.kid, now + 20)
    expect({ key: await row(key), other: await row(other) }).toEqual({
      key: { ...key, expiresAt: now + 10 },
      other,
    })
  })
})

describe('A key that is withdrawn', () => {
  const withdraw = (key: StoredKey, successor: StoredKey | null, requestId = 'a request') =>
    signingKeys.withdraw(key, successor, audit(requestId))

  it('is withdrawn alone, once, with an event, and is told to KV', async () => {
    const [key, other] = [await stored(), await stored({ generation: 2 })]
    const [first, second] = [randomSecret(), randomSecret()]
    await withdraw(key, null, first)
    await signingKeys.withdraw(key, null, { ...audit(second), at: now + 5 })
    expect({
      key: await row(key),
      other: await row(other),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
      outbox: await outboxOf(key),
      outboxOfOther: await outboxOf(other),
    }).toEqual({
      key: { ...key, withdrawnAt: now, expiresAt: now },
      other,
      ...{ events: 1, eventsOfAgain: 0 },
      ...{ outbox: { revoked_at: now }, outboxOfOther: null },
    })
  })

  it.each([
    ['an earlier day', now - 5, now - 5],
    ['a later day', now + 5, now],
  ])('that had %s never counts for longer', async (_what, expiresAt, expected) => {
    const key = await stored({ expiresAt })
    await withdraw(key, null)
    expect(await row(key)).toMatchObject({ withdrawnAt: now, expiresAt: expected })
  })

  /** The generation of the successor of a key; null = there is none. */
  async function successionOf(key: StoredKey): Promise<number | null> {
    const successor = newKey({ generation: 0 })
    await withdraw(key, successor)
    return (await row(successor))?.generation ?? null
  }

  it('has a successor of the next generation of its algorithm', async () => {
    await stored({ alg: 'RS256', generation: 8 })
    await stored({ generation: 3, expiresAt: now + 100 })
    const key = await stored({ generation: 4 })
    await stored({ generation: 6, activeAt: now + 1 })
    expect(await successionOf(key)).toBe(7)
  })

  it('has one where it is active at that very instant', async () => {
    expect(await successionOf(await stored({ activeAt: now }))).toBe(2)
  })

  it.each<[string, Partial<StoredKey>, Partial<StoredKey>, number | null]>([
    ['was not active yet', { activeAt: now + 0.001 }, {}, null],
    ['was withdrawn before', { withdrawnAt: now - 1 }, {}, null],
    ['has a newer one that is active', {}, { generation: 5 }, null],
    ['has a newer one that becomes active now', {}, { generation: 5, activeAt: now }, null],
    ['has a newer one that is not active yet', {}, { generation: 5, activeAt: now + 0.001 }, 6],
    ['has a newer one that has a day', {}, { generation: 5, expiresAt: now + 100 }, 6],
    ['has an older one that is active', {}, { generation: 3 }, 5],
    ['has a newer one of another algorithm', {}, { generation: 5, alg: 'RS256' }, 5],
  ])('that %s: its successor is %s', async (_what, facts, others, expected) => {
    const key = await stored({ generation: 4, activeAt: now - 10, ...facts })
    if (Object.keys(others).length > 0) await stored({ activeAt: now - 10, ...others })
    expect(await successionOf(key)).toBe(expected)
  })

  it('of two that withdraw it at once, one inserts a successor', async () => {
    const key = await stored({ activeAt: now - 10 })
    await signingKeys.withdraw(key, newKey({ generation: 0 }), audit())
    const late = newKey({ generation: 0 })
    await signingKeys.withdraw(key, late, { ...audit(), at: now + 1 })
    expect({ late: await row(late), keys: (await signingKeys.list(now)).length }).toEqual({
      late: null,
      keys: 2,
    })
  })

  it('is none that is not there', async () => {
    await stored({ withdrawnAt: now })
    expect(await successionOf(newKey({ generation: 2 }))).toBe(null)
  })
})
