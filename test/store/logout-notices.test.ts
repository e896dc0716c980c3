import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { now } from '../support/records.ts'

const { logoutNotices } = openStore(env)
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
