// The audit log as an operator reads it: section 4 of the operator's side, rows O18 and O22.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, pass, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { grantOf, passwordGrant, refresh } from '../support/tokens.ts'
import { adminToken, invalid, problem, send } from './operator.ts'

afterEach(backToNow)

type Event = Record<string, unknown> & { id: number; kind: string }
type Page = { items: Event[]; next_cursor: string | null }

const server = new Server()
const to = server.fetch
const client = await registerClient()

/** The events of a query, oldest first. */
async function eventsAt(path: string): Promise<Event[]> {
  await server.settled()
  const { items } = await (await admin('GET', path)).json<Page>()
  return items.toReversed()
}

/** What a claim about events is made of: these members of each. */
const members = (events: Event[], ...names: string[]) =>
  events.map((event) => Object.fromEntries(names.map((name) => [name, event[name]])))

/** A request from this address, with this user agent. */
const from =
  (address: string, userAgent = 'a browser') =>
  (request: Request): Promise<Response> => {
    request.headers.set('CF-Connecting-IP', address)
    request.headers.set('User-Agent', userAgent)
    return to(request)
  }

describe('An event', () => {
  it('tells who did it, for whom, from where and with which session, with names beside the ids', async () => {
    const user = await registerUser()
    await signedIn(user, from('192.0.2.7', 'Browser of a test'))
    const [created, signIn] = await eventsAt(`/users/${user.id}/events`)
    const shared = {
      id: expect.any(Number),
      at: expect.any(Number),
      outcome: 'ok',
      occurrences: 1,
      user_id: user.id,
      username: user.username,
      client_id: null,
      client_name: null,
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      detail: {},
    }
    expect(created).toEqual({
      ...shared,
      kind: 'user.created',
      actor: 'root',
      actor_name: null,
      session_id: null,
      address: '',
      user_agent: null,
    })
    expect(signIn).toEqual({
      ...shared,
      kind: 'user.signed-in',
      actor: `user:${user.id}`,
      actor_name: user.username,
      session_id: expect.stringMatching(/^[\w-]{22}$/),
      address: '192.0.2.7',
      user_agent: 'Browser of a test',
    })
  })

  it('of a client names the client as its actor, and the first refresh of a grant is one', async () => {
    const [ledger, user] = [await registerClient({ client_name: 'Ledger' }), await registerUser()]
    let { refresh_token } = await grantOf(passwordGrant(ledger, user, {}, to))
    for (let round = 0; round < 3; round++) {
      refresh_token = (await grantOf(refresh(ledger, refresh_token, {}, to))).refresh_token
    }
    const events = await eventsAt(`/clients/${ledger.client_id}/events?user=${user.id}`)
    const shared = {
      actor: `client:${ledger.client_id}`,
      client_name: 'Ledger',
      username: user.username,
    }
    expect(members(events, 'kind', 'actor', 'client_name', 'username')).toEqual([
      { kind: 'token.password-granted', ...shared },
      { kind: 'token.refreshed', ...shared },
    ])
  })

  it('names the changed members of an act of the operator, and never their values', async () => {
    const user = await registerUser()
    await admin('PATCH', `/users/${user.id}`, { name: 'Secret Name', role: 'clerk' })
    const events = await eventsAt(`/users/${user.id}/events?kind=user.changed`)
    expect(members(events, 'actor', 'detail')).toEqual([
      { actor: 'root', detail: { fields: ['name', 'role'] } },
    ])
  })

  it('is still listed once its user is gone, without a name', async () => {
    const user = await registerUser()
    await admin('DELETE', `/users/${user.id}`)
    const events = await eventsAt(`/users/${user.id}/events`)
    expect(members(events, 'kind', 'user_id', 'username')).toEqual([
      { kind: 'user.created', user_id: user.id, username: null },
      { kind: 'user.deleted', user_id: user.id, username: null },
    ])
  })

  it('O22: holds a user agent as it came, cut to 128 characters', async () => {
    const user = await registerUser()
    const agent = `<script>alert(1)</script>${'x'.repeat(200)}`
    await signedIn(user, from('192.0.2.8', agent))
    const [event] = await eventsAt(`/users/${user.id}/events?kind=user.signed-in`)
    expect(event?.user_agent).toBe(agent.slice(0, 128))
  })
})

describe('A refused sign-in', () => {
  const wrong = (user: { username: string }, address: string) =>
    passwordGrant(client, { username: user.username, password: 'wrong' }, {}, from(address))

  it('is one row for an account, an address and a minute, which counts', async () => {
    pass(60 - ((Date.now() / 1000) % 60))
    const user = await registerUser()
    await Promise.all([1, 2, 3].map(() => wrong(user, '192.0.2.20')))
    await wrong(user, '192.0.2.21')
    pass(61)
    await wrong(user, '192.0.2.20')
    const events = await eventsAt(`/users/${user.id}/events?outcome=refused`)
    const shared = { kind: 'user.sign-in-refused', actor: null }
    expect(members(events, 'kind', 'actor', 'address', 'occurrences')).toEqual([
      { ...shared, address: '192.0.2.20', occurrences: 3 },
      { ...shared, address: '192.0.2.21', occurrences: 1 },
      { ...shared, address: '192.0.2.20', occurrences: 1 },
    ])
  })

  it('of names that nobody has shares one row, which does not hold what was typed', async () => {
    const address = '2001:db8:77:88::1'
    const name = crypto.randomUUID()
    await wrong({ username: name }, address)
    await wrong({ username: `${name}2` }, '2001:db8:77:88::2')
    const events = await eventsAt(`/events?address=${address}`)
    expect(members(events, 'kind', 'user_id', 'detail')).toEqual([
      { kind: 'user.sign-in-refused', user_id: null, detail: { reason: 'password' } },
    ])
    expect(JSON.stringify(events)).not.toContain(name)
  })
})

describe('The list of events', () => {
  it('is narrowed by each filter, and by several at once', async () => {
    const [one, user] = [await registerClient(), await registerUser()]
    const address = '192.0.2.33'
    await passwordGrant(one, user, {}, from(address))
    const granted = [{ kind: 'token.password-granted', address }]
    const now = Math.floor(Date.now() / 1000)
    for (const query of [
      `client=${one.client_id}&kind=token.password-granted`,
      `actor=client:${one.client_id}`,
      `user=${user.id}&outcome=ok&address=${address}`,
      `address=${address}&since=${now - 30}&until=${now + 30}`,
    ]) {
      const events = await eventsAt(`/events?${query}`)
      expect({ query, events: members(events, 'kind', 'address') }).toEqual({
        query,
        events: granted,
      })
    }
    expect(await eventsAt(`/events?address=${address}&until=${now - 3_000}`)).toEqual([])
    expect(await eventsAt(`/events?address=${address}&since=${now + 3_000}`)).toEqual([])
  })

  it('is complete page by page, and each event is on one page', async () => {
    const user = await registerUser()
    for (const name of ['A', 'B', 'C', 'D']) await admin('PATCH', `/users/${user.id}`, { name })
    const all = await eventsAt(`/users/${user.id}/events`)
    const paged: Event[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/users/${user.id}/events?limit=2&cursor=${cursor}`
      const page: Page = await (await admin('GET', path)).json<Page>()
      paged.push(...page.items)
      cursor = page.next_cursor
    }
    expect(paged.toReversed()).toEqual(all)
    expect(all.map(({ kind }) => kind)).toEqual([
      'user.created',
      ...['user.changed', 'user.changed', 'user.changed', 'user.changed'],
    ])
  })

  it('streams every event as a line of JSON, when asked by Accept', async () => {
    const user = await registerUser()
    for (const name of ['A', 'B', 'C']) await admin('PATCH', `/users/${user.id}`, { name })
    const path = `/users/${user.id}/events?limit=1`
    const headers = { ...adminToken, Accept: 'application/x-ndjson' }
    const answer = await send('GET', path, headers)
    const lines = (await answer.text()).trimEnd().split('\n')
    const listed = await eventsAt(`/users/${user.id}/events`)
    expect({
      type: answer.headers.get('Content-Type'),
      events: lines.map((line) => JSON.parse(line)).toReversed(),
    }).toEqual({ type: 'application/x-ndjson', events: listed })
  })

  it('O17: takes no cursor of another list, of another filter, or of nobody', async () => {
    const user = await registerUser()
    await admin('PATCH', `/users/${user.id}`, { name: 'A' })
    const path = `/users/${user.id}/events?limit=1`
    const { next_cursor: cursor } = await (await admin('GET', path)).json<Page>()
    const refused = invalid({
      field: 'cursor',
      detail: 'is not the next_cursor of a page of this list',
    })
    for (const other of [
      `/users/${user.id}/events?kind=user.changed&cursor=${cursor}`,
      `/events?cursor=${cursor}`,
      `/users/${user.id}/events?cursor=17`,
      `/users/${user.id}/events?cursor=%27;DROP.AAAAAAAA`,
    ]) {
      expect({ other, ...(await read(await admin('GET', other))) }).toEqual({ other, ...refused })
    }
  })

  it('O18: since after until is 400; an unknown kind, or SQL for one, finds nothing', async () => {
    expect(await read(await admin('GET', '/events?since=20&until=10'))).toEqual(
      invalid({ field: 'since', detail: 'must not be after until' }),
    )
    for (const kind of ['nonsense', "' OR 1=1 --", '%']) {
      const answer = await read(await admin('GET', `/events?kind=${encodeURIComponent(kind)}`))
      expect({ kind, ...answer }).toEqual({
        kind,
        status: 200,
        body: { items: [], next_cursor: null },
      })
    }
  })

  it('cannot be changed or deleted, one event at a time', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      const { status } = await send(method, '/events', adminToken)
      expect({ method, status }).toEqual({ method, status: 405 })
    }
    expect(await read(await admin('DELETE', '/events/1'))).toEqual(
      problem(404, 'there is nothing at this address'),
    )
  })
})

describe('AUDIT_RETENTION', () => {
  const eventsOf = async ({ id }: { id: number }) =>
    (await eventsAt(`/users/${id}/events`)).map(({ kind }) => kind)

  it('is how long an event stays; cron deletes older ones, and 0 keeps all', async () => {
    const user = await registerUser()
    await env.DB.prepare('UPDATE audit_events SET at = at - 100000').run()
    await admin('PATCH', `/users/${user.id}`, { name: 'A' })
    await new Server({ AUDIT_RETENTION: '0' }).cron()
    await new Server({ AUDIT_RETENTION: '200000' }).cron()
    expect(await eventsOf(user)).toEqual(['user.created', 'user.changed'])
    await new Server({ AUDIT_RETENTION: '50000' }).cron()
    expect(await eventsOf(user)).toEqual(['user.changed'])
  })

  it('O21: is an hour at least: by their event, forms of the console count once', async () => {
    const user = await registerUser()
    await env.DB.prepare('UPDATE audit_events SET at = at - 3500').run()
    await admin('PATCH', `/users/${user.id}`, { name: 'A' })
    await new Server({ AUDIT_RETENTION: '1' }).cron()
    expect(await eventsOf(user)).toEqual(['user.created', 'user.changed'])
  })
})
