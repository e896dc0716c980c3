import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { Server } from '../support/faults.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { age, grantIdOf } from '../support/time.ts'
import { refresh, revoke, signIn, userinfo } from '../support/tokens.ts'

const { cleaner } = openStore(env)
const user = await registerUser()
const hour = 3600
const day = 24 * hour

afterEach(() => vi.useRealTimers())

const isThere = async (refreshToken: string): Promise<boolean> => {
  const query = 'SELECT id FROM grants WHERE id = ?1'
  return (await env.DB.prepare(query).bind(grantIdOf(refreshToken)).first()) !== null
}
const inSeconds = (seconds: number) => Date.now() / 1000 + seconds

describe('what cron deletes', () => {
  it('a grant that has expired, a quarter of an hour later', async () => {
    const { refresh_token } = await signIn(await registerClient(), user)
    await cleaner.removeExpired(inSeconds(90 * day + 600), 500)
    expect(await isThere(refresh_token)).toBe(true)
    await cleaner.removeExpired(inSeconds(90 * day + 1000), 500)
    expect(await isThere(refresh_token)).toBe(false)
  })

  it('never a grant that an access token still lives by', async () => {
    const client = await registerClient({ access_token_ttl: day, refresh_token_ttl: 60 })
    const { access_token, refresh_token, expires_in } = await signIn(client, user)
    expect(expires_in).toBe(day)
    await age(refresh_token, 'absolute', hour)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hour * 1000 })
    await new Server().cron()
    expect((await userinfo(access_token)).status).toBe(200)
    expect((await refresh(client, refresh_token)).status).toBe(400)
  })

  it('a grant of a client to be told of the end of a session only once that has ended', async () => {
    const ids = ['of a live session', 'of an ended session']
    const insertSession = env.DB.prepare(
      `INSERT INTO sessions (id, digest, face, user_id, auth_time, amr, created_at, last_seen_at,
         idle_expires_at, absolute_expires_at, ended_at)
       VALUES (?1, ?1, 'browser', ?2, 0, 'pwd', 0, 0, ?3, ?3, ?4)`,
    )
    const told = { backchannel_logout_uri: 'https://client.example/logged-out' }
    const { refresh_token } = await signIn(await registerClient(told), user)
    const copyGrant = env.DB.prepare(
      `INSERT INTO grants (id, session_id, user_id, client_id, scope, auth_time, amr, last_operation,
         offline, created_at, last_used_at, idle_expires_at, absolute_expires_at, access_expires_at)
       SELECT ?1, ?1, user_id, client_id, scope, auth_time, amr, last_operation, 0, 0, 0, 1, 1, 1
       FROM grants WHERE id = ?2`,
    )
    const end = inSeconds(day)
    await env.DB.batch(
      ids.flatMap((id, index) => [
        insertSession.bind(id, user.id, end, index === 0 ? null : inSeconds(-hour)),
        copyGrant.bind(id, grantIdOf(refresh_token)),
      ]),
    )
    const left = async (now: number) => {
      await cleaner.removeExpired(now, 1)
      await cleaner.removeExpired(now, 1)
      const query = "SELECT id FROM grants WHERE id LIKE 'of a%'"
      return (await env.DB.prepare(query).all()).results.map(({ id }) => id)
    }
    expect(await left(inSeconds(0))).toEqual(['of a live session'])
    expect(await left(inSeconds(day - 60))).toEqual(['of a live session'])
    expect(await left(inSeconds(day + hour))).toEqual([])
  })

  it('a revoked grant no sooner than any other: nothing of it comes back to life', async () => {
    const client = await registerClient()
    const { refresh_token } = await signIn(client, user)
    await revoke(client, refresh_token)
    await cleaner.removeExpired(inSeconds(89 * day), 500)
    expect(await isThere(refresh_token)).toBe(true)
  })

  it('password tries, sessions and used identifiers once they count no more, and no sooner', async () => {
    const insertSession = env.DB.prepare(
      `INSERT INTO sessions (id, digest, face, user_id, auth_time, amr, created_at, last_seen_at,
         idle_expires_at, absolute_expires_at)
       VALUES (?1, ?1, 'browser', 0, 0, 'pwd', 0, 0, ?2, ?2)`,
    )
    const insertTry = env.DB.prepare(
      'INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (?1, 1, ?2)',
    )
    const insertUsed = env.DB.prepare(
      'INSERT INTO used_identifiers (digest, expires_at) VALUES (?1, ?2)',
    )
    const [minute, now] = [60, inSeconds(0)]
    // Wherever a run starts, one of the two lies before it: a run goes around.
    await env.DB.batch(
      ['-', '~'].flatMap((end) => [
        insertSession.bind(`${end} swept: over`, now - 16 * minute),
        insertSession.bind(`${end} swept: may tell a replay`, now - 14 * minute),
        insertTry.bind(`${end} swept: over`, now - 61 * minute),
        insertTry.bind(`${end} swept: in its window`, now - 59 * minute),
        insertUsed.bind(`${end} swept: over`, now - 3 * minute),
        insertUsed.bind(`${end} swept: just over`, now - minute),
      ]),
    )
    await new Server().cron()
    const keysIn = async (table: string, key: string) => {
      const query = `SELECT ${key} AS key FROM ${table} WHERE ${key} LIKE '_ swept: %' ORDER BY ${key}`
      return (await env.DB.prepare(query).all<{ key: string }>()).results.map((row) => row.key)
    }
    expect({
      sessions: await keysIn('sessions', 'id'),
      tries: await keysIn('sign_in_attempts', 'bucket'),
      used: await keysIn('used_identifiers', 'digest'),
    }).toEqual({
      sessions: ['- swept: may tell a replay', '~ swept: may tell a replay'],
      tries: ['- swept: in its window', '~ swept: in its window'],
      used: ['- swept: just over', '~ swept: just over'],
    })
  })

  it('what a sweep looks at, and it says where to go on', async () => {
    const insert = env.DB.prepare(
      'INSERT INTO used_identifiers (digest, expires_at) VALUES (?1, ?2)',
    )
    const isLive = (key: string) => key === 'b' || key === 'd'
    const keys = ['a', 'b', 'c', 'd', 'e']
    await env.DB.batch(keys.map((key) => insert.bind(`~~${key}`, isLive(key) ? inSeconds(day) : 1)))
    const [sweep] = cleaner.sweeps(900)
    const bites = []
    for (let after: string | null = '~~'; after !== null;) {
      after = (await sweep?.(after, inSeconds(0), 2)) ?? null
      const left = "SELECT digest FROM used_identifiers WHERE digest LIKE '~~%' ORDER BY digest"
      const { results } = await env.DB.prepare(left).all()
      bites.push({ after, left: results.map(({ digest }) => digest).join(' ') })
    }
    expect(bites).toEqual([
      { after: '~~b', left: '~~b ~~c ~~d ~~e' },
      { after: '~~d', left: '~~b ~~d ~~e' },
      { after: null, left: '~~b ~~d' },
    ])
  })

  it('no more rows of a table in one bite than it is told', async () => {
    const insert = env.DB.prepare("INSERT INTO parked_codes VALUES (?1, 'sealed', 1)")
    await env.DB.batch(Array.from({ length: 7 }, (_, index) => insert.bind(`digest ${index}`)))
    await cleaner.removeExpired(1000, 3)
    expect(await env.DB.prepare('SELECT COUNT(*) AS rest FROM parked_codes').first('rest')).toBe(4)
  })
})
