// Passkeys in D1: what adds, uses and removes one, and what stands in its way, each rule by itself.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { PasskeyAddition } from '../../src/core/people/passkeys/storage.ts'
import type { Proof, User } from '../../src/core/people/storage.ts'
import type { Answer } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, passkeys, sessions, usedIdentifiers } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const userRow = ({ id }: User) =>
  env.DB.prepare('SELECT user_handle, passkey_declined_at FROM users WHERE id = ?1')
    .bind(id)
    .first()
const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}

const someUser = () => storeUser(userAdministration)
const newAnswer = (): Answer => ({
  digest: randomSecret(),
  expiresAt: now + 100,
  operation: randomSecret(),
  now: now + 5,
})
const additionOf = ({ id }: User, facts: Partial<PasskeyAddition> = {}): PasskeyAddition => ({
  id: randomSecret(),
  userId: id,
  publicKey: 'a key',
  counter: 3,
  isBackupEligible: true,
  isBackedUp: false,
  transports: ['usb'],
  userAgent: 'a browser',
  createdAt: now,
  userHandle: `handle-${id}`,
  rpId: 'login.example',
  ...facts,
})
const add = (passkey: PasskeyAddition, answer = newAnswer(), most = 2, requestId = 'a request') =>
  passkeys.add(answer, passkey, most, audit(requestId), [])

/** A user with passkeys. */
async function withPasskeys(count: number) {
  const user = await someUser()
  const made = Array.from({ length: count }, (_, nth) => additionOf(user, { createdAt: now + nth }))
  for (const passkey of made) expect(await add(passkey)).toBe('added')
  return { user, ids: made.map(({ id }) => id) }
}
const idsOf = async ({ id }: User) => (await passkeys.list(id)).map((passkey) => passkey.id)

describe('A new passkey', () => {
  it('is stored as it is, and its user has a handle from then on', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const { userHandle, rpId: _, ...passkey } = additionOf(user)
    const requestId = randomSecret()
    expect(
      await add({ ...passkey, userHandle, rpId: 'login.example' }, newAnswer(), 2, requestId),
    ).toBe('added')
    const stored = { ...passkey, name: null, lastUsedAt: null }
    expect({
      found: (await passkeys.find(passkey.id))?.passkey,
      owner: (await passkeys.find(passkey.id))?.user.id,
      list: await passkeys.list(user.id),
      others: await passkeys.list(other.id),
      user: await userRow(user),
      other: await userRow(other),
      events: await eventsOf(requestId),
    }).toEqual({
      found: stored,
      owner: user.id,
      list: [stored],
      others: [],
      user: { user_handle: userHandle, passkey_declined_at: null },
      other: { user_handle: null, passkey_declined_at: null },
      events: 1,
    })
  })

  it('of two tabs has one handle: the other tab’s is refused', async () => {
    const { user, ids } = await withPasskeys(1)
    expect(await add(additionOf(user, { userHandle: randomSecret() }))).toBe('refused')
    expect({ ids: await idsOf(user), user: await userRow(user) }).toMatchObject({
      ids,
      user: { user_handle: `handle-${user.id}` },
    })
  })

  it('is refused beyond the most that a user may have, which others and codes do not count for', async () => {
    const { user } = await withPasskeys(1)
    await withPasskeys(2)
    const insert = 'INSERT INTO credentials (id, user_id, kind, created_at) VALUES (?1, ?2, ?3, 1)'
    await run(insert, randomSecret(), user.id, 'recovery')
    expect({ second: await add(additionOf(user)), third: await add(additionOf(user)) }).toEqual({
      second: 'added',
      third: 'refused',
    })
  })

  it('with an id that anybody has is taken', async () => {
    const { ids } = await withPasskeys(1)
    const other = await someUser()
    expect(await add(additionOf(other, { id: ids[0] ?? '' }))).toBe('taken')
    expect(await userRow(other)).toMatchObject({ user_handle: null })
  })

  it.each<[string, (answer: Answer, user: User) => Promise<unknown>]>([
    ['the screen was answered', (answer) => usedIdentifiers.use({ ...answer, operation: 'other' })],
    [
      'the user is disabled',
      (_, { id }) => run('UPDATE users SET disabled_at = 1 WHERE id = ?1', id),
    ],
  ])('is refused where %s', async (_what, happens) => {
    const user = await someUser()
    const answer = newAnswer()
    await happens(answer, user)
    const requestId = randomSecret()
    expect({
      outcome: await add(additionOf(user), answer, 2, requestId),
      ids: await idsOf(user),
      events: await eventsOf(requestId),
    }).toEqual({ outcome: 'refused', ids: [], events: 0 })
  })

  it('gives no handle for a screen that was answered', async () => {
    const user = await someUser()
    const answer = newAnswer()
    await usedIdentifiers.use({ ...answer, operation: 'other' })
    await add(additionOf(user), answer)
    expect(await userRow(user)).toMatchObject({ user_handle: null })
  })
})

describe('A second passkey', () => {
  it('is refused for a screen that was answered, although its user has the handle', async () => {
    const { user, ids } = await withPasskeys(1)
    const answer = newAnswer()
    await usedIdentifiers.use({ ...answer, operation: 'other' })
    expect(await add(additionOf(user), answer)).toBe('refused')
    expect(await idsOf(user)).toEqual(ids)
  })
})

describe('The removal of a passkey that there is not', () => {
  it('is no answer that one wants none', async () => {
    const user = await someUser()
    await passkeys.remove(user.id, 'none', audit(), [])
    expect(await userRow(user)).toEqual({ user_handle: null, passkey_declined_at: null })
  })
})

describe('F10: A new passkey whose write has an unknown outcome', () => {
  const server = new Server()
  const store = openStore(server.env).passkeys
  const addTo = (user: User) => store.add(newAnswer(), additionOf(user), 2, audit(), [])

  it('is added where the row is of this answer, and has failed where there is none', async () => {
    const user = await someUser()
    server.plan(atCall(0, 'fails after the commit'))
    expect(await addTo(user)).toBe('added')
    server.plan(atCall(0, 'fails'))
    await expect(addTo(user)).rejects.toMatchObject({ status: 503 })
  })
})

describe('A name and a removal', () => {
  it('are for a passkey of that user alone', async () => {
    const { user, ids } = await withPasskeys(2)
    const { user: other } = await withPasskeys(1)
    const [id = '', second] = ids
    await passkeys.rename(other.id, id, 'theirs')
    expect(await passkeys.remove(other.id, id, audit(), [])).toBe('removed')
    await passkeys.rename(user.id, id, 'mine')
    const names = (await passkeys.list(user.id)).map((passkey) => [passkey.id, passkey.name])
    expect(names).toEqual([
      [id, 'mine'],
      [second, null],
    ])
  })

  it('of the last one takes the handle with it, and offers no other; of one of two it does not', async () => {
    const { user, ids } = await withPasskeys(2)
    const { user: bystander } = await withPasskeys(1)
    const [first = '', second = ''] = ids
    const handle = { user_handle: `handle-${user.id}`, passkey_declined_at: null }
    const removals = [await passkeys.remove(user.id, first, audit(), []), await userRow(user)]
    expect(removals).toEqual(['removed', handle])
    const last = [await passkeys.remove(user.id, second, audit(), []), await userRow(user)]
    expect(last).toEqual(['removed', { user_handle: null, passkey_declined_at: now }])
    expect(await userRow(bystander)).toMatchObject({ user_handle: `handle-${bystander.id}` })
  })

  it('is not of the last way in, nor of the last two at once', async () => {
    const { user, ids } = await withPasskeys(2)
    await run('UPDATE users SET password_hash = NULL WHERE id = ?1', user.id)
    await withPasskeys(1)
    const requestId = randomSecret()
    const outcomes = await Promise.all(
      ids.map((id) => passkeys.remove(user.id, id, audit(requestId), [])),
    )
    expect({ outcomes: outcomes.toSorted(), events: await eventsOf(requestId) }).toEqual({
      outcomes: ['last', 'removed'],
      events: 1,
    })
    expect(await idsOf(user)).toHaveLength(1)
  })

  it('of one that is gone is removed, too, and noted once', async () => {
    const { user, ids } = await withPasskeys(1)
    const requestId = randomSecret()
    const remove = () => passkeys.remove(user.id, ids[0] ?? '', audit(requestId), [])
    expect([await remove(), await remove(), await eventsOf(requestId)]).toEqual([
      'removed',
      'removed',
      1,
    ])
  })
})

describe('The answer that one wants no passkey', () => {
  it('is noted once, for that user alone', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const answer = newAnswer()
    const second = { ...answer, operation: randomSecret(), now: now + 9 }
    expect({
      first: await passkeys.decline(answer, user.id),
      second: await passkeys.decline(second, user.id),
      user: await userRow(user),
      other: await userRow(other),
    }).toEqual({
      first: true,
      second: false,
      user: { user_handle: null, passkey_declined_at: now + 5 },
      other: { user_handle: null, passkey_declined_at: null },
    })
  })
})

describe('A sign-in by a passkey', () => {
  const signIn = (user: User, id: string, counter = 5, answer = newAnswer()) => {
    const passkey = { id, counter, isBackedUp: true }
    const proof: Proof = { user, provedBuckets: [], passkey }
    return sessions.beginFor(answer, newSession(user), null, proof, audit())
  }

  it('notes its counter, its backup and its use, of that passkey alone', async () => {
    const { user, ids } = await withPasskeys(2)
    expect(await signIn(user, ids[0] ?? '')).not.toBe(null)
    expect(await passkeys.list(user.id)).toMatchObject([
      { counter: 5, isBackedUp: true, lastUsedAt: now + 5 },
      { counter: 3, isBackedUp: false, lastUsedAt: null },
    ])
  })

  it('never lowers the counter', async () => {
    const { user, ids } = await withPasskeys(1)
    await signIn(user, ids[0] ?? '', 2)
    expect(await passkeys.list(user.id)).toMatchObject([{ counter: 3, lastUsedAt: now + 5 }])
  })

  it('is none where it was removed, is another user’s, or is no passkey', async () => {
    const { user } = await withPasskeys(1)
    const { ids } = await withPasskeys(1)
    const code = randomSecret()
    const insert = 'INSERT INTO credentials (id, user_id, kind, created_at) VALUES (?1, ?2, ?3, 1)'
    await run(insert, code, user.id, 'recovery')
    expect([
      await signIn(user, 'none'),
      await signIn(user, ids[0] ?? ''),
      await signIn(user, code),
      await passkeys.find(code),
    ]).toEqual([null, null, null, null])
    expect(await passkeys.list(user.id)).toMatchObject([{ counter: 3, lastUsedAt: null }])
  })

  it('is none for a screen that has expired or was answered, and notes nothing', async () => {
    const { user, ids } = await withPasskeys(1)
    const answered = newAnswer()
    await usedIdentifiers.use({ ...answered, operation: 'other' })
    expect([
      await signIn(user, ids[0] ?? '', 5, { ...newAnswer(), now: now + 100 }),
      await signIn(user, ids[0] ?? '', 5, answered),
    ]).toEqual([null, null])
    expect(await passkeys.list(user.id)).toMatchObject([{ counter: 3, lastUsedAt: null }])
  })
})
