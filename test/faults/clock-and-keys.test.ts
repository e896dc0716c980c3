import { env } from 'cloudflare:workers'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { get, read, type Answerer } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { aDayForEachTest, grantRow, setClock } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  passwordGrant,
  refresh,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

aDayForEachTest()

const isActive = async (token: string, to?: Answerer): Promise<unknown> =>
  Object(await (await introspect(client, token, to)).json()).active

describe('F28: the clocks of two machines differ by a minute', () => {
  it.each([minute, -minute])(
    'by %i ms: a grant goes on from one to the other',
    async (difference) => {
      const own = await registerUser()
      setClock(difference)
      const grant = await signIn(client, own)
      setClock(0)
      expect(await isActive(grant.access_token)).toBe(true)
      const next = await grantOf(refresh(client, grant.refresh_token))
      setClock(difference)
      expect((await userinfo(next.access_token)).status).toBe(200)
      expect((await refresh(client, next.refresh_token)).status).toBe(200)
    },
  )

  it('a retry at a machine that is behind gets the same successor', async () => {
    const { refresh_token } = await signIn(client, user)
    const first = await grantOf(refresh(client, refresh_token))
    setClock(-minute)
    expect((await grantOf(refresh(client, refresh_token))).refresh_token).toBe(first.refresh_token)
  })
})

describe('F29: the clock jumps back an hour', () => {
  it('a superseded refresh token gets no grace from it', async () => {
    const { refresh_token } = await signIn(client, user)
    await refresh(client, refresh_token)
    setClock(-hour)
    expect((await refresh(client, refresh_token)).status).toBe(400)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_reason: 'token.refresh-reused' })
  })

  it('what was given out goes on, and what had ended stays ended', async () => {
    const alive = await signIn(client, user)
    const ended = await signIn(client, user)
    await admin('POST', `/users/${(await registerUser()).id}/logout`)
    await refresh(client, ended.refresh_token)
    await env.DB.prepare('UPDATE grants SET revoked_at = ?2 WHERE id = ?1')
      .bind(ended.refresh_token.split('.')[1], Date.now() / 1000)
      .run()
    setClock(-hour)
    expect((await refresh(client, alive.refresh_token)).status).toBe(200)
    expect((await userinfo(ended.access_token)).status).toBe(401)
  })

  it('an isolate that read the keys before the jump still learns of a new one', async () => {
    const behind = new Server()
    setClock(0)
    await clientCredentials(client, {}, behind.fetch)
    setClock(-hour)
    await admin('POST', '/keys/rotate')
    setClock(10 * minute - hour)
    const { access_token } = await tokensOf(clientCredentials(client, {}, new Server().fetch))
    expect(await isActive(access_token, behind.fetch)).toBe(true)
  })

  it('an access token never lives longer than it says, by the clock that is asked', async () => {
    const { access_token } = await signIn(client, user)
    const expiry = Number(claimsOf(access_token).exp) * 1000
    vi.setSystemTime(expiry - 1)
    expect(await isActive(access_token)).toBe(true)
    vi.setSystemTime(expiry)
    expect(await isActive(access_token)).toBe(false)
  })
})

describe('F30: a signing key is rotated while tokens live', () => {
  /** The ids of the published ES256 keys. */
  const kidsOf = async ({ fetch }: Server) => {
    const answer = await get('/.well-known/jwks.json', {}, fetch)
    const { keys } = await answer.json<JSONWebKeySet>()
    return keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)
  }
  const signerOf = async ({ fetch }: Server) => {
    const { access_token } = await tokensOf(clientCredentials(client, {}, fetch))
    return decodeProtectedHeader(access_token).kid
  }

  it('published at once, in use when every kept JWKS has gone, the old one kept as long as its tokens', async () => {
    const server = new Server()
    const before = await kidsOf(server)
    const old = await signerOf(server)
    expect((await admin('POST', '/keys/rotate', undefined, server.fetch)).ok).toBe(true)
    const [added, ...others] = (await kidsOf(server)).filter((kid) => !before.includes(kid))
    expect({ added: typeof added, others, signer: await signerOf(server) }).toEqual({
      added: 'string',
      others: [],
      signer: old,
    })
    setClock(5 * minute)
    expect(await signerOf(server)).toBe(old)
    setClock(6 * minute + 1000)
    expect(await signerOf(server)).toBe(added)
    await server.cron()
    expect(await kidsOf(server)).toEqual(expect.arrayContaining([old, added]))
    // An ID token is a hint as long as the browser session that it tells of.
    setClock(14 * day)
    expect(await kidsOf(server)).toEqual(expect.arrayContaining([old, added]))
    setClock(15 * day)
    expect({
      listsOld: (await kidsOf(server)).includes(old),
      listsAdded: (await kidsOf(server)).includes(added),
    }).toEqual({ listsOld: false, listsAdded: true })
  })

  it('a token of either key verifies, for us and for a stranger, whenever it was signed', async () => {
    const before = await tokensOf(clientCredentials(client))
    const { fetch } = new Server()
    await admin('POST', '/keys/rotate', undefined, fetch)
    setClock(7 * minute)
    const after = await tokensOf(clientCredentials(client, {}, fetch))
    const jwks = await (await get('/.well-known/jwks.json', {}, fetch)).json<JSONWebKeySet>()
    const verify = (token: string) => jwtVerify(token, createLocalJWKSet(jwks))
    await verify(before.access_token)
    await verify(after.access_token)
    expect(await isActive(after.access_token, new Server().fetch)).toBe(true)
  })

  it('an isolate that has not heard of the new key reads once for it', async () => {
    const behind = new Server()
    await clientCredentials(client, {}, behind.fetch)
    await admin('POST', '/keys/rotate')
    setClock(20 * minute)
    const { access_token } = await tokensOf(clientCredentials(client, {}, new Server().fetch))
    setClock(20 * minute + 10_000)
    expect(await isActive(access_token, behind.fetch)).toBe(true)
  })

  it('a flood of unknown key ids reads the keys once in five seconds, not once each', async () => {
    const server = new Server()
    const { fetch } = server
    const { access_token } = await tokensOf(clientCredentials(client, {}, fetch))
    const [, ...rest] = access_token.split('.')
    server.calls = []
    setClock(10_000)
    for (let index = 0; index < 20; index++) {
      const header = btoa(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `unknown-${index}` }))
      await introspect(client, [header.replaceAll('=', ''), ...rest].join('.'), fetch)
    }
    const reads = server.calls.filter(({ text }) => text.includes('signing_keys'))
    expect(reads.length).toBeLessThanOrEqual(2)
  })

  it('cron makes the successor when the key is old, and only one however often it runs', async () => {
    const servers = [new Server(), new Server(), new Server()]
    const count = async () => {
      const query = "SELECT COUNT(*) AS keys FROM signing_keys WHERE alg = 'ES256'"
      return (await env.DB.prepare(query).first<{ keys: number }>())?.keys ?? 0
    }
    const before = await count()
    setClock(365 * day)
    await Promise.all(servers.map((server) => server.cron()))
    await servers[0]?.cron()
    expect(await count()).toBe(before + 1)
  })
})

describe('F31: no key to sign with', () => {
  const others = `other:${'B'.repeat(42)}A`

  it('the master key is not the one that wrapped it: 503, no other key is made, nothing unsigned', async () => {
    const { fetch } = new Server({ MASTER_KEY: others })
    const count = () => env.DB.prepare('SELECT COUNT(*) AS keys FROM signing_keys').first()
    const before = await count()
    expect(await read(await clientCredentials(client, {}, fetch))).toMatchObject({ status: 503 })
    expect(await count()).toEqual(before)
  })

  it('the master key was rotated and both are listed: everything goes on', async () => {
    const old = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
    const { fetch } = new Server({ MASTER_KEY: `${others},${old}` })
    const own = await registerUser()
    const { refresh_token } = await signIn(client, own)
    const next = await grantOf(refresh(client, refresh_token, {}, fetch))
    expect(next.refresh_token).toMatch(/^rt_other\./)
    expect((await userinfo(next.access_token)).status).toBe(200)
    const retry = await grantOf(refresh(client, refresh_token, {}, fetch))
    expect(retry.refresh_token).toBe(next.refresh_token)
    // The first sign-in seals the hash anew, under the new key.
    const statuses = [
      await passwordGrant(client, own, {}, fetch),
      await passwordGrant(client, own, {}, fetch),
    ]
    expect(statuses.map(({ status }) => status)).toEqual([200, 200])
  })

  it('a retry at an isolate that does not have the new master key yet ends nothing', async () => {
    const old = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
    const { fetch } = new Server({ MASTER_KEY: `${old},${others}` })
    const newer = new Server({ MASTER_KEY: `${others},${old}` })
    const { refresh_token } = await signIn(client, user)
    const next = await grantOf(refresh(client, refresh_token, {}, newer.fetch))
    expect((await grantOf(refresh(client, refresh_token, {}, fetch))).refresh_token).toBe(
      next.refresh_token,
    )
  })

  it('D1 is away before any key was read: 503', async () => {
    const server = new Server()
    server.plan(({ text }) => (text.includes('signing_keys') ? 'fails' : null))
    const answer = await clientCredentials(client, {}, server.fetch)
    expect(await read(answer)).toMatchObject({ status: 503 })
  })

  it('D1 is away later: an isolate goes on with the keys that it knows', async () => {
    const server = new Server({ CLIENT_CACHE_LIFETIME: '10' })
    await clientCredentials(client, {}, server.fetch)
    server.plan(({ text }) => (text.includes('signing_keys') ? 'fails' : null))
    setClock(2 * minute)
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(200)
  })
})

describe('F39: the epoch, raised after a database was restored', () => {
  it('refuses every grant and token from before, and nothing from after', async () => {
    const before = await signIn(client, user)
    const own = await tokensOf(clientCredentials(client))
    setClock(1)
    expect((await admin('POST', '/epoch')).ok).toBe(true)
    setClock(2)
    const after = await signIn(client, user)
    const ownAfter = await tokensOf(clientCredentials(client))
    expect({
      before: await isActive(before.access_token),
      own: await isActive(own.access_token),
      after: await isActive(after.access_token),
      ownAfter: await isActive(ownAfter.access_token),
    }).toEqual({ before: false, own: false, after: true, ownAfter: true })
    expect((await refresh(client, before.refresh_token)).status).toBe(400)
    expect((await refresh(client, after.refresh_token)).status).toBe(200)
  })

  it('tells the milliseconds of one second apart', async () => {
    const second = 1000 - (Date.now() % 1000)
    setClock(second + 100)
    const early = await tokensOf(clientCredentials(client))
    setClock(second + 200)
    await admin('POST', '/epoch')
    setClock(second + 300)
    const late = await tokensOf(clientCredentials(client))
    setClock(second + 900)
    expect({
      early: await isActive(early.access_token),
      late: await isActive(late.access_token),
    }).toEqual({ early: false, late: true })
  })

  it('ends nothing for good: the rows stay as they are', async () => {
    const { refresh_token } = await signIn(client, user)
    setClock(minute)
    await admin('POST', '/epoch')
    await refresh(client, refresh_token)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_at: null, generation: 0 })
  })
})
