// Accounts that end at the wish of their people, in D1: noted once, taken back, and done when they are due.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { MailPurpose, NewMailAction, SealedMail } from '../../src/core/people/mail/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import type { Deletion } from '../../src/core/people/self/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { Database } from '../../src/store/database.ts'
import { endingOfDeletion } from '../../src/store/leaving.ts'
import { openStore } from '../../src/store/open.ts'
import { Server } from '../support/faults.ts'
import { audit, newSession, now, run, storeUser, userRow } from '../support/records.ts'

const { leaving, mailActions, sessions, userAdministration } = openStore(env)

const someUser = () => storeUser(userAdministration)
/** The deletion of whose account waits. */
async function leaver(deleteAt = now + 1_000): Promise<User> {
  const user = await someUser()
  await run('UPDATE users SET delete_at = ?2 WHERE id = ?1', user.id, deleteAt)
  return user
}
/** A user before and one after that of the test: a statement about all of them would change these. */
const between = async <Own>(own: Promise<Own>): Promise<[User, Own, User]> => {
  const before = await leaver()
  return [before, await own, await leaver()]
}

const actionOf = (purpose: MailPurpose): NewMailAction => ({
  ...{ digest: randomSecret(), purpose, address: null, codeDigest: null, browserDigest: null },
  ...{ sealed: null, createdAt: now, expiresAt: now + 600 },
})
async function linkOf({ id }: User, purpose: MailPurpose): Promise<NewMailAction> {
  const action = actionOf(purpose)
  await mailActions.give(id, action, [])
  return action
}
const useOf = ({ purpose, digest }: NewMailAction) => ({
  ...{ purpose, digest, operation: randomSecret(), now: now + 1 },
})
const purposesOf = async ({ id }: User) => {
  const query = 'SELECT purpose FROM mail_actions WHERE user_id = ?1 ORDER BY purpose'
  const { results } = await env.DB.prepare(query).bind(id).all<{ purpose: string }>()
  return results.map(({ purpose }) => purpose)
}
const isUsed = async ({ digest }: NewMailAction) =>
  (await env.DB.prepare('SELECT used_at IS NOT NULL AS used FROM mail_actions WHERE digest = ?1')
    .bind(digest)
    .first('used')) === 1
const eventsOf = (requestId: string) =>
  env.DB.prepare('SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1')
    .bind(requestId)
    .first('count')
const mailsOf = async ({ id }: User) =>
  (await env.DB.prepare('SELECT id FROM mails WHERE user_id = ?1').bind(id).all()).results.length
const mailTo = ({ id }: User): SealedMail => ({
  ...{ id: randomSecret(), sealed: 'sealed', purpose: 'notice', userId: id },
  ...{ createdAt: now, dueAt: now },
})

const deletionOf = (user: User, facts: Partial<Deletion> = {}): Deletion => ({
  ...{ userId: user.id, deleteAt: now + 1_000, use: null },
  ...{ restore: actionOf('restore'), mails: [mailTo(user)], ...facts },
})

describe('A deletion that somebody asks for', () => {
  it('is noted with their epoch, a link that takes it back and mails, and ends sessions', async () => {
    const user = await someUser()
    const requestId = randomSecret()
    const session = newSession(user)
    await sessions.begin(session, { user, provedBuckets: [] }, audit())
    const row = await userRow(user)
    expect(await leaving.request(deletionOf(user), audit(requestId))).toBe(true)
    expect({
      user: await userRow(user),
      endedAt: await env.DB.prepare('SELECT ended_at FROM sessions WHERE id = ?1')
        .bind(session.id)
        .first('ended_at'),
      links: await purposesOf(user),
      mails: await mailsOf(user),
      events: await eventsOf(requestId),
    }).toEqual({
      user: { ...row, delete_at: now + 1_000, not_before: now, updated_at: now },
      ...{ endedAt: now, links: ['restore'], mails: 1, events: 1 },
    })
  })

  it('never lowers the epoch of the user nor the version of their row', async () => {
    const user = await someUser()
    await run('UPDATE users SET not_before = ?2, updated_at = ?2 WHERE id = ?1', user.id, now + 50)
    const row = await userRow(user)
    await leaving.request(deletionOf(user), audit())
    expect(await userRow(user)).toEqual({
      ...{ ...row, delete_at: now + 1_000 },
      ...{ not_before: now + 50, updated_at: now + 50.001 },
    })
  })

  it('is nobody else’s', async () => {
    const [before, user, after] = await between(someUser())
    const rows = [await userRow(before), await userRow(after)]
    await leaving.request(deletionOf(user), audit())
    expect([await userRow(before), await userRow(after)]).toEqual(rows)
  })

  it('is refused, with nothing written, if one waits already', async () => {
    const [user, another] = [await leaver(), await someUser()]
    const rows = [await userRow(user), await userRow(another)]
    const requestId = randomSecret()
    expect({
      noted: await leaving.request(deletionOf(user, { deleteAt: now + 9 }), audit(requestId)),
      rows: [await userRow(user), await userRow(another)],
      ...{ links: await purposesOf(user), mails: await mailsOf(user) },
      events: await eventsOf(requestId),
    }).toEqual({ noted: false, rows, links: [], mails: 0, events: 0 })
  })

  it('by a link uses it up, and is refused if it does not count', async () => {
    const user = await someUser()
    const link = await linkOf(user, 'delete')
    const ask = (use: Deletion['use']) => leaving.request(deletionOf(user, { use }), audit())
    expect({
      unknown: await ask(useOf(actionOf('delete'))),
      waits: (await userRow(user))?.['delete_at'],
      known: await ask(useOf(link)),
      isUsed: await isUsed(link),
    }).toEqual({ unknown: false, waits: null, known: true, isUsed: true })
  })
})

describe('A deletion that is taken back', () => {
  it('waits no longer, and its links are gone but for the one that was used', async () => {
    const user = await leaver()
    const row = await userRow(user)
    const link = await linkOf(user, 'restore')
    for (const purpose of ['delete', 'reset', 'verify'] as const) await linkOf(user, purpose)
    const requestId = randomSecret()
    const restored = await leaving.restore(user.id, useOf(link), audit(requestId))
    expect({
      ...{ restored, user: await userRow(user), isUsed: await isUsed(link) },
      ...{ links: await purposesOf(user), events: await eventsOf(requestId) },
    }).toEqual({
      ...{ restored: true, user: { ...row, delete_at: null, updated_at: now }, isUsed: true },
      ...{ links: ['reset', 'restore', 'verify'], events: 1 },
    })
  })

  it('never lowers the version of the user’s row', async () => {
    const user = await leaver()
    await run('UPDATE users SET updated_at = ?2 WHERE id = ?1', user.id, now + 50)
    await leaving.restore(user.id, null, audit())
    expect((await userRow(user))?.['updated_at']).toBe(now + 50.001)
  })

  it('without a link ends every link about it, and none of anybody else', async () => {
    const [before, user, after] = await between(leaver())
    for (const one of [before, user, after]) {
      for (const purpose of ['delete', 'restore'] as const) await linkOf(one, purpose)
    }
    const rows = [await userRow(before), await userRow(after)]
    expect({
      restored: await leaving.restore(user.id, null, audit()),
      links: await purposesOf(user),
      others: [await purposesOf(before), await purposesOf(after)],
      rows: [await userRow(before), await userRow(after)],
    }).toEqual({
      ...{ restored: true, links: [], rows },
      others: Array.from({ length: 2 }, () => ['delete', 'restore']),
    })
  })

  it('is refused, with nothing written, if none waits', async () => {
    const [, user] = await between(someUser())
    const row = await userRow(user)
    const requestId = randomSecret()
    expect({
      restored: await leaving.restore(user.id, null, audit(requestId)),
      ...{ row: await userRow(user), events: await eventsOf(requestId) },
    }).toEqual({ restored: false, row, events: 0 })
  })

  it('is refused, with nothing written, if the link does not count', async () => {
    const user = await leaver()
    const row = await userRow(user)
    const restored = await leaving.restore(user.id, useOf(actionOf('restore')), audit())
    expect({ restored, row: await userRow(user) }).toEqual({ restored: false, row })
  })

  it('by a change beside it keeps the version that the change gives, and the others’', async () => {
    const [before, user, after] = await between(leaver())
    const rows = [await userRow(before), await userRow(user), await userRow(after)]
    await linkOf(user, 'restore')
    await new Database(env.DB).batch(endingOfDeletion(user.id))
    expect({
      rows: [await userRow(before), await userRow(user), await userRow(after)],
      links: await purposesOf(user),
    }).toEqual({ rows: [rows[0], { ...rows[1], delete_at: null }, rows[2]], links: [] })
  })
})

describe('An account is deleted at once', () => {
  const removedBy = (user: User, use: Deletion['use']) => leaving.remove(user.id, use, audit())

  it('by another proof than a link, once', async () => {
    const user = await someUser()
    expect([await removedBy(user, null), await removedBy(user, null)]).toEqual([true, false])
    expect(await userRow(user)).toBe(null)
  })

  it('by a link, whose use is known for a minute', async () => {
    const user = await someUser()
    const use = useOf(await linkOf(user, 'delete'))
    expect(await removedBy(user, use)).toBe(true)
    const query = 'SELECT expires_at, operation FROM used_identifiers WHERE digest = ?1'
    expect({
      user: await userRow(user),
      mark: await env.DB.prepare(query).bind(use.digest).first(),
    }).toEqual({ user: null, mark: { expires_at: now + 61, operation: use.operation } })
  })

  it('not by a link that does not count', async () => {
    const user = await someUser()
    const row = await userRow(user)
    const removed = await removedBy(user, useOf(actionOf('delete')))
    expect({ removed, row: await userRow(user) }).toEqual({ removed: false, row })
  })
})

describe('The accounts that are due', () => {
  const removeDue = (most = 9, store = leaving) =>
    store.removeDue(now, most, (userId) => ({ ...audit(), userId }))
  const isThere = async (user: User) => (await userRow(user)) !== null

  it('are deleted from that instant on, the longest due first', async () => {
    const users = [
      ...[await leaver(now - 1), await leaver(now - 2)],
      ...[await leaver(now), await leaver(now + 0.001), await someUser()],
    ]
    const there: boolean[][] = []
    for (const most of [1, 1, 9]) {
      await removeDue(most)
      there.push(await Promise.all(users.map(isThere)))
    }
    expect(there).toEqual([
      [true, false, true, true, true],
      [false, false, true, true, true],
      [false, false, false, true, true],
    ])
    expect(await removeDue()).toBe(0)
  })

  it.each<[string, number | null]>([
    ['was taken back', null],
    ['was asked for anew', now - 1],
  ])('are not deleted where the deletion %s meanwhile', async (_what, deleteAt) => {
    const server = new Server()
    // Another one, who is due at the same instant, stands for nobody else.
    const [user, another] = [await leaver(now - 9), await leaver(now - 9)]
    let isFirst = true
    server.plan(async ({ method }) => {
      if (method !== 'batch' || !isFirst) return null
      isFirst = false
      await run('UPDATE users SET delete_at = ?2 WHERE id = ?1', user.id, deleteAt)
      return null
    })
    const found = await removeDue(2, openStore(server.env).leaving)
    expect({ found, there: [await isThere(user), await isThere(another)] }).toEqual({
      found: 2,
      there: [true, false],
    })
    await run('DELETE FROM users WHERE id = ?1', user.id)
  })
})
