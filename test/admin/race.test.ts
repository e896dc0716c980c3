import { describe, expect, it } from 'vitest'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'

const fresh = () => `user-${crypto.randomUUID()}`
const tens = Array.from({ length: 10 }, (_, index) => index)
const statusesOf = async (answers: Promise<Response>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).toSorted((one, other) => one - other)

describe('at the same time', () => {
  it('ten patches of different fields of one client lose none', async () => {
    const { client_id } = await registerClient()
    const patches = [
      { client_name: 'Renamed' },
      { client_uri: 'https://app.example/' },
      { logo_uri: 'https://app.example/logo.png' },
      { policy_uri: 'https://app.example/policy' },
      { tos_uri: 'https://app.example/terms' },
      { software_id: 'app' },
      { contacts: ['somebody@example.com'] },
      { access_token_ttl: 60 },
      { disabled: true },
      { claims: { id_token: ['locale'] } },
    ]
    const path = `/clients/${client_id}`
    const answers = patches.map((patch) => admin('PATCH', path, patch))
    expect(await statusesOf(answers)).toEqual(patches.map(() => 200))
    const client = await (await admin('GET', path)).json()
    expect(client).toMatchObject(Object.assign({}, ...patches))
  })

  it('ten patches of different claims of one user lose none', async () => {
    const { id } = await registerUser()
    const answers = tens.map((nth) =>
      admin('PATCH', `/users/${id}`, { claims: { [`c${nth}`]: nth } }),
    )
    expect(await statusesOf(answers)).toEqual(tens.map(() => 200))
    const { claims } = await (await admin('GET', `/users/${id}`)).json<{ claims: object }>()
    expect(claims).toEqual(Object.fromEntries(tens.map((nth) => [`c${nth}`, nth])))
  })

  it('a new username and a new address of one user are both signed in with', async () => {
    const client = await registerClient()
    const { id, password } = await registerUser()
    const [username, email] = [fresh(), `${fresh()}@example.com`]
    const patches = [{ username }, { email }]
    const answers = patches.map((patch) => admin('PATCH', `/users/${id}`, patch))
    expect(await statusesOf(answers)).toEqual([200, 200])
    for (const name of [username, email]) {
      expect((await passwordGrant(client, { username: name, password })).status).toBe(200)
    }
  })

  it('ten users of one name are one user and nine refusals', async () => {
    const username = fresh()
    const answers = tens.map((nth) =>
      admin('POST', '/users', { username: nth % 2 ? username : username.toUpperCase() }),
    )
    expect(await statusesOf(answers)).toEqual([201, ...tens.slice(1).map(() => 409)])
  })

  it('ten users who want one name: one gets it, nobody loses his own', async () => {
    const users = await Promise.all(tens.map(() => registerUser()))
    const username = fresh()
    const answers = users.map(({ id }) => admin('PATCH', `/users/${id}`, { username }))
    expect(await statusesOf(answers)).toEqual([200, ...tens.slice(1).map(() => 409)])
    const names = await Promise.all(
      users.map(
        async ({ id }) =>
          (await (await admin('GET', `/users/${id}`)).json<{ username: string }>()).username,
      ),
    )
    const kept = users.filter((user) => names.includes(user.username))
    expect({
      kept: kept.length,
      namesKept: names.filter((name) => name === username).length,
    }).toEqual({ kept: 9, namesKept: 1 })
  })

  it('ten clients of one identifier are one client and nine refusals', async () => {
    const sent = { client_id: fresh(), grant_types: ['client_credentials'] }
    const answers = tens.map(() => admin('POST', '/clients', sent))
    expect(await statusesOf(answers)).toEqual([201, ...tens.slice(1).map(() => 409)])
  })

  it('a patch and a deletion leave no user and none of his names', async () => {
    const { id } = await registerUser()
    const username = fresh()
    const path = `/users/${id}`
    const [patched, deleted] = await Promise.all([
      admin('PATCH', path, { username }),
      admin('DELETE', path),
    ])
    expect({ patched: [200, 404].includes(patched.status), deleted: deleted.status }).toEqual({
      patched: true,
      deleted: 204,
    })
    expect((await admin('GET', path)).status).toBe(404)
    expect((await admin('POST', '/users', { username })).status).toBe(201)
  })
})
