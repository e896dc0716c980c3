// What has access to an account: which grants and consents are listed, in which order, page by page. Each
// fact is set by hand, so that no other rule stands in for the one that is shown.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/core/people/storage.ts'
import type { NewGrant } from '../../src/core/tokens/storage.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, access, console: consoleStore } = openStore(env)

const someUser = () => storeUser(userAdministration)
async function someClient(): Promise<string> {
  const client = newClient()
  await clients.create({ ...client, metadata: { ...client.metadata, client_name: 'A' } }, audit())
  return client.id
}
async function open(user: User, clientId: string, facts: Partial<NewGrant> = {}) {
  const grant = newGrant({ userId: user.id, clientId }, facts)
  expect(await grants.open(grant, { user, provedBuckets: [] }, audit())).toBe('opened')
  return grant
}
const consent = (user: User, clientId: string, scope: string, at = now) =>
  run(
    `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
     VALUES (?1, ?2, ?3, ?4, ?5)`,
    ...[user.id, clientId, `https://${scope}.example`, scope, at],
  )
const idsOf = (page: { items: { id: string }[]; nextCursor: string | null }) => ({
  ids: page.items.map(({ id }) => id),
  next: page.nextCursor,
})

describe('The list of live grants', () => {
  it('has those of a user or of a client alone, with their names, the newest first', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const [clientId, elsewhere] = [await someClient(), await someClient()]
    const first = await open(user, clientId)
    const theirs = await open(other, clientId)
    const second = await open(user, elsewhere)
    const listed = await access.listGrants({ userId: user.id }, now, 9, null)
    const ofClient = await access.listGrants({ clientId }, now, 9, null)
    expect(idsOf(listed)).toEqual({ ids: [second.id, first.id], next: null })
    expect(idsOf(ofClient)).toEqual({ ids: [theirs.id, first.id], next: null })
    expect(listed.items[1]).toEqual({
      id: first.id,
      userId: user.id,
      username: user.username,
      clientId,
      clientName: 'A',
      sessionId: null,
      scope: 'openid',
      resource: null,
      userAgent: null,
      createdAt: now,
      lastUsedAt: now,
      idleExpiresAt: now + 1000,
      absoluteExpiresAt: now + 5000,
    })
  })

  it('goes on after the last one of a page', async () => {
    const [user, clientId] = [await someUser(), await someClient()]
    const ids: string[] = []
    for (let index = 0; index < 3; index += 1) ids.unshift((await open(user, clientId)).id)
    const first = await access.listGrants({ clientId }, now, 2, null)
    const second = await access.listGrants({ clientId }, now, 2, first.nextCursor)
    expect({ first: idsOf(first), second: idsOf(second) }).toEqual({
      first: { ids: ids.slice(0, 2), next: expect.any(String) },
      second: { ids: ids.slice(2), next: null },
    })
  })

  it.each([
    ['was revoked', 'revoked_at = 1', false],
    ['has a refresh token left', `access_expires_at = ${now}`, true],
    ['has an access token left', `idle_expires_at = ${now}`, true],
    ['has neither', `idle_expires_at = ${now}, access_expires_at = ${now}`, false],
    ['is from before all of its user ended', 'created_at = -1', false],
  ])('has one that %s: %s', async (_what, columns, isListed) => {
    const [user, clientId] = [await someUser(), await someClient()]
    const { id } = await open(user, clientId)
    await run(`UPDATE grants SET ${columns} WHERE id = ?1`, id)
    expect(idsOf(await access.listGrants({ userId: user.id }, now, 9, null))).toEqual({
      ids: isListed ? [id] : [],
      next: null,
    })
  })

  it('has its newest counted, by when they were last used', async () => {
    const [user, clientId] = [await someUser(), await someClient()]
    for (const lastUsedAt of [now + 9, now + 1, now + 5]) {
      const { id } = await open(user, clientId)
      await run('UPDATE grants SET last_used_at = ?1 WHERE id = ?2', lastUsedAt, id)
    }
    const of = { most: 9, grantsAfter: null }
    expect({
      newest: await consoleStore.findClient(clientId, now, { ...of, mostCounted: 1 }),
      all: await consoleStore.findClient(clientId, now, { ...of, mostCounted: 5 }),
    }).toMatchObject({ newest: { lastUsedAt: now + 5 }, all: { lastUsedAt: now + 9 } })
  })
})

describe('The list of what has access', () => {
  it('has each client once, with all that it may, the one that was used last first', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const ids = []
    for (let index = 0; index < 5; index += 1) ids.push(await someClient())
    const [used = '', idle = '', late = '', early = '', none = ''] = ids
    await open(user, idle, { createdAt: now - 1 })
    await open(user, used, { scope: 'openid', createdAt: now - 5 })
    const { id } = await open(user, used, { scope: 'read', createdAt: now - 9 })
    await run('UPDATE grants SET last_used_at = ?1 WHERE id = ?2', now + 9, id)
    await consent(user, used, 'write', now - 20)
    await consent(user, early, 'read', now - 8)
    await consent(user, late, 'read', now - 7)
    await consent(user, none, '')
    await consent(other, none, 'read')
    await open(other, none)
    const expected = [
      { clientId: used, createdAt: now - 20, lastUsedAt: now + 9 },
      { clientId: idle, createdAt: now - 1, lastUsedAt: now - 1 },
      { clientId: late, createdAt: now - 7, lastUsedAt: null },
      { clientId: early, createdAt: now - 8, lastUsedAt: null },
    ]
    const pages = []
    for (const cursor of [0, 2, 4]) pages.push(await access.listOfUser(user.id, now, 2, cursor))
    expect(pages).toMatchObject([
      { items: expected.slice(0, 2), nextCursor: '2' },
      { items: expected.slice(2), nextCursor: null },
      { items: [], nextCursor: null },
    ])
    expect(pages[0]?.items[0]?.scope.split(' ').toSorted()).toEqual(['openid', 'read', 'write'])
  })
})
