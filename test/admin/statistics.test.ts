// What happened each day: cron counts the audit, each event once.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { atCall, noFault, Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { grantOf, passwordGrant, refresh } from '../support/tokens.ts'
import { invalid } from './operator.ts'

type Day = {
  date: string
  sign_ins: number
  refusals: number
  active_users: number
  tokens: Record<string, number>
}

const server = new Server()
const to = server.fetch
const client = await registerClient()
const [user, other] = [await registerUser(), await registerUser()]
const minute = 60_000
const oneDay = 86_400_000

const noTokens = {
  authorization_code: 0,
  refresh_token: 0,
  password: 0,
  'urn:ietf:params:oauth:grant-type:device_code': 0,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': 0,
}
const quiet = { sign_ins: 0, refusals: 0, active_users: 0, tokens: noTokens }

async function statistics(days: number): Promise<Omit<Day, 'date'>[]> {
  const answer = await admin('GET', `/statistics?days=${days}`)
  const body = await answer.json<{ days: Day[] }>()
  return body.days.map((day) => {
    const { date: _, ...counts } = day
    return counts
  })
}

const sumOfCounts = async () =>
  (await env.DB.prepare('SELECT SUM(count) AS sum FROM daily_counts').first<{ sum: number }>())?.sum

const wrong = () => passwordGrant(client, { username: user.username, password: 'wrong' }, {}, to)

aDayForEachTest()
beforeEach(async () => {
  // What the test before has left to be written belongs to that test.
  await server.settled()
  await env.DB.batch([
    env.DB.prepare("DELETE FROM audit_events WHERE kind <> 'client.created'"),
    env.DB.prepare('DELETE FROM daily_counts'),
    env.DB.prepare('DELETE FROM daily_users'),
    env.DB.prepare('DELETE FROM counted_events'),
  ])
})

describe('GET /admin/v1/statistics', () => {
  it('has the sign-ins, refusals, tokens by grant type and active users of each day', async () => {
    setClock(-oneDay)
    await signedIn(user, to)
    setClock(0)
    await signedIn(user, to)
    const { refresh_token } = await grantOf(passwordGrant(client, user, {}, to))
    await grantOf(refresh(client, refresh_token, {}, to))
    await passwordGrant(client, other, {}, to)
    await wrong()
    await wrong()
    await server.settled()
    setClock(3 * minute)
    await server.cron()
    expect(await statistics(3)).toEqual([
      quiet,
      { ...quiet, sign_ins: 1, active_users: 1 },
      {
        sign_ins: 1,
        refusals: 2,
        active_users: 2,
        tokens: { ...noTokens, password: 2, refresh_token: 1 },
      },
    ])
  })

  it('names each day by its date, the last of them today, and shows 30 days unless asked', async () => {
    const { days } = await (await admin('GET', '/statistics')).json<{ days: Day[] }>()
    const dates = Array.from({ length: 30 }, (_, back) =>
      new Date(Date.now() - (29 - back) * oneDay).toISOString().slice(0, 10),
    )
    expect(days.map(({ date }) => date)).toEqual(dates)
  })

  it.each(['0', '401', '-1', '1.5', 'x'])('refuses days=%s', async (days) => {
    const answer = await read(await admin('GET', `/statistics?days=${days}`))
    expect({ days, ...answer }).toEqual({
      days,
      ...invalid({ field: 'days', detail: expect.any(String) }),
    })
  })

  it('counts no user as active whom an operator changes, or whom somebody guesses at', async () => {
    await admin('PATCH', `/users/${user.id}`, { name: 'A' })
    await wrong()
    await server.settled()
    setClock(3 * minute)
    await server.cron()
    expect(await statistics(1)).toEqual([{ ...quiet, refusals: 1 }])
  })
})

describe('the counting of events', () => {
  it('waits for the row of a minute to be complete, and for none twice', async () => {
    await wrong()
    await server.settled()
    setClock(minute)
    await server.cron()
    expect(await statistics(1)).toEqual([quiet])
    setClock(3 * minute)
    await server.cron()
    setClock(4 * minute)
    await server.cron()
    expect(await statistics(1)).toEqual([{ ...quiet, refusals: 1 }])
  })

  it('passes no event by that is too young, with an older one behind it', async () => {
    setClock(3 * minute)
    await signedIn(user, to)
    setClock(0)
    await signedIn(other, to)
    setClock(3.5 * minute)
    await server.cron()
    setClock(6 * minute)
    await server.cron()
    expect(await statistics(1)).toEqual([{ ...quiet, sign_ins: 2, active_users: 2 }])
  })

  it('counts a user once a day, whichever bite or run the events are in', async () => {
    await signedIn(user, to)
    setClock(3 * minute)
    await server.cron()
    await signedIn(user, to)
    setClock(6 * minute)
    await server.cron()
    expect(await statistics(1)).toEqual([{ ...quiet, sign_ins: 2, active_users: 1 }])
  })

  it('counts each event once when two crons run at once', async () => {
    for (let round = 0; round < 5; round++) await signedIn(user, to)
    await server.settled()
    setClock(3 * minute)
    await Promise.all([new Server().cron(), new Server().cron(), new Server().cron()])
    expect(await statistics(1)).toEqual([{ ...quiet, sign_ins: 5, active_users: 1 }])
  })

  it('counts each event once when a run is lost at any of its calls', async () => {
    const isCounting = ({ text }: { text: string }) => /daily_counts|counted_events/.test(text)
    let faults = 0
    for (const fault of ['fails', 'fails after the commit'] as const) {
      for (const nth of [0, 1]) {
        await signedIn(user, to)
        setClock((faults += 1) * 3 * minute)
        const unlucky = new Server()
        let seen = 0
        unlucky.plan((call) => (isCounting(call) && seen++ === nth ? fault : null))
        await expect(unlucky.cron()).rejects.toThrow()
        unlucky.plan(noFault)
      }
    }
    await server.cron()
    expect(await statistics(1)).toEqual([{ ...quiet, sign_ins: 4, active_users: 1 }])
  })

  it('counts in bites, and goes on until nothing is left', async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
       INSERT INTO audit_events (at, kind, user_id, request_id, actor)
       SELECT ?1, 'user.signed-in', i, 'r', 'user:' || i FROM n`,
    )
      .bind(Date.now() / 1000)
      .run()
    setClock(3 * minute)
    await server.cron()
    expect(await statistics(1)).toEqual([{ ...quiet, sign_ins: 1234, active_users: 1234 }])
  })

  it('writes nothing where nothing has happened', async () => {
    setClock(3 * minute)
    await server.cron()
    const before = await sumOfCounts()
    server.plan(noFault)
    setClock(4 * minute)
    await server.cron()
    const writes = server.calls.filter(({ text }) => /INSERT INTO daily_counts/.test(text))
    expect({ sum: await sumOfCounts(), writes }).toEqual({ sum: before, writes: [] })
  })

  it('keeps who was active for two days, and counts for 400', async () => {
    await signedIn(user, to)
    setClock(3 * minute)
    await server.cron()
    setClock(3 * oneDay)
    await signedIn(other, to)
    setClock(3 * oneDay + 3 * minute)
    await server.cron()
    const { results } = await env.DB.prepare('SELECT user_id FROM daily_users').all()
    expect(results).toEqual([{ user_id: other.id }])
    expect((await statistics(4)).map((day) => day.active_users)).toEqual([1, 0, 0, 1])
    setClock(404 * oneDay)
    await signedIn(other, to)
    setClock(404 * oneDay + 3 * minute)
    await server.cron()
    const days = await env.DB.prepare(
      'SELECT COUNT(DISTINCT day) AS days FROM daily_counts',
    ).first()
    expect(days).toEqual({ days: 1 })
  })

  it('costs no request anything: the audit is all that is written', async () => {
    server.plan(atCall(-1, 'fails'))
    await passwordGrant(client, user, {}, to)
    await server.settled()
    expect(server.calls.filter(({ text }) => text.includes('daily_'))).toEqual([])
  })
})
