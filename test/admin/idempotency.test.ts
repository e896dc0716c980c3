// Answers that are lost on their way, and what the operator's retry then finds.
import { describe, expect, it } from 'vitest'
import { atCall, Server } from '../support/faults.ts'
import { postern, read, type Answerer } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { clientCredentials } from '../support/tokens.ts'
import { adminToken, invalid, problem, send } from './operator.ts'

const fresh = () => `client-${crypto.randomUUID()}`
const machine = { grant_types: ['client_credentials'] }

/** A request of the admin REST that names its operation. */
const named = (key: string, path: string, body: object | null = null, to: Answerer = postern) => {
  const headers = { ...adminToken, 'Content-Type': 'application/json', 'Idempotency-Key': key }
  return send('POST', path, headers, body === null ? null : JSON.stringify(body), to)
}

const takenClient = problem(409, 'already in use', [
  { field: 'client_id', detail: 'is the identifier of another client' },
])

describe('Idempotency-Key: making a client', () => {
  it.each([
    ['that names itself', { ...machine, client_id: fresh() }],
    ['that does not', machine],
    [
      'without secret',
      { ...machine, grant_types: ['password'], token_endpoint_auth_method: 'none' },
    ],
  ])('%s once more is the same answer, and one client', async (_what, body) => {
    const key = crypto.randomUUID()
    const first = await read(await named(key, '/clients', body))
    expect(first.status).toBe(201)
    expect(await read(await named(key, '/clients', body))).toEqual(first)
  })

  it('gives the secret that opens what the first try made', async () => {
    const [key, client_id] = [crypto.randomUUID(), fresh()]
    await named(key, '/clients', { ...machine, client_id })
    const again = await (
      await named(key, '/clients', { ...machine, client_id })
    ).json<{ client_secret: string }>()
    expect((await clientCredentials({ client_id, ...again })).status).toBe(200)
  })

  it('another key, no key, or another body is another operation', async () => {
    const [key, client_id] = [crypto.randomUUID(), fresh()]
    const body = { ...machine, client_id }
    await named(key, '/clients', body)
    expect(await read(await named(crypto.randomUUID(), '/clients', body))).toEqual(takenClient)
    expect(await read(await admin('POST', '/clients', body))).toEqual(takenClient)
    const other = { ...body, client_name: 'Another' }
    expect(await read(await named(key, '/clients', other))).toEqual(takenClient)
  })

  it('is over once the client has another secret', async () => {
    const [key, client_id] = [crypto.randomUUID(), fresh()]
    await named(key, '/clients', { ...machine, client_id })
    await admin('POST', `/clients/${client_id}/secret`)
    expect(await read(await named(key, '/clients', { ...machine, client_id }))).toEqual(takenClient)
  })

  it.each(['a b', 'x'.repeat(201)])('the key %j is none', async (key) => {
    const headers = { ...adminToken, 'Content-Type': 'application/json' }
    const sent = { ...headers, 'Idempotency-Key': key }
    const answer = await send('POST', '/clients', sent, JSON.stringify(machine))
    const detail = 'must be 1 to 200 printable ASCII characters'
    expect(await read(answer)).toEqual(invalid({ field: 'Idempotency-Key', detail }))
  })

  it('without a key, an answer of D1 that was lost is told by what the row says', async () => {
    const server = new Server()
    server.plan(atCall(0, 'fails after the commit'))
    const answer = await admin('POST', '/clients', machine, server.fetch)
    expect(answer.status).toBe(201)
    const client = await answer.json<{ client_id: string; client_secret: string }>()
    expect((await clientCredentials(client)).status).toBe(200)
  })
})

describe('Idempotency-Key: a new secret', () => {
  it('once more is the same secret, and the one in use stays valid', async () => {
    const first = await registerClient()
    const path = `/clients/${first.client_id}/secret`
    const key = crypto.randomUUID()
    const secretOf = async () =>
      (await (await named(key, path)).json<{ client_secret: string }>()).client_secret
    const [made, again] = [await secretOf(), await secretOf()]
    expect(again).toBe(made)
    const statuses = await Promise.all(
      [first, { ...first, client_secret: made }].map(
        async (client) => (await clientCredentials(client)).status,
      ),
    )
    expect(statuses).toEqual([200, 200])
  })

  it('once more changes nothing, and no event tells of it', async () => {
    const { client_id } = await registerClient()
    const path = `/clients/${client_id}/secret`
    const key = crypto.randomUUID()
    for (let nth = 0; nth < 3; nth++) await named(key, path)
    const answer = await admin('GET', '/events?kind=client.secret-rotated&limit=500')
    const { items } = await answer.json<{ items: { client_id: string }[] }>()
    expect(items.filter((event) => event.client_id === client_id).length).toBe(1)
  })

  it('is another for another client, and for another key', async () => {
    const [one, other] = [await registerClient(), await registerClient()]
    const key = crypto.randomUUID()
    const secrets = await Promise.all(
      [
        named(key, `/clients/${one.client_id}/secret`),
        named(key, `/clients/${other.client_id}/secret`),
      ].map(
        async (answer) => (await (await answer).json<{ client_secret: string }>()).client_secret,
      ),
    )
    const third = await named(crypto.randomUUID(), `/clients/${one.client_id}/secret`)
    const all = [...secrets, (await third.json<{ client_secret: string }>()).client_secret]
    expect(new Set(all).size).toBe(3)
  })
})
