// The first screen: charts whose numbers can be read, what needs attention, the newest events.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow } from '../openid/flow.ts'
import { Server, type Environment } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'
import { administrator, content, rowsOf } from './administrator.ts'

const { agent, user } = await administrator()
const today = Math.floor(Date.now() / 86_400_000)
const dateOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)

afterEach(backToNow)

describe('the overview', () => {
  it('shows the last thirty days as a picture and as numbers', async () => {
    const insert = 'INSERT INTO daily_counts (day, kind, count) VALUES (?, ?, ?)'
    const counts = [
      [today - 30, 'user.signed-in', 5000],
      [today - 1, 'user.signed-in', 1200],
      [today - 1, 'user.sign-in-refused', 34],
      [today, 'user.signed-in', 3],
      [today, 'user.active', 2],
      [today - 2, 'code.redeemed', 40],
      [today - 2, 'token.refreshed', 2],
    ]
    for (const values of counts) {
      await env.DB.prepare(insert)
        .bind(...values)
        .run()
    }
    const place = await agent.open('/admin')
    const text = content(place)
    expect(text).toContain('1,203 sign-ins 34 refused')
    expect(text).toContain('2 active users today')
    expect(text).toContain('42 grants that gave tokens')
    expect(rowsOf(place, 'sign-ins')).toHaveLength(30)
    expect(rowsOf(place, 'sign-ins').slice(-2)).toEqual([
      [dateOf(today - 1), '1,200', '34'],
      [dateOf(today), '3', '0'],
    ])
    // The highest bar is as high as the picture, and the refusals stand on it.
    expect(place.html).toContain('<rect x="281" y="2.755')
    expect(place.html).toContain('<rect class="second" x="281" y="0"')
  })

  it('shows the newest events with names', async () => {
    const [newest] = rowsOf(await agent.open('/admin'), 'Newest events')
    expect(newest?.slice(1, 3)).toEqual(['user signed in', `${user.username.slice(0, 31)}…`])
  })

  const warningsWith = async (environment: Environment): Promise<string> => {
    const { agent: there } = await administrator('admin', new Server(environment).fetch)
    return (
      /aria-label="Needs attention">.*?<\/ul>/s.exec((await there.open('/admin')).html)?.[0] ?? ''
    )
  }

  it('warns of what the settings leave open', async () => {
    expect(await warningsWith({ REGISTRATION: 'open' })).toContain('REGISTRATION is open')
    expect(
      await warningsWith({ MASTER_KEY: `${testSettings.MASTER_KEY},old:${'A'.repeat(43)}` }),
    ).toContain('MASTER_KEY lists more than one key')
    expect(await warningsWith({})).not.toContain('REGISTRATION')
  })

  it('warns of signing keys that nobody renews', async () => {
    // The keys are made when they are first asked for.
    await get('/.well-known/jwks.json')
    expect(content(await agent.open('/admin'))).not.toContain('overdue')
    const old = 'UPDATE signing_keys SET active_at = active_at - 7776000 - 86401'
    await env.DB.prepare(`${old}`).run()
    expect(content(await agent.open('/admin'))).toContain(
      'The next signing keys are overdue. Does the cron trigger run?',
    )
  })
})
