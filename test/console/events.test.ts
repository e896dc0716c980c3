// The audit log in the console: filters in the address, names instead of ids, and CSV.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { registerWebClient, signInTo, signedIn } from '../openid/flow.ts'
import { Server, noFault } from '../support/faults.ts'
import { registerUser } from '../support/registry.ts'
import { administrator, content, denied, rowsOf, shown } from './administrator.ts'

const server = new Server()
const { agent } = await administrator('admin', server.fetch)
const user = await registerUser({ name: 'Ada Lovelace' })
const client = await registerWebClient({ client_name: 'Analytical Notes' })
await signInTo(await signedIn(user), client)
const day = new Date().toISOString().slice(0, 10)

const kindsAt = async (query: string): Promise<unknown[]> =>
  rowsOf(await agent.open(`/admin/events?${query}`), 'Events').map(([, kind]) => kind)

describe('the list of events', () => {
  it.each(['username', 'email', 'id'] as const)('finds those of a person by the %s', async (by) => {
    const kinds = await kindsAt(`user=${encodeURIComponent(String(user[by]))}`)
    expect(kinds).toEqual(['code redeemed', 'user signed in', 'user created'])
  })

  it.each([
    ['the client', { client: client.client_id }, ['code redeemed', 'client created']],
    ['the kind', { user: user.username, kind: 'user.signed-in' }, ['user signed in']],
    ['the outcome', { user: user.username, outcome: 'refused' }, []],
    ['a time that was', { user: user.username, since: '2020-01-01', until: '2020-01-31' }, []],
    ['a kind with SQL', { kind: "x' OR 1=1 --" }, []],
  ])('finds those of %s', async (_, query, kinds) => {
    expect(await kindsAt(String(new URLSearchParams(query)))).toEqual(kinds)
  })

  it('takes whole days, the last one too', async () => {
    const query = `user=${user.username}&since=${day}&until=${day}`
    expect(await kindsAt(query)).toEqual(['code redeemed', 'user signed in', 'user created'])
  })

  it('shows names with links, and keeps the filter in the form and in the pages', async () => {
    const place = await agent.open(`/admin/events?kind=code.redeemed&client=${client.client_id}`)
    expect(rowsOf(place, 'Events').map(([, kind, who, , app]) => [kind, who, app])).toEqual([
      ['code redeemed', `${user.username.slice(0, 31)}…`, 'Analytical Notes'],
    ])
    expect(place.html).toContain(`href="/admin/users/${user.id}"`)
    expect(place.html).toContain('<option value="code.redeemed" selected="">')
    expect(place.html).toContain(
      `href="/admin/events.csv?client=${client.client_id}&amp;kind=code.redeemed"`,
    )
  })

  it('says that nobody has the name', async () => {
    expect(content(await agent.open('/admin/events?user=nobody-at-all'))).toContain(
      'Nobody has this name.',
    )
  })

  it('O18: answers a time that ends before it begins, and what is no day', async () => {
    expect(await kindsAt('since=2026-01-02&until=2026-01-01')).toEqual([])
    expect((await agent.open('/admin/events?since=yesterday&until=9999-99-99')).status).toBe(200)
  })

  it('takes three calls of D1 at most, with every filter', async () => {
    server.plan(noFault)
    const query = `user=${user.username}&client=x&kind=y&outcome=ok&address=z&since=${day}&until=${day}`
    expect((await agent.open(`/admin/events?${query}`)).status).toBe(200)
    await server.settled()
    expect(server.calls.filter(({ binding }) => binding === 'DB')).toHaveLength(3)
  })
})

describe('the events as CSV', () => {
  const csv = async (query: string): Promise<string[]> =>
    (await agent.open(`/admin/events.csv?${query}`)).html.split('\r\n')

  it('has every event of the filter, with names, in a file', async () => {
    const place = await agent.open(`/admin/events.csv?user=${user.id}`)
    expect(Object.fromEntries(place.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="events.csv"',
      'cache-control': 'no-store',
    })
    const [head = '', ...lines] = place.html.split('\r\n')
    expect(head.split(',').slice(0, 7)).toEqual([
      'id',
      'at',
      'kind',
      'outcome',
      'occurrences',
      'user_id',
      'username',
    ])
    expect(lines.map((line) => line.split(',')[2])).toEqual([
      '"code.redeemed"',
      '"user.signed-in"',
      '"user.created"',
      undefined,
    ])
    expect(lines[0]).toContain(`"${user.username}","${client.client_id}","Analytical Notes"`)
  })

  it('goes on over the pages that it reads', async () => {
    const insert = `INSERT INTO audit_events (at, kind, request_id, address)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
      SELECT 1, 'user.unlocked', i, '198.51.100.77' FROM n`
    await env.DB.prepare(insert).run()
    expect(await csv('address=198.51.100.77')).toHaveLength(1202)
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1+1', '\t=1+1', '\u202e=1'])(
    'O22: has no formula of %j',
    async (text) => {
      const kind = `formula-${crypto.randomUUID()}`
      const insert = `INSERT INTO audit_events (at, kind, request_id, user_agent)
        VALUES (1, ?, 'r', ?)`
      await env.DB.prepare(insert).bind(kind, text).run()
      const [, line = ''] = await csv(`kind=${kind}`)
      expect(line.split(',')[12]).toMatch(/^"'[=+@-]/)
    },
  )

  it('O22: has no control character, and quotes what a cell could end with', async () => {
    const kind = `odd-${crypto.randomUUID()}`
    const insert = `INSERT INTO audit_events (at, kind, request_id, user_agent) VALUES (1, ?, 'r', ?)`
    await env.DB.prepare(insert).bind(kind, 'a "b"\r\n\u001b[31mc,\u202ed').run()
    const lines = await csv(`kind=${kind}`)
    expect(lines).toHaveLength(3)
    expect(lines[1]).toContain('"a ""b"" [31mc,d"')
  })

  it('O20: is nothing for a user without the role', async () => {
    const { agent: stranger } = await administrator(null)
    expect(shown(await stranger.open('/admin/events.csv'))).toEqual(denied('/admin/events.csv'))
  })
})
