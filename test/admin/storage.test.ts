import { describe, expect, it } from 'vitest'
import { always, atCall, Server } from '../support/faults.ts'
import { readAll } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { problem } from './operator.ts'

const unavailable = {
  ...problem(503, 'the server cannot answer now, try again'),
  headers: {
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'content-type': 'application/problem+json',
    'retry-after': '2',
  },
}

describe('while D1 is away', () => {
  it.each([
    ['GET', '/users'],
    ['POST', '/users', { username: 'somebody' }],
    ['GET', '/users/1'],
    ['PATCH', '/users/1', { name: 'Somebody' }],
    ['DELETE', '/users/1'],
    ['POST', '/users/1/logout'],
    ['GET', '/clients'],
    ['POST', '/clients', { grant_types: ['client_credentials'] }],
    ['PATCH', '/clients/a', { client_name: 'Something' }],
    ['DELETE', '/clients/a'],
    ['POST', '/clients/a/secret'],
    ['POST', '/clients/a/revoke'],
    ['POST', '/epoch'],
    ['POST', '/keys/rotate'],
  ])('%s %s is 503 with a time to try again', async (method, path, body?: object) => {
    const server = new Server()
    server.plan(always('fails', 'DB'))
    expect(await readAll(await admin(method, path, body, server.fetch))).toEqual(unavailable)
  })

  it('a change of which nothing was written changes nothing', async () => {
    const server = new Server()
    const { id, username } = await registerUser()
    server.plan(atCall(1, 'fails'))
    const answer = await admin('PATCH', `/users/${id}`, { username: 'other' }, server.fetch)
    expect(answer.status).toBe(503)
    expect(await (await admin('GET', `/users/${id}`)).json()).toMatchObject({ username })
  })

  it('a patch whose answer was lost may be sent again as it is', async () => {
    const server = new Server()
    const { client_id } = await registerClient()
    const patch = { client_name: 'Renamed', disabled: true }
    server.plan(atCall(1, 'fails after the commit'))
    const path = `/clients/${client_id}`
    expect((await admin('PATCH', path, patch, server.fetch)).status).toBe(503)
    const answer = await admin('PATCH', path, patch, server.fetch)
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({
      status: 200,
      body: patch,
    })
  })
})

describe('while KV is away', () => {
  it('signing a user out is done all the same', async () => {
    const server = new Server()
    const { id } = await registerUser()
    server.plan(always('fails', 'KV'))
    expect((await admin('POST', `/users/${id}/logout`, undefined, server.fetch)).status).toBe(204)
    await server.settled()
  })
})
