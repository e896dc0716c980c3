import { describe, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { claimsOf, forge } from '../support/forge.ts'
import { Server } from '../support/faults.ts'
import { basic, get, post, read, readAll } from '../support/http.ts'
import { registerClient, registerPublicClient, registerUser } from '../support/registry.ts'
import { grantIdOf, grantRow } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  postAs,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()
const done = { status: 200, body: {} }

const isActive = async (token: string): Promise<unknown> =>
  Object(await (await introspect(client, token)).json()).active

describe('RFC 7009 2.1: revoking', () => {
  it('answers 200 and an empty JSON object, which nobody may keep', async () => {
    const { refresh_token } = await signIn(client, user)
    expect(await readAll(await revoke(client, refresh_token))).toEqual({
      ...done,
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
      },
    })
  })

  it('a refresh token ends its whole grant: every access token of it, and the successor', async () => {
    const first = await signIn(client, user)
    const second = await grantOf(refresh(client, first.refresh_token))
    await revoke(client, second.refresh_token)
    const tokens = [first.access_token, second.access_token, second.refresh_token]
    expect(await Promise.all(tokens.map(isActive))).toEqual([false, false, false])
    expect((await refresh(client, second.refresh_token)).status).toBe(400)
  })

  it('a refresh token that was superseded ends its grant as well', async () => {
    const first = await signIn(client, user)
    const second = await grantOf(refresh(client, first.refresh_token))
    await revoke(client, first.refresh_token)
    expect((await refresh(client, second.refresh_token)).status).toBe(400)
  })

  it('an access token ends only itself', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    await revoke(client, access_token)
    expect((await userinfo(access_token)).status).toBe(401)
    const next = await grantOf(refresh(client, refresh_token))
    expect((await userinfo(next.access_token)).status).toBe(200)
  })

  it('an access token for another resource, or of a client’s own, as well', async () => {
    const resource = 'https://api.example'
    const tokens = [
      (await signIn(client, user, { resource })).access_token,
      (await tokensOf(clientCredentials(client))).access_token,
    ]
    expect(await Promise.all(tokens.map(isActive))).toEqual([true, true])
    await Promise.all(tokens.map((token) => revoke(client, token)))
    expect(await Promise.all(tokens.map(isActive))).toEqual([false, false])
  })

  it('leaves the other grants of the same user and client alone', async () => {
    const one = await signIn(client, user)
    const other = await signIn(client, user)
    await revoke(client, one.refresh_token)
    expect((await refresh(client, other.refresh_token)).status).toBe(200)
  })

  it.each(['access_token', 'refresh_token', 'nonsense', '__proto__'])(
    'the hint %s does not matter',
    async (token_type_hint) => {
      const { refresh_token } = await signIn(client, user)
      await postAs(client, '/oauth2/revoke', { token: refresh_token, token_type_hint })
      expect(await isActive(refresh_token)).toBe(false)
    },
  )

  it('a public client revokes its own tokens by its id alone', async () => {
    const own = await registerPublicClient()
    const { refresh_token } = await signIn(own, user)
    expect(await read(await revoke(own, refresh_token))).toEqual(done)
    expect((await refresh(own, refresh_token)).status).toBe(400)
  })
})

describe('RFC 7009 2.2: what is no error', () => {
  it.each([
    ['garbage', 'garbage'],
    ['a JWT that nobody signed', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.AA'],
    [
      'a refresh token that nobody made',
      `rt_test.${'A'.repeat(22)}.0.${'A'.repeat(43)}.${'A'.repeat(22)}`,
    ],
    ['an inherited name', 'constructor'],
    ['60 kB', 'a'.repeat(60_000)],
  ])('%s: 200, and nothing is written', async (_what, token) => {
    const server = new Server()
    await revoke(client, 'x', server.fetch)
    // The keys tell whether MASTER_KEY is the right one.
    await get('/.well-known/jwks.json', {}, server.fetch)
    server.calls = []
    const answer = await revoke(client, token, server.fetch)
    expect({ ...(await read(answer)), calls: server.calls }).toEqual({ ...done, calls: [] })
  })

  it('a token that was revoked before', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    for (const token of [access_token, access_token, refresh_token, refresh_token, access_token]) {
      expect(await read(await revoke(client, token))).toEqual(done)
    }
  })

  it('a token that has expired', async () => {
    const { access_token } = await tokensOf(clientCredentials(client))
    expect(await read(await revoke(client, await forge(access_token, { exp: 1 })))).toEqual(done)
  })

  it('another client’s token, which lives on', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    const stranger = await registerClient()
    expect(await read(await revoke(stranger, access_token))).toEqual(done)
    expect(await read(await revoke(stranger, refresh_token))).toEqual(done)
    expect({
      accessToken: await isActive(access_token),
      refreshToken: await isActive(refresh_token),
    }).toEqual({ accessToken: true, refreshToken: true })
  })

  it('another client’s token leaves no line in the audit that says it was revoked', async () => {
    const { refresh_token } = await signIn(client, user)
    const stranger = await registerClient()
    await revoke(stranger, refresh_token)
    const query = "SELECT kind FROM audit_events WHERE client_id = ?1 AND kind LIKE '%revoked%'"
    const { results } = await env.DB.prepare(query).bind(stranger.client_id).all()
    expect(results).toEqual([])
  })
})

describe('RFC 7009 2.1: who may revoke', () => {
  it('nobody without credentials, or with wrong ones: 401, and the token lives on', async () => {
    const { refresh_token } = await signIn(client, user)
    const form = { token: refresh_token }
    const answers = [
      await post('/oauth2/revoke', form),
      await post('/oauth2/revoke', form, basic(client.client_id, 'wrong')),
      await post('/oauth2/revoke', { ...form, client_id: client.client_id }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(await isActive(refresh_token)).toBe(true)
  })

  it('nobody without a token, or with two: 400', async () => {
    expect((await postAs(client, '/oauth2/revoke', {})).status).toBe(400)
    expect((await postAs(client, '/oauth2/revoke', { token: '' })).status).toBe(400)
    expect((await postAs(client, '/oauth2/revoke', { token: ['a', 'b'] })).status).toBe(400)
  })

  it('not with GET: 405', async () => {
    const answer = await get('/oauth2/revoke?token=x')
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    })
  })
})

describe('revocations reach KV through the outbox', () => {
  const outbox = async (key: string) =>
    (await env.DB.prepare('SELECT key FROM revocation_outbox WHERE key = ?1').bind(key).all())
      .results

  it('a grant: KV knows it by its id, and the outbox is empty again', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = new Server()
    await revoke(client, refresh_token, server.fetch)
    await server.settled()
    const key = `rev:grant:${grantIdOf(refresh_token)}`
    const { revoked_at } = await grantRow(refresh_token)
    expect({ kv: await env.KV.get(key), outbox: await outbox(key) }).toEqual({
      kv: String(revoked_at),
      outbox: [],
    })
  })

  it('an access token: KV knows it by its jti', async () => {
    const { access_token } = await signIn(client, user)
    const server = new Server()
    await revoke(client, access_token, server.fetch)
    await server.settled()
    const key = `rev:token:${String(claimsOf(access_token).jti)}`
    expect({ kv: await env.KV.get(key), outbox: await outbox(key) }).toEqual({
      kv: expect.any(String),
      outbox: [],
    })
  })

  it('KV keeps the revocation of a grant until its refresh token expires, and a minute longer', async () => {
    const { refresh_token } = await signIn(client, user)
    const server = new Server()
    await revoke(client, refresh_token, server.fetch)
    await server.settled()
    const name = `rev:grant:${grantIdOf(refresh_token)}`
    const { keys } = await env.KV.list({ prefix: name })
    const { idle_expires_at } = await grantRow(refresh_token)
    expect(Math.abs((keys[0]?.expiration ?? 0) - idle_expires_at - 60)).toBeLessThanOrEqual(1)
  })
})
