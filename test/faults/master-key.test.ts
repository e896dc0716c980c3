// MASTER_KEY is rotated by `old,new` everywhere, then `new,old`, then `new`. What an isolate does that
// meets a row or a token made with a key it does not have: it says so, and blames nobody.
import { env } from 'cloudflare:workers'
import { decodeProtectedHeader } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { aDayForEachTest, grantRow, setClock } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  passwordGrant,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()
const minute = 60_000
const hour = 60 * minute

const oldKey = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const newKey = `new:${'B'.repeat(42)}A`
const withOld = () => new Server()
const withOldThenNew = () => new Server({ MASTER_KEY: `${oldKey},${newKey}` })
const withNewThenOld = () => new Server({ MASTER_KEY: `${newKey},${oldKey}` })
const withNew = () => new Server({ MASTER_KEY: newKey })

const unavailable = {
  status: 503,
  body: {
    error: 'temporarily_unavailable',
    error_description: 'the server cannot answer now, try again',
  },
}

aDayForEachTest()
beforeEach(async () => {
  await env.DB.prepare('DELETE FROM signing_keys').run()
})

describe('the documented order of a rotation', () => {
  it('has no moment at which a grant, a password or a token stops working', async () => {
    const own = await registerUser()
    const isolates = [withOld(), withOldThenNew(), withNewThenOld()]
    let grant = await grantOf(passwordGrant(client, own, {}, isolates[0]?.fetch))
    // While one setting replaces the other, requests reach isolates of both.
    for (const [index, server] of isolates.entries()) {
      const { fetch } = isolates[index + 1] ?? server
      const next = await grantOf(refresh(client, grant.refresh_token, {}, fetch))
      const retry = await grantOf(refresh(client, grant.refresh_token, {}, server.fetch))
      expect(retry.refresh_token).toBe(next.refresh_token)
      expect((await userinfo(next.access_token, server.fetch)).status).toBe(200)
      expect((await passwordGrant(client, own, {}, fetch)).status).toBe(200)
      grant = next
    }
  })
})

describe('a refresh token made with a key that the isolate does not have', () => {
  it('is 503 at refresh, introspection and revocation, and nothing ends', async () => {
    const newer = withNewThenOld()
    const { refresh_token } = await signIn(client, user)
    const next = await grantOf(refresh(client, refresh_token, {}, newer.fetch))
    const { fetch } = withOld()
    expect(await read(await refresh(client, next.refresh_token, {}, fetch))).toEqual(unavailable)
    expect(await read(await introspect(client, next.refresh_token, fetch))).toEqual(unavailable)
    expect(await read(await revoke(client, next.refresh_token, fetch))).toEqual(unavailable)
    expect((await refresh(client, next.refresh_token, {}, newer.fetch)).status).toBe(200)
  })

  it.each([0, hour])(
    'and that succeeded the presented one: the retry after %i ms is 503, its holder no thief',
    async (later) => {
      const newer = withNewThenOld()
      const { refresh_token } = await signIn(client, user)
      const next = await grantOf(refresh(client, refresh_token, {}, newer.fetch))
      setClock(later)
      const answer = await refresh(client, refresh_token, {}, withOld().fetch)
      expect(await read(answer)).toEqual(unavailable)
      expect((await grantRow(refresh_token)).revoked_at).toBeNull()
      expect((await refresh(client, next.refresh_token, {}, newer.fetch)).status).toBe(200)
    },
  )

  it.each<[string, (one: TestUser, refreshToken: string) => Promise<unknown>]>([
    ['was revoked', (_one, token) => revoke(client, token, withNewThenOld().fetch)],
    [
      'is barred by its user',
      ({ id }) => env.DB.prepare('UPDATE users SET disabled_at = 1 WHERE id = ?1').bind(id).run(),
    ],
  ])('is refused where its grant %s', async (_what, end) => {
    const one = await registerUser()
    const { refresh_token } = await signIn(client, one)
    const next = await grantOf(refresh(client, refresh_token, {}, withNewThenOld().fetch))
    await end(one, next.refresh_token)
    expect((await refresh(client, next.refresh_token, {}, withOld().fetch)).status).toBe(400)
  })
})

describe('a password sealed under a missing key', () => {
  it('is 503 and not wrong, and no try is counted', async () => {
    const own = await registerUser()
    await admin('POST', '/keys/rotate', undefined, withNewThenOld().fetch)
    const { fetch } = withNew()
    for (let tries = 0; tries < 12; tries++) {
      expect(await read(await passwordGrant(client, own, {}, fetch))).toEqual(unavailable)
    }
    const { results } = await env.DB.prepare('SELECT tries FROM sign_in_attempts').all()
    expect(results.filter(({ tries }) => tries !== 0)).toEqual([])
    expect((await passwordGrant(client, own, {}, withNewThenOld().fetch)).status).toBe(200)
  })
})

describe('a signing key whose private half no listed key opens', () => {
  const signerOf = async ({ fetch }: Server) => {
    const { access_token } = await tokensOf(clientCredentials(client, {}, fetch))
    return decodeProtectedHeader(access_token).kid
  }

  it('is not needed once it has a successor that opens', async () => {
    const old = await signerOf(withOld())
    const both = withNewThenOld()
    await admin('POST', '/keys/rotate', undefined, both.fetch)
    const alone = withNew()
    const successor = await signerOf(alone)
    expect(successor).not.toBe(old)
    // A token of the old key is verified by its public half.
    const { access_token } = await tokensOf(clientCredentials(client, {}, both.fetch))
    expect(decodeProtectedHeader(access_token).kid).toBe(old)
    expect(await read(await introspect(client, access_token, alone.fetch))).toMatchObject({
      body: { active: true },
    })
    setClock(10 * minute)
    expect({ newFirst: await signerOf(withNew()), both: await signerOf(both) }).toEqual({
      newFirst: successor,
      both: successor,
    })
  })

  it('is not replaced by a superseded one, which would leave the JWKS before its tokens expire', async () => {
    await signerOf(withOld())
    await admin('POST', '/keys/rotate', undefined, withNewThenOld().fetch)
    setClock(10 * minute)
    expect(await read(await clientCredentials(client, {}, withOld().fetch))).toEqual(unavailable)
  })
})

describe('a MASTER_KEY that opens none of the stored keys', () => {
  const written: string[] = []
  beforeEach(async () => {
    await clientCredentials(client, {}, withOld().fetch)
    written.length = 0
    vi.spyOn(console, 'log').mockImplementation((line: unknown) => written.push(String(line)))
    return () => vi.restoreAllMocks()
  })
  /** What the operator reads in the log. */
  const causes = () =>
    written.flatMap((line) => {
      const { cause } = z.looseObject({ cause: z.string().optional() }).parse(JSON.parse(line))
      return cause === undefined ? [] : [cause]
    })
  const otherBytes = () => new Server({ MASTER_KEY: `test:${newKey.slice(4)}` })
  const makeUser = (username: string, { fetch }: Server) =>
    admin('POST', '/users', { username, password: 'long enough' }, fetch)

  it('is refused at the first request that needs it, by name', async () => {
    expect(await read(await clientCredentials(client, {}, otherBytes().fetch))).toEqual(unavailable)
    expect(causes()).toEqual([
      'Error: MASTER_KEY opens none of the stored keys: what it lists as test is another key',
    ])
  })

  it('refuses no refresh token, and says of none that it is revoked', async () => {
    const { refresh_token } = await signIn(client, user)
    const { fetch } = otherBytes()
    expect([
      await read(await refresh(client, refresh_token, {}, fetch)),
      await read(await introspect(client, refresh_token, fetch)),
      await read(await revoke(client, refresh_token, fetch)),
    ]).toEqual([unavailable, unavailable, unavailable])
    expect((await refresh(client, refresh_token)).status).toBe(200)
  })

  it('calls no password wrong, and counts no try', async () => {
    const own = await registerUser()
    const { fetch } = otherBytes()
    for (let round = 0; round < 12; round++)
      expect(await read(await passwordGrant(client, own, {}, fetch))).toEqual(unavailable)
    expect((await passwordGrant(client, own)).status).toBe(200)
  })

  it('rotates no refresh token, whose holder would be a thief once the right one is back', async () => {
    const newer = withNewThenOld()
    const { refresh_token: first } = await signIn(client, user)
    const { refresh_token } = await grantOf(refresh(client, first, {}, newer.fetch))
    expect(await read(await refresh(client, refresh_token, {}, withNew().fetch))).toEqual(
      unavailable,
    )
    setClock(hour)
    expect((await refresh(client, refresh_token, {}, newer.fetch)).status).toBe(200)
  })

  it('seals nothing that is stored, which the right one would never open', async () => {
    const answer = await makeUser('not-made', otherBytes())
    expect(answer.status).toBe(503)
    expect(causes()).toEqual([
      'Error: MASTER_KEY opens none of the stored keys: what it lists as test is another key',
    ])
    const row = await env.DB.prepare("SELECT id FROM users WHERE username = 'not-made'").first()
    expect(row).toBeNull()
  })

  it('and lists none of their ids, as after a loss, leaves the operator the way back', async () => {
    const server = withNew()
    expect(await read(await clientCredentials(client, {}, server.fetch))).toEqual(unavailable)
    expect((await makeUser('too-early', server)).status).toBe(503)
    const cause = 'Error: MASTER_KEY opens none of the stored keys: it does not list test'
    expect(causes()).toEqual([cause, cause])
    expect((await admin('POST', '/keys/rotate', undefined, server.fetch)).status).toBe(200)
    expect((await clientCredentials(client, {}, server.fetch)).status).toBe(200)
    expect((await makeUser(`later-${crypto.randomUUID()}`, server)).status).toBe(201)
  })

  it('makes no keys for the operator under the id of another key', async () => {
    const { status } = await admin('POST', '/keys/rotate', undefined, otherBytes().fetch)
    expect(status).toBe(503)
    expect((await clientCredentials(client, {}, withOld().fetch)).status).toBe(200)
  })

  it('makes no keys by cron', async () => {
    const keys = () => env.DB.prepare('SELECT kid FROM signing_keys ORDER BY kid').all()
    const { results: before } = await keys()
    setClock(100 * 24 * hour)
    await withNew().cron()
    expect((await keys()).results).toEqual(before)
  })
})
