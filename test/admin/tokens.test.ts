// Admin tokens: section 3 of the operator's side, rows O13, O14, O15 and O19.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, pass } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { read, type Answerer, bearer, ownHeaders, postern } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { invalid, problem, send } from './operator.ts'

afterEach(backToNow)

type Token = { id: string; token: string; scope: string }

async function tokenWith(scope: string, more: object = {}): Promise<Token> {
  const answer = await admin('POST', '/tokens', { name: 'A test', scope, ...more })
  return answer.json<Token>()
}

/** A request of the admin REST with this token. */
const by = (
  { token }: Token,
  method: string,
  path: string,
  body?: object,
  to: Answerer = postern,
): Promise<Response> => {
  const headers = { ...bearer(token), 'Content-Type': 'application/json' }
  return send(method, path, headers, body === undefined ? null : JSON.stringify(body), to)
}

const lacks = (scope: string) => problem(403, `the token lacks the scope ${scope}`)

describe('An admin token', () => {
  it('is shown with its text once; the list has when it was last used, and not the text', async () => {
    const answer = await admin('POST', '/tokens', {
      name: 'Deploy',
      scope: 'clients read',
      expires_in: 3_600,
    })
    const { token, ...created } = await answer.json<Token & { created_at: number }>()
    const shown = {
      id: expect.stringMatching(/^[\w-]{22}$/),
      name: 'Deploy',
      scope: 'clients read',
      created_at: expect.any(Number),
      expires_at: created.created_at + 3_600,
      last_used_at: null,
    }
    expect({ status: answer.status, ...created }).toEqual({ status: 201, ...shown })
    expect(token).toMatch(new RegExp(`^pat_${created.id}\\.[\\w-]{43}$`))
    const server = new Server()
    await by({ ...created, token }, 'GET', '/clients?limit=1', undefined, server.fetch)
    await server.settled()
    const list = await (await admin('GET', '/tokens?limit=500')).json<{ items: Token[] }>()
    expect(list.items.find(({ id }) => id === created.id)).toEqual({
      ...shown,
      last_used_at: expect.any(Number),
    })
  })

  it('is the actor of what it does', async () => {
    const token = await tokenWith('users')
    const user = await registerUser()
    await by(token, 'PATCH', `/users/${user.id}`, { name: 'A' })
    const { items } = await (
      await admin('GET', `/users/${user.id}/events?kind=user.changed`)
    ).json<{ items: object[] }>()
    expect(items).toEqual([expect.objectContaining({ actor: `admin-token:${token.id}` })])
  })

  it.each([
    ['GET', '/users', 'users'],
    ['GET', '/clients', 'clients'],
    ['GET', '/keys', 'keys'],
    ['GET', '/events', 'events'],
    ['GET', '/providers', 'settings'],
    ['GET', '/resources', 'clients'],
    ['GET', '/tokens', 'tokens'],
    ['GET', '/users/1/events', 'events'],
    ['GET', '/users/1/grants', 'users'],
  ])('of the scope of an area reads it: %s %s by %s', async (method, path, scope) => {
    expect((await by(await tokenWith(scope), method, path)).status).toBe(200)
    const others = ['users', 'clients', 'keys', 'events', 'settings', 'tokens']
    const other = await tokenWith(others.filter((one) => one !== scope).join(' '))
    expect((await by(other, method, path)).status).toBe(403)
  })

  it('O13: of the scope read reads, and every write is 403 that names the scope', async () => {
    const token = await tokenWith('read')
    const user = await registerUser()
    const answers = {
      read: (await by(token, 'GET', `/users/${user.id}`)).status,
      user: await read(await by(token, 'PATCH', `/users/${user.id}`, { name: 'A' })),
      session: await read(await by(token, 'DELETE', '/sessions/x')),
      client: await read(await by(token, 'POST', '/clients', {})),
      keys: await read(await by(token, 'POST', '/keys/rotate')),
      provider: await read(await by(token, 'POST', '/providers', {})),
      events: await read(await by(token, 'GET', '/events')),
      tokens: await read(await by(token, 'GET', '/tokens')),
    }
    expect(answers).toEqual({
      read: 200,
      user: lacks('users'),
      session: lacks('users'),
      client: lacks('clients'),
      keys: lacks('keys'),
      provider: lacks('settings'),
      events: lacks('events'),
      tokens: lacks('tokens'),
    })
    const { name } = await (await admin('GET', `/users/${user.id}`)).json<{ name: unknown }>()
    expect(name).toBeNull()
  })

  it('O13: of the scope read is refused by every operation that writes, and by HEAD of the events', async () => {
    const token = await tokenWith('read')
    const { paths } = await (
      await admin('GET', '/openapi.json')
    ).json<{ paths: Record<string, Record<string, unknown>> }>()
    const writing = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .map((method) => method.toUpperCase())
        .filter((method) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method))
        .map((method) => ({ method, path: path.replace('/admin/v1', '') })),
    )
    expect(writing.length).toBeGreaterThan(30)
    const allowed = []
    for (const { method, path } of writing) {
      const { status } = await by(token, method, path.replaceAll(/\{\w+\}/g, '1'))
      if (status !== 403) allowed.push(`${method} ${path}: ${status}`)
    }
    expect({ allowed, head: (await by(token, 'HEAD', '/events')).status }).toEqual({
      allowed: [],
      head: 403,
    })
  })

  it('O13: the refusal is that of RFC 6750 3.1', async () => {
    const answer = await by(await tokenWith('read'), 'POST', '/keys/rotate')
    expect(ownHeaders(answer)['www-authenticate']).toBe(
      'Bearer realm="postern admin", error="insufficient_scope", scope="keys"',
    )
  })

  it('O14: makes none of a wider scope or a longer life than its own', async () => {
    const token = await tokenWith('tokens users', { expires_in: 3_600 })
    const make = (scope: string, expires_in: number) =>
      by(token, 'POST', '/tokens', { name: 'x', scope, expires_in })
    expect({
      wider: await read(await make('tokens keys', 60)),
      longer: await read(await make('users', 3_700)),
      within: (await make('users', 3_000)).status,
    }).toEqual({
      wider: lacks('keys'),
      longer: problem(403, 'the token would live longer than the token that creates it'),
      within: 201,
    })
  })

  it('O15: ends at once where it is deleted, in another isolate, too', async () => {
    const token = await tokenWith('read')
    const other = new Server()
    const use = async () =>
      (await by(token, 'GET', '/users?limit=1', undefined, other.fetch)).status
    const before = await use()
    const deleted = await read(await admin('DELETE', `/tokens/${token.id}`))
    expect({ before, deleted, after: await use() }).toEqual({
      before: 200,
      deleted: { status: 204, body: '' },
      after: 401,
    })
    expect(await read(await admin('DELETE', `/tokens/${token.id}`))).toEqual(
      problem(404, 'no such admin token'),
    )
  })

  it('O15: ends when it expires, and cron deletes it a day later', async () => {
    const token = await tokenWith('read', { expires_in: 60 })
    pass(61)
    expect(await read(await by(token, 'GET', '/users'))).toEqual(
      problem(401, 'the admin token is wrong'),
    )
    pass(86_400)
    await new Server().cron()
    const left = await env.DB.prepare('SELECT 1 FROM admin_tokens WHERE id = ?1')
      .bind(token.id)
      .first()
    expect(left).toBeNull()
  })

  it('counts only whole: with another secret, of another token, or its id alone it is 401', async () => {
    const [one, two] = [await tokenWith('read'), await tokenWith('read')]
    const secretOf = ({ token }: Token) => token.split('.')[1] ?? ''
    const forged = [
      `pat_${one.id}.${secretOf(two)}`,
      `pat_${one.id}.${'A'.repeat(43)}`,
      `pat_${one.id}`,
      secretOf(one),
    ]
    const statuses = await Promise.all(
      forged.map(async (token) => (await by({ ...one, token }, 'GET', '/users')).status),
    )
    expect(statuses).toEqual(forged.map(() => 401))
  })

  it('O19: is nowhere in the database, and in no event', async () => {
    const { token } = await tokenWith('read')
    const secret = token.split('.')[1] ?? 'missing'
    const { results: rows } = await env.DB.prepare('SELECT * FROM admin_tokens').all()
    const { results: events } = await env.DB.prepare('SELECT * FROM audit_events').all()
    expect(JSON.stringify({ rows, events })).not.toContain(secret)
  })

  it.each(['', 'admin', 'read read', 'read  users', 'READ'])(
    'has no scope "%s": 400',
    async (scope) => {
      const answer = await admin('POST', '/tokens', { name: 'x', scope })
      const detail =
        'must be some of read users clients keys events settings tokens, separated by one space each'
      expect(await read(answer)).toEqual(invalid({ field: 'scope', detail }))
    },
  )
})
