import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/core/clients/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import type { NewGrant } from '../../src/core/tokens/storage.ts'
import { Database } from '../../src/store/database.ts'
import { noticesOfUser } from '../../src/store/logout-notices.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { clients, grants, logoutNotices, userAdministration } = openStore(env)
const retry = { first: 60, longest: 3_600 }

beforeEach(async () => {
  await env.DB.prepare('DELETE FROM logout_notices').run()
})

const wait = async (id: string, clientId: string, attempts = 0, since = now): Promise<void> => {
  await env.DB.prepare(
    `INSERT INTO logout_notices (id, client_id, sub, attempts, next_attempt_at, expires_at)
     VALUES (?1, ?2, 'a sub', ?3, ?4, ?5)`,
  )
    .bind(id, clientId, attempts, since, now + 86_400)
    .run()
}

const taken = async (most = 20, at = now): Promise<string[]> => {
  const notices = await logoutNotices.take(at, retry, most)
  return notices.map(({ id }) => id).toSorted()
}

describe('the turn of logout notices', () => {
  it('comes first to those that were never tried', async () => {
    await wait('tried', 'one client', 3, now - 1_000)
    await wait('untried', 'another client')
    expect(await taken(1)).toEqual(['untried'])
  })

  it('comes to two of a client at a time', async () => {
    for (const id of ['a', 'b', 'c']) await wait(id, 'a client')
    const [first, second] = [await taken(), await taken()]
    expect({ first: first.length, second }).toEqual({ first: 2, second: [] })
  })

  it('comes to the latest of those of a client that were never tried', async () => {
    await wait('older', 'a client', 0, now - 2)
    await wait('latest', 'a client', 0, now - 1)
    await wait('oldest', 'a client', 0, now - 3)
    expect(await taken()).toEqual(['latest', 'older'])
  })

  it('comes to each notice once, whoever asks at the same time', async () => {
    for (let index = 0; index < 8; index++) await wait(`${index}`, `client ${index}`)
    const all = await Promise.all(Array.from({ length: 5 }, () => taken(3)))
    const ids = all.flat()
    expect({ ids: ids.length, distinctIds: new Set(ids).size }).toEqual({ ids: 8, distinctIds: 8 })
  })

  it('comes again after pauses that double up to the longest', async () => {
    const pauses: number[] = []
    await wait('a', 'a client')
    let at = now
    for (let attempt = 0; attempt < 9; attempt++) {
      expect(await taken(20, at)).toEqual(['a'])
      const next = await env.DB.prepare('SELECT next_attempt_at FROM logout_notices').first<number>(
        'next_attempt_at',
      )
      pauses.push((next ?? 0) - at)
      expect(await taken(20, (next ?? 0) - 1)).toEqual([])
      at = next ?? 0
    }
    expect(pauses).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
  })
})

it('A notice that was delivered is removed, and no other is', async () => {
  for (const id of ['a', 'b', 'c']) await wait(id, `client ${id}`)
  await logoutNotices.remove('b')
  expect(await taken()).toEqual(['a', 'c'])
})

describe('The end of all grants of a user leaves a notice', () => {
  type Metadata = Pick<
    Client['metadata'],
    'backchannel_logout_uri' | 'backchannel_logout_session_required'
  >
  const backchannel_logout_uri = 'https://client.example/logout'

  async function storeClient(id: string, metadata: Metadata = { backchannel_logout_uri }) {
    const client = newClient({ id })
    await clients.create({ ...client, metadata: { ...client.metadata, ...metadata } }, audit())
  }
  async function grant(user: User, clientId: string, facts: Partial<NewGrant> = {}) {
    const opened = newGrant({ userId: user.id, clientId }, facts)
    expect(await grants.open(opened, { user, provedBuckets: [] }, audit())).toBe('opened')
    return opened.id
  }
  /** Leaves the notices and lists them by client and session. */
  async function noticesOf(user: User) {
    await new Database(env.DB).batch([noticesOfUser({ userId: user.id, now })])
    const query = `SELECT client_id, sub, session_id, attempts, next_attempt_at, expires_at
      FROM logout_notices ORDER BY client_id, session_id`
    return (await env.DB.prepare(query).all()).results
  }
  const noticeOf = (user: User, client_id: string, session_id: string | null = null) => ({
    ...{ client_id, sub: user.sub, session_id, attempts: 0 },
    ...{ next_attempt_at: now, expires_at: now + 86_400 },
  })
  const someUser = () => storeUser(userAdministration)

  it('with their `sub`, due at once and for a day, and none about anybody else', async () => {
    const [before, own, after] = [await someUser(), await someUser(), await someUser()]
    await storeClient('everybody’s')
    for (const user of [before, own, after]) {
      await grant(user, 'everybody’s', { sessionId: `of ${user.id}` })
    }
    expect(await noticesOf(own)).toEqual([noticeOf(own, 'everybody’s', `of ${own.id}`)])
  })

  it('once for each session of a client, and once for its grants without one', async () => {
    const user = await someUser()
    await storeClient('many')
    for (const sessionId of ['one', 'one', 'two', null, null])
      await grant(user, 'many', { sessionId })
    expect(await noticesOf(user)).toEqual([
      noticeOf(user, 'many'),
      noticeOf(user, 'many', 'one'),
      noticeOf(user, 'many', 'two'),
    ])
  })

  it('not for a grant that has ended already', async () => {
    const user = await someUser()
    await storeClient('some')
    const ended = await grant(user, 'some', { sessionId: 'ended' })
    await run('UPDATE grants SET revoked_at = 1 WHERE id = ?1', ended)
    await grant(user, 'some', { sessionId: 'lasting' })
    expect(await noticesOf(user)).toEqual([noticeOf(user, 'some', 'lasting')])
  })

  it('for clients alone that registered where they get it', async () => {
    const user = await someUser()
    await storeClient('deaf', {})
    await storeClient('listening')
    await grant(user, 'deaf')
    await grant(user, 'listening')
    expect(await noticesOf(user)).toEqual([noticeOf(user, 'listening')])
  })

  it('for a client that requires a `sid` of grants in a session alone', async () => {
    const user = await someUser()
    await storeClient('requiring', {
      backchannel_logout_uri,
      backchannel_logout_session_required: true,
    })
    await storeClient('not requiring', {
      backchannel_logout_uri,
      backchannel_logout_session_required: false,
    })
    for (const client of ['requiring', 'not requiring']) {
      await grant(user, client, { sessionId: 'one' })
      await grant(user, client)
    }
    expect(await noticesOf(user)).toEqual([
      noticeOf(user, 'not requiring'),
      noticeOf(user, 'not requiring', 'one'),
      noticeOf(user, 'requiring', 'one'),
    ])
  })
})
