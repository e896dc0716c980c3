// Imports in D1: listed, ended once, undone, and which of them is asked for somebody's password.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Import, NewImport } from '../../src/core/people/import/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newSession, now, run, storeUser, userRow } from '../support/records.ts'

const { imports, sessions, userAdministration } = openStore(env)

beforeEach(() => run('DELETE FROM imports'))

const importOf = (id: string, rules: Partial<NewImport> = {}): NewImport => ({
  ...{ id, source: 'a source', sourceId: 'one', onExisting: 'skip', dryRun: false, keepSub: false },
  ...{ matchEmail: false, matchUsername: true, adminRoles: false, askUrl: null },
  ...{ sealedAskKey: null, startedAt: now, ...rules },
})
const create = (id: string, rules: Partial<NewImport> = {}) =>
  imports.create(importOf(id, rules), audit())
const eventsOf = (requestId: string) =>
  env.DB.prepare('SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1')
    .bind(requestId)
    .first('count')
const endsOf = async (...ids: string[]) => {
  const found: Partial<Import>[] = []
  for (const id of ids) {
    const { finishedAt, undoneAt } = (await imports.find(id)) ?? {}
    found.push({ finishedAt, undoneAt })
  }
  return found
}

it('Imports are listed from the newest on, and after those that were listed', async () => {
  for (const id of ['b', 'a', 'd', 'c']) await create(id)
  const listed = async (limit: number, cursor: string | null) => {
    const { items, nextCursor } = await imports.list(limit, cursor)
    return { ids: items.map(({ id }) => id), nextCursor }
  }
  expect({
    first: await listed(2, null),
    second: await listed(2, 'c'),
    last: await listed(2, 'b'),
    all: await listed(9, null),
  }).toEqual({
    first: { ids: ['d', 'c'], nextCursor: 'c' },
    second: { ids: ['b', 'a'], nextCursor: null },
    last: { ids: ['a'], nextCursor: null },
    all: { ids: ['d', 'c', 'b', 'a'], nextCursor: null },
  })
})

describe('An import', () => {
  const none = { finishedAt: null, undoneAt: null }
  const laterBy = (seconds: number, requestId: string) => ({
    ...audit(requestId),
    at: now + seconds,
  })

  it('begins with an event, and is found by its id alone', async () => {
    const begun = randomSecret()
    await imports.create(importOf('a'), audit(begun))
    expect({
      found: (await imports.find('a'))?.id,
      unknown: await imports.find('none'),
      events: await eventsOf(begun),
    }).toEqual({ found: 'a', unknown: null, events: 1 })
  })

  it('ends once, with an event, and no other ends', async () => {
    for (const id of ['a', 'b', 'c']) await create(id)
    const [first, second] = [randomSecret(), randomSecret()]
    expect({
      ended: await imports.finish('b', laterBy(1, first)),
      again: await imports.finish('b', laterBy(2, second)),
      unknown: await imports.finish('none', laterBy(3, second)),
      ends: await endsOf('a', 'b', 'c'),
      events: [await eventsOf(first), await eventsOf(second)],
    }).toEqual({
      ...{ ended: true, again: false, unknown: false },
      ends: [none, { finishedAt: now + 1, undoneAt: null }, none],
      events: [1, 0],
    })
  })

  it('that is undone ends, is undone from the first time on, and no other is', async () => {
    for (const id of ['a', 'b', 'c']) await create(id)
    const [first, second] = [randomSecret(), randomSecret()]
    await imports.beginUndo('b', laterBy(1, first))
    await imports.beginUndo('b', laterBy(2, second))
    expect({
      ends: await endsOf('a', 'b', 'c'),
      events: [await eventsOf(first), await eventsOf(second)],
    }).toEqual({ ends: [none, { finishedAt: now + 1, undoneAt: now + 1 }, none], events: [1, 0] })
  })

  it('that has ended keeps that instant when it is undone', async () => {
    await create('a')
    await imports.finish('a', laterBy(1, 'a request'))
    await imports.beginUndo('a', laterBy(2, 'a request'))
    expect(await endsOf('a')).toEqual([{ finishedAt: now + 1, undoneAt: now + 2 }])
  })
})

describe('The undoing of an import', () => {
  const tables = ['provider_links', 'login_names', 'mail_actions', 'mails', 'credentials']

  /** A user of an import with a row in each table. */
  async function madeBy(importId: string | null): Promise<User> {
    const user = await storeUser(userAdministration)
    await run('UPDATE users SET import_id = ?2 WHERE id = ?1', user.id, importId)
    const insertions = [
      'provider_links (issuer, subject, user_id, created_at) VALUES (?1, ?1, ?2, 1)',
      `mail_actions (digest, purpose, user_id, created_at, expires_at) VALUES (?1, 'reset', ?2, 1, 2)`,
      `mails (id, sealed, purpose, user_id, created_at, due_at) VALUES (?1, '', 'reset', ?2, 1, 1)`,
      `credentials (id, user_id, kind, created_at) VALUES (?1, ?2, 'passkey', 1)`,
    ]
    for (const insertion of insertions) {
      await run(`INSERT INTO ${insertion}`, randomSecret(), user.id)
    }
    return user
  }
  async function rowsOf(user: User) {
    const counts: Record<string, number> = { users: (await userRow(user)) === null ? 0 : 1 }
    for (const table of tables) {
      const query = `SELECT 1 FROM ${table} WHERE user_id = ?1`
      counts[table] = (await env.DB.prepare(query).bind(user.id).all()).results.length
    }
    return Object.values(counts).join()
  }
  const keptOf = ({ id, username }: User) => ({ id, username })

  it('removes its users with all that is theirs, and nothing of anybody else', async () => {
    const users = [
      await madeBy(null),
      await madeBy('x'),
      await madeBy('another'),
      await madeBy('x'),
    ]
    const before = await Promise.all(users.map(rowsOf))
    expect({
      undone: await imports.undo('x', 0, 9),
      rows: await Promise.all(users.map(rowsOf)),
    }).toEqual({
      undone: { removed: 2, kept: [], next: null },
      rows: [before[0], '0,0,0,0,0,0', before[2], '0,0,0,0,0,0'],
    })
    expect(before.some((rows) => rows.split(',').includes('0'))).toBe(false)
  })

  it('keeps and names who has signed in, with all that is theirs', async () => {
    const [kept, removed] = [await madeBy('y'), await madeBy('y')]
    await sessions.begin(newSession(kept), { user: kept, provedBuckets: [] }, audit())
    const before = await rowsOf(kept)
    expect({
      undone: await imports.undo('y', 0, 9),
      rows: [await rowsOf(kept), await rowsOf(removed)],
    }).toEqual({
      undone: { removed: 1, kept: [keptOf(kept)], next: null },
      rows: [before, '0,0,0,0,0,0'],
    })
  })

  it('goes on after the last user that it looked at, until it finds fewer than it may', async () => {
    const users = [await madeBy('z'), await madeBy('z'), await madeBy('z')]
    for (const { id } of users)
      await run('UPDATE users SET last_signed_in_at = 1 WHERE id = ?1', id)
    const next = users[1]?.id ?? 0
    expect({
      first: await imports.undo('z', 0, 2),
      second: await imports.undo('z', next, 2),
      full: await imports.undo('z', next, 1),
    }).toEqual({
      first: { removed: 0, kept: users.slice(0, 2).map(keptOf), next },
      second: { removed: 0, kept: users.slice(2).map(keptOf), next: null },
      full: { removed: 0, kept: users.slice(2).map(keptOf), next: users[2]?.id },
    })
  })
})

describe('For somebody’s password is asked', () => {
  const asking = { askUrl: 'https://old.example/ask', sealedAskKey: 'a sealed key' }
  const found = { url: asking.askUrl, sealedKey: asking.sealedAskKey }
  const updating = { ...asking, onExisting: 'update' as const }
  const ask = (importId: string | null, isAdministrator = false, sourceId: string | null = 'one') =>
    imports.findAsking({ importId, sourceId, isAdministrator })

  it('where the import that created them says, whatever it does with others', async () => {
    await create('a', asking)
    await create('b', asking)
    expect([await ask('a'), await ask('a', true), await ask('b', false, null)]).toEqual([
      { id: 'a', ...found },
      { id: 'a', ...found },
      { id: 'b', ...found },
    ])
  })

  it('there rather than where a newer one says', async () => {
    await create('a', asking)
    await create('b', updating)
    expect(await ask('a')).toEqual({ id: 'a', ...found })
  })

  it('else where the newest of their source says that changes users', async () => {
    for (const id of ['a', 'c', 'b']) await create(id, updating)
    await create('d', { ...updating, sourceId: 'two' })
    await create('e', { ...asking, onExisting: 'fail' })
    expect([await ask(null), await ask('gone')]).toEqual([
      { id: 'c', ...found },
      { id: 'c', ...found },
    ])
  })

  it('nowhere, if they are of another source or of none', async () => {
    await create('a', updating)
    expect([await ask(null, false, 'two'), await ask(null, false, null)]).toEqual([null, null])
  })

  it('of an administrator where an import says that gives such roles', async () => {
    await create('a', { ...updating, adminRoles: true })
    await create('b', updating)
    expect({ administrator: await ask(null, true), user: await ask(null) }).toEqual({
      administrator: { id: 'a', ...found },
      user: { id: 'b', ...found },
    })
  })

  it.each<[string, Partial<NewImport>]>([
    ['that names no address', { onExisting: 'update' }],
    ['that writes nothing', { ...updating, dryRun: true }],
  ])('nowhere by an import %s', async (_what, rules) => {
    await create('a', rules)
    expect([await ask('a'), await ask(null)]).toEqual([null, null])
  })
})
