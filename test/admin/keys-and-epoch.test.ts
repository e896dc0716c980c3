import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { get, read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { clientCredentials, passwordGrant, refresh, signIn, userinfo } from '../support/tokens.ts'

type KeySet = { keys: { kid: string; alg: string }[] }
const keySet = async () => (await get('/.well-known/jwks.json')).json<KeySet>()

describe('rotating the signing keys', () => {
  it('publishes a successor of each key and takes none away', async () => {
    const before = await keySet()
    const answer = await read(await admin('POST', '/keys/rotate'))
    const { keys } = await keySet()
    const algorithms = ({ alg }: { alg: string }) => alg
    const added = keys.filter(({ kid }) => !before.keys.some((key) => key.kid === kid))
    expect(keys).toEqual(expect.arrayContaining(before.keys))
    expect({ ...answer, body: new Set(Object(answer.body).kids) }).toEqual({
      status: 200,
      body: new Set(added.map(({ kid }) => kid)),
    })
    expect(added.map(algorithms).toSorted()).toEqual(before.keys.map(algorithms).toSorted())
  })

  it('goes on signing with the known key until the successor is known everywhere', async () => {
    const client = await registerClient()
    const kidOf = async () => {
      const { access_token } = await (
        await clientCredentials(client)
      ).json<{ access_token: string }>()
      return JSON.parse(atob(access_token.split('.', 1)[0] ?? '')).kid
    }
    const before = await kidOf()
    await admin('POST', '/keys/rotate')
    expect(await kidOf()).toBe(before)
  })
})

describe('raising the epoch', () => {
  it('refuses all that was issued before and nothing after', async () => {
    const client = await registerClient()
    const user = await registerUser()
    const before = await signIn(client, user)
    expect(await read(await admin('POST', '/epoch'))).toEqual({ status: 204, body: '' })
    expect((await userinfo(before.access_token)).status).toBe(401)
    expect((await refresh(client, before.refresh_token)).status).toBe(400)
    const { access_token } = await signIn(client, user)
    expect((await userinfo(access_token)).status).toBe(200)
  })
})

describe('the audit', () => {
  it('tells what was changed, by which request, and never a value', async () => {
    const { id } = await registerUser()
    const answer = await admin('PATCH', `/users/${id}`, {
      password: 'a secret password',
      name: 'X',
    })
    const rows = await env.DB.prepare(
      "SELECT kind, user_id, request_id, detail FROM audit_events WHERE user_id = ?1 AND kind = 'user.changed'",
    )
      .bind(id)
      .all()
    expect(rows.results).toEqual([
      {
        kind: 'user.changed',
        user_id: id,
        request_id: answer.headers.get('X-Request-Id'),
        detail: '{"fields":["password","name"]}',
      },
    ])
  })

  it('and the tables hold no secret that was told', async () => {
    const client = await registerClient()
    const user = await registerUser()
    expect((await passwordGrant(client, user)).status).toBe(200)
    const tables = ['users', 'clients', 'audit_events', 'grants']
    for (const table of tables) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all()
      const text = JSON.stringify(results)
      expect({
        showsPassword: text.includes(user.password),
        showsSecret: text.includes(client.client_secret ?? ''),
      }).toEqual({ showsPassword: false, showsSecret: false })
    }
  })
})
