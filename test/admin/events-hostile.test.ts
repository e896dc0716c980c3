// The list of events as somebody uses it who wants it to fail, or to show more than it should.
import { describe, expect, it } from 'vitest'
import { signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { adminToken, send } from './operator.ts'

type Page = { items: Record<string, unknown>[]; next_cursor: string | null }

const server = new Server()
const user = await registerUser()
await signedIn(user, server.fetch)

const list = async (query: string) => read(await admin('GET', `/events?${query}`))
const nothing = { status: 200, body: { items: [], next_cursor: null } }

describe('O18: a filter of events', () => {
  const sql = [
    "user.signed-in' OR '1'='1",
    "'; DROP TABLE audit_events; --",
    'user.signed-in" OR 1=1 --',
    '%',
    'user.%',
    'user_signed-in',
    '*',
    "x') UNION SELECT password_hash FROM users --",
    'user.signed-in\u0000',
    '\u{1f600}\u202euser.signed-in',
  ]

  it.each(['kind', 'actor', 'address', 'client'])('%s takes text as text', async (name) => {
    for (const text of sql) {
      const answer = await list(`${name}=${encodeURIComponent(text)}`)
      // A NUL is refused by the form reader of every face.
      const expected = text.includes('\0') ? { status: 400 } : nothing
      expect({ text, ...answer }).toMatchObject({ text, ...expected })
    }
    expect((await list(`user=${user.id}&kind=user.signed-in`)).body).toMatchObject({
      items: [{ username: user.username }],
    })
  })

  it.each([
    ['a kind of 10 kB', `kind=${'k'.repeat(10_000)}`],
    ['an address of 256 characters', `address=${'1'.repeat(256)}`],
    ['an empty list of users', 'user=0'],
    ['a user with a sign', 'user=-1'],
    ['a user with a fraction', 'user=1.5'],
    ['a user beyond every integer', 'user=99999999999999999999999'],
    ['a user in hexadecimal', 'user=0x1'],
    ['a user who is SQL', 'user=1%20OR%201%3D1'],
    ['an instant in words', 'since=yesterday'],
    ['an instant beyond every integer', 'until=1e300'],
    ['a limit of a million', 'limit=1000000'],
    ['a limit of none', 'limit=0'],
    ['an outcome that does not exist', 'outcome=maybe'],
    ['a filter twice', 'kind=a&kind=b'],
    ['an unknown filter', 'detail=x'],
    ['the name of a prototype', '__proto__=x'],
    ['a cursor of 3 kB', `cursor=${'1'.repeat(3_000)}`],
    ['a cursor that is SQL', `cursor=${encodeURIComponent('1 OR 1=1.AAAAAAAA')}`],
  ])('of %s is 400', async (_what, query) => {
    const { status, body } = await list(query)
    expect({ status, body }).toEqual({
      status: 400,
      body: expect.objectContaining({ title: 'Bad Request' }),
    })
  })

  it('of every kind at once, as long as each may be, has an answer', async () => {
    const long = 'x'.repeat(255)
    const query =
      `user=${user.id}&client=${long}&kind=${long}&actor=${long}&outcome=ok` +
      `&address=${long}&since=0&until=99999999999999&limit=500`
    expect(await list(query)).toEqual(nothing)
  })

  it('admits no event of others to the list of one user, whatever it says', async () => {
    const other = await registerUser()
    for (const query of [`user=${user.id}`, `?user=${user.id}`, 'kind=user.signed-in']) {
      const answer = await read(await admin('GET', `/users/${other.id}/events?${query}`))
      expect({ query, found: JSON.stringify(answer.body).includes(user.username) }).toEqual({
        query,
        found: false,
      })
    }
  })
})

describe('O22: names that somebody has chosen with care', () => {
  const hostile = '<script>alert(1)</script>\u202e\u0007=cmd|x'

  it('are JSON in the list, and one line in the stream', async () => {
    const client = await registerClient({ client_name: `${hostile}` })
    await passwordGrant(client, user, {}, server.fetch)
    await server.settled()
    const path = `/clients/${client.client_id}/events`
    const page = await (await admin('GET', path)).json<Page>()
    const headers = { ...adminToken, Accept: 'application/x-ndjson' }
    const lines = (await (await send('GET', path, headers)).text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(page.items)
    expect(page.items.map((event) => event['client_name'])).toContain(hostile)
    const { headers: of } = await admin('GET', path)
    expect(of.get('Content-Type')).toContain('application/json')
    expect(of.get('X-Content-Type-Options')).toBe('nosniff')
  })
})
