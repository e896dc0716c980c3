import { env } from 'cloudflare:workers'
import { decodeProtectedHeader } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import {
  authorizePath,
  codeFor,
  outcome,
  redeem,
  registerWebClient,
  signedIn,
} from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { get, read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  passwordGrant,
  postAs,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'
import { problem } from './operator.ts'

type Key = { kid: string; use: string; alg: string; state: string; withdrawn_at: number | null }

const client = await registerClient()
const user = await registerUser()

aDayForEachTest()

const ofAlg = <Listed extends { alg: string }>(keys: Listed[], alg: string): Listed[] =>
  keys.filter((key) => key.alg === alg)

const listed = async (server: Server, alg = 'ES256') => {
  const { items } = await (
    await admin('GET', '/keys', undefined, server.fetch)
  ).json<{ items: Key[] }>()
  return ofAlg(items, alg).map(({ kid, state }) => ({ kid, state }))
}

const published = async ({ fetch }: Server, alg = 'ES256') => {
  const { keys } = await (
    await get('/.well-known/jwks.json', {}, fetch)
  ).json<{ keys: { kid: string; alg: string }[] }>()
  return ofAlg(keys, alg).map(({ kid }) => kid)
}

/** A token of the client's own, and the key that signed it. */
async function signed({ fetch }: Server) {
  const { access_token } = await tokensOf(clientCredentials(client, {}, fetch))
  return { token: access_token, kid: kidOf(access_token) }
}

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? ''

const isActive = async (token: string, { fetch }: Server) =>
  Object(await (await introspect(client, token, fetch)).json()).active

const withdraw = (kid: string, { fetch }: Server) =>
  admin('POST', `/keys/${kid}/withdraw`, undefined, fetch)

describe('the list of keys', () => {
  it('says of each what it is for, its state and its times', async () => {
    const server = new Server()
    const { kid } = await signed(server)
    const answer = await read(await admin('GET', '/keys', undefined, server.fetch))
    expect(answer).toMatchObject({ status: 200, body: { next_cursor: null } })
    const items: Key[] = Object(answer.body).items
    expect(items.find((key) => key.kid === kid)).toEqual({
      kid,
      use: 'sig',
      alg: 'ES256',
      state: 'signing',
      created_at: expect.any(Number),
      active_at: expect.any(Number),
      expires_at: null,
      withdrawn_at: null,
    })
  })

  it('tells a successor that is only published, and then the retired key', async () => {
    const server = new Server()
    const { kid } = await signed(server)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    const [successor, old] = await listed(server)
    expect({ successor: successor?.state, old }).toEqual({
      successor: 'published',
      old: { kid, state: 'signing' },
    })
    setClock(600_000)
    const states = (await listed(server)).slice(0, 2)
    expect(states).toEqual([
      { kid: successor?.kid, state: 'signing' },
      { kid, state: 'retired' },
    ])
  })
})

describe('withdrawing a compromised signing key', () => {
  it('ends it at once: out of the JWKS, none of its tokens counts, a new key signs', async () => {
    const server = new Server()
    const { token, kid } = await signed(server)
    const { access_token } = await tokensOf(passwordGrant(client, user, {}, server.fetch))
    expect(await read(await withdraw(kid, server))).toEqual({ status: 204, body: '' })
    const after = await signed(server)
    expect(await published(server)).toContain(after.kid)
    expect(await published(server)).not.toContain(kid)
    expect(await isActive(token, server)).toBe(false)
    expect((await userinfo(access_token, server.fetch)).status).toBe(401)
    expect(await isActive(after.token, server)).toBe(true)
    expect(await listed(server)).toEqual(
      expect.arrayContaining([
        { kid, state: 'withdrawn' },
        { kid: after.kid, state: 'signing' },
      ]),
    )
  })

  it('ends its tokens also at an isolate that still has it in memory', async () => {
    const [server, other] = [new Server(), new Server()]
    const { token, kid } = await signed(server)
    const { access_token } = await tokensOf(passwordGrant(client, user, {}, server.fetch))
    expect(await isActive(token, other)).toBe(true)
    await withdraw(kid, server)
    expect(await isActive(token, other)).toBe(false)
    expect((await userinfo(access_token, other.fetch)).status).toBe(401)
  })

  it('leaves the keys of other algorithms alone', async () => {
    const server = new Server()
    const before = await published(server, 'RS256')
    await withdraw((await signed(server)).kid, server)
    expect(await published(server, 'RS256')).toEqual(before)
  })

  it('makes one new key, however often and by however many it is asked for', async () => {
    const servers = [new Server(), new Server(), new Server()]
    const [server = new Server()] = servers
    const { kid } = await signed(server)
    const before = await listed(server)
    const answers = await Promise.all(servers.map((one) => withdraw(kid, one)))
    answers.push(await withdraw(kid, server))
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204])
    expect((await listed(server)).length).toBe(before.length + 1)
    const { results } = await env.DB.prepare(
      "SELECT detail FROM audit_events WHERE kind = 'key.withdrawn' AND detail LIKE '%' || ?1 || '%'",
    )
      .bind(kid)
      .all()
    expect(results).toEqual([{ detail: JSON.stringify({ kid }) }])
  })

  it('of a key that is only published takes nothing from the one in use, and the next rotation makes another', async () => {
    const server = new Server()
    const { kid } = await signed(server)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    const [waiting] = await listed(server)
    await withdraw(waiting?.kid ?? '', server)
    expect((await signed(server)).kid).toBe(kid)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    const [next] = await listed(server)
    expect({ state: next?.state, isWaiting: next?.kid === waiting?.kid }).toEqual({
      state: 'published',
      isWaiting: false,
    })
  })

  it('of the key in use while its predecessor is still published does not bring that back', async () => {
    const server = new Server()
    const { kid: predecessor } = await signed(server)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    setClock(600_000)
    const { kid } = await signed(server)
    await withdraw(kid, server)
    expect([predecessor, kid]).not.toContain((await signed(server)).kid)
  })

  it('of the only key, by an isolate whose clock is so far behind that it is not in use yet, leaves none without', async () => {
    const server = new Server()
    const { kid } = await signed(server)
    const { results } = await env.DB.prepare(
      "SELECT kid FROM signing_keys WHERE alg = 'ES256'",
    ).all()
    for (const { kid: one } of results) if (one !== kid) await withdraw(String(one), server)
    await env.DB.prepare('UPDATE signing_keys SET active_at = active_at + 86400 WHERE kid = ?1')
      .bind(kid)
      .run()
    await withdraw(kid, server)
    expect((await signed(server)).kid).not.toBe(kid)
  })

  it('of the only key, where none can be made, is 409, and the key stays in use', async () => {
    const server = new Server()
    const { kid } = await signed(server)
    for (const other of (await listed(server)).filter((key) => key.kid !== kid)) {
      await withdraw(other.kid, server)
    }
    const made = vi.spyOn(crypto.subtle, 'generateKey').mockRejectedValue(new Error('no entropy'))
    const answer = await read(await withdraw(kid, server))
    made.mockRestore()
    expect({ answer, kid: (await signed(new Server())).kid }).toEqual({
      answer: problem(409, 'the key is the only one of its alg, and no successor can be created'),
      kid,
    })
  })

  it('where none can be made leaves the one that is published to sign at once', async () => {
    const server = new Server()
    const { kid, token } = await signed(server)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    const [waiting] = await listed(server)
    const made = vi.spyOn(crypto.subtle, 'generateKey').mockRejectedValue(new Error('no entropy'))
    const { status } = await withdraw(kid, server)
    made.mockRestore()
    expect({
      status,
      kid: (await signed(server)).kid,
      isActive: await isActive(token, server),
    }).toEqual({ status: 204, kid: waiting?.kid, isActive: false })
  })

  it('where none can be made leaves a retired key retired: the published one signs', async () => {
    const server = new Server()
    const { kid: retired } = await signed(server)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    setClock(600_000)
    await server.cron()
    const { kid } = await signed(server)
    await admin('POST', '/keys/rotate', undefined, server.fetch)
    const [waiting] = await listed(server)
    const made = vi.spyOn(crypto.subtle, 'generateKey').mockRejectedValue(new Error('no entropy'))
    const { status } = await withdraw(kid, server)
    made.mockRestore()
    const after = (await signed(server)).kid
    expect({ status, after, isPublished: (await published(server)).includes(retired) }).toEqual({
      status: 204,
      after: waiting?.kid,
      isPublished: true,
    })
  })

  it('of a key that is not there is 404', async () => {
    expect(await read(await withdraw('unknown', new Server()))).toEqual(problem(404, 'no such key'))
  })
})

describe('what a withdrawn key has signed', () => {
  const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const typeOf = (kind: string) => `urn:ietf:params:oauth:token-type:${kind}`

  it('is refused wherever a token or a hint is taken: it was good there before', async () => {
    const server = new Server()
    const to = server.fetch
    const exchanger = await registerClient({
      grant_types: ['password', 'refresh_token', exchange],
    })
    const web = await registerWebClient()
    const person = await registerUser()
    const agent = await signedIn(person, to)
    const tokens = await tokensOf(passwordGrant(exchanger, person, { scope: 'openid read' }, to))
    const { id_token = '' } = await tokensOf(redeem(web, await codeFor(agent, web), {}, to))
    const outcomes = async () => {
      const exchanged = await postAs(
        exchanger,
        '/oauth2/token',
        {
          grant_type: exchange,
          subject_token: tokens.access_token,
          subject_token_type: typeOf('access_token'),
        },
        to,
      )
      const hinted = { prompt: 'none', id_token_hint: id_token }
      const silent = await agent.open(authorizePath(web, hinted))
      const logout = await agent.open(`/oauth2/logout?id_token_hint=${id_token}`)
      return {
        userinfo: (await userinfo(tokens.access_token, to)).status,
        active: await isActive(tokens.access_token, server),
        exchange: exchanged.status,
        hint: outcome(silent)['error'] ?? 'a code',
        logout: logout.status,
      }
    }
    const before = await outcomes()
    for (const kid of [tokens.access_token, id_token].map(kidOf)) await withdraw(kid, server)
    expect({ before, after: await outcomes() }).toEqual({
      before: {
        userinfo: 200,
        active: true,
        exchange: 200,
        hint: 'a code',
        logout: 200,
      },
      after: {
        userinfo: 401,
        active: false,
        exchange: 400,
        hint: 'invalid_request',
        logout: 400,
      },
    })
  })
})

describe('the audit', () => {
  it('tells of a rotation by an operator and by cron', async () => {
    const server = new Server()
    await signed(server)
    const answer = await admin('POST', '/keys/rotate', undefined, server.fetch)
    setClock(365 * 86_400_000)
    await server.cron()
    const { results } = await env.DB.prepare(
      "SELECT request_id FROM audit_events WHERE kind = 'key.rotated' ORDER BY id DESC LIMIT 2",
    ).all()
    expect(results).toEqual([
      { request_id: 'cron' },
      { request_id: answer.headers.get('X-Request-Id') },
    ])
  })
})
