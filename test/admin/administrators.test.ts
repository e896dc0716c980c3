// Admin tokens and the users who administer: the rule of O14, that no token makes more than it has.
import { describe, expect, it } from 'vitest'
import { bearer, postern, read } from '../support/http.ts'
import {
  beginImport,
  importRows,
  linesOf,
  newRow,
  sendChunk,
  userNamed,
} from '../support/imports.ts'
import { admin, registerUser } from '../support/registry.ts'
import { problem, send } from './operator.ts'

const tokenOf = async (scope: string) =>
  (await (await admin('POST', '/tokens', { name: 'A test', scope })).json<{ token: string }>())
    .token

const by = (token: string, method: string, path: string, body?: object) =>
  send(
    method,
    path,
    { ...bearer(token), 'Content-Type': 'application/json' },
    body === undefined ? null : JSON.stringify(body),
  )

const users = await tokenOf('read users')
const all = await tokenOf('users clients keys events settings tokens')
const fresh = () => `user-${crypto.randomUUID()}`
const lacks = (scope: string) => problem(403, `the token lacks the scope ${scope}`)

describe('An admin token of the scope users alone', () => {
  it.each([
    ['admin', 'clients'],
    ['admin-read', 'events'],
  ])('O14: makes nobody %s', async (role, missing) => {
    const user = await registerUser()
    const username = fresh()
    const answers = {
      created: await read(await by(users, 'POST', '/users', { username, role })),
      changed: await read(await by(users, 'PATCH', `/users/${user.id}`, { role })),
    }
    const { role: left } = await (
      await admin('GET', `/users/${user.id}`)
    ).json<{ role: string | null }>()
    const { items } = await (
      await admin('GET', `/users?username=${username}`)
    ).json<{ items: unknown[] }>()
    expect({ ...answers, left, items }).toEqual({
      created: lacks(missing),
      changed: lacks(missing),
      left: null,
      items: [],
    })
  })

  it.each<[string, string, string, object?]>([
    ['a new password', 'PATCH', '', { password: 'a password of mine' }],
    ['a new address', 'PATCH', '', { email: `${fresh()}@example.com` }],
    ['another role', 'PATCH', '', { role: null }],
    ['a reset', 'POST', '/reset'],
    ['removed factors', 'DELETE', '/second-factors'],
  ])(
    'O14: does not open the account of an administrator by %s',
    async (_by, method, path, body) => {
      const user = await registerUser({ role: 'admin' })
      const before = await read(await admin('GET', `/users/${user.id}`))
      const answer = await read(await by(users, method, `/users/${user.id}${path}`, body))
      expect({ answer, after: await read(await admin('GET', `/users/${user.id}`)) }).toEqual({
        answer: lacks('clients'),
        after: before,
      })
    },
  )

  it('O14: begins no import that gives such roles', async () => {
    const run = { source: 'csv', on_existing: 'skip', dry_run: true, admin_roles: true }
    expect(await read(await by(users, 'POST', '/imports', run))).toEqual(lacks('clients'))
  })

  it('O14: adds nobody to an import of ADMIN_TOKEN that gives such roles', async () => {
    const id = await beginImport({ admin_roles: true })
    const row = newRow({ roles: ['admin'] })
    const answer = await sendChunk(id, 1, linesOf([row]), postern, bearer(users))
    expect({ answer: await read(answer), user: await userNamed(row.username) }).toEqual({
      answer: lacks('clients'),
      user: undefined,
    })
  })

  it('O14: changes no administrator by an import, and links nobody to one', async () => {
    const user = await registerUser({ role: 'admin', email_verified: true })
    const path = `/users/${user.id}`
    const before = await read(await admin('GET', path))
    const id = await beginImport({ on_existing: 'update', match_email: true })
    const row = newRow({
      email: user.email,
      email_verified: true,
      links: [{ issuer: 'https://evil.example', subject: 'me' }],
    })
    const { failed, errors } = await importRows(id, [row])
    const links = await read(await admin('GET', `${path}/provider-links`))
    expect({ failed, errors, links, after: await read(await admin('GET', path)) }).toEqual({
      failed: 1,
      errors: [
        {
          line: 1,
          field: '',
          detail: 'administers this server, and the import changes no such user',
          code: 'admin_role',
        },
      ],
      links: { status: 200, body: { items: [], next_cursor: null } },
      after: before,
    })
  })

  it('ends what an administrator has, which opens nothing', async () => {
    const user = await registerUser({ role: 'admin' })
    const path = `/users/${user.id}`
    const statuses = [
      (await by(users, 'POST', `${path}/logout`)).status,
      (await by(users, 'DELETE', path)).status,
    ]
    expect(statuses).toEqual([204, 204])
  })

  it('does all of that to other users', async () => {
    const user = await registerUser({ role: 'editor' })
    const path = `/users/${user.id}`
    const statuses = [
      (await by(users, 'PATCH', path, { password: 'a new password', role: 'author' })).status,
      (await by(users, 'POST', `${path}/reset`)).status,
    ]
    expect(statuses).toEqual([200, 201])
  })
})

describe('An admin token of the scope settings alone', () => {
  const provider = {
    label: 'Evil',
    issuer: 'https://evil.example',
    client_id: 'evil',
    client_secret: 'a secret of theirs',
    link_by_email: true,
  }

  // Whoever answers for a provider says who has signed in, and that may be an administrator.
  it('O14: makes no provider and changes none, but may end one', async () => {
    const settings = await tokenOf('read settings')
    const id = `provider-${crypto.randomUUID().slice(0, 8)}`
    const existing = { ...provider, id, link_by_email: false }
    expect((await by(all, 'POST', '/providers', existing)).status).toBe(201)
    const path = `/providers/${id}`
    const before = await read(await admin('GET', path))
    expect({
      created: await read(await by(settings, 'POST', '/providers', provider)),
      changed: await read(await by(settings, 'PATCH', path, { link_by_email: true })),
      isKept: (await read(await admin('GET', path))).body,
      ended: (await by(settings, 'DELETE', path)).status,
    }).toEqual({
      created: lacks('users'),
      changed: lacks('users'),
      isKept: before.body,
      ended: 204,
    })
  })
})

describe('An admin token of every scope', () => {
  it('makes administrators, and resets them', async () => {
    const created = await by(all, 'POST', '/users', { username: fresh(), role: 'admin' })
    const { id } = await created.json<{ id: number }>()
    const reset = await by(all, 'POST', `/users/${id}/reset`)
    expect({ created: created.status, reset: reset.status }).toEqual({ created: 201, reset: 201 })
  })
})
