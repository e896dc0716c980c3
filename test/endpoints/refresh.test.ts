import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { get, post, read, readAll } from '../support/http.ts'
import {
  admin,
  patchClient,
  patchUser,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import {
  introspect,
  grantOf,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'
import { age, grantIdOf, grantRow } from '../support/time.ts'

const client = await registerClient()
const publicClient = await registerPublicClient()
const user = await registerUser()

const invalidGrant = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'the refresh token is not valid' },
}
const refusal = (error: string) => ({
  status: 400,
  body: { error, error_description: expect.any(String) },
})
const day = 86_400

describe('RFC 6749 6: refreshing an access token', () => {
  it('answers a new access token and the successor of the refresh token', async () => {
    const { refresh_token } = await signIn(client, user, { scope: 'openid read' })
    expect(await readAll(await refresh(client, refresh_token))).toEqual({
      status: 200,
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
      },
      body: {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 600,
        refresh_token: expect.stringMatching(/^rt_test\.[\w-]{22}\.1\.[\w-]{43}\.[\w-]{22}$/),
        scope: 'openid read',
      },
    })
  })

  it('serves a public client by its id alone, and rotates', async () => {
    const first = await signIn(publicClient, user)
    const second = await grantOf(refresh(publicClient, first.refresh_token))
    const third = await grantOf(refresh(publicClient, second.refresh_token))
    const tokens = [first, second, third].map(({ refresh_token }) => refresh_token)
    expect(new Set(tokens).size).toBe(3)
  })

  it('leaves the access tokens from before as they are', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    await refresh(client, refresh_token)
    expect((await userinfo(access_token)).status).toBe(200)
  })

  it('may narrow the scope of the access token, and never that of the grant', async () => {
    const { refresh_token } = await signIn(client, user, { scope: 'openid read' })
    const narrow = await grantOf(refresh(client, refresh_token, { scope: 'read' }))
    const again = await grantOf(refresh(client, narrow.refresh_token))
    expect({ narrow: narrow.scope, again: again.scope }).toEqual({
      narrow: 'read',
      again: 'openid read',
    })
  })

  it.each([
    ['a scope wider than was granted', { scope: 'openid write' }, 'invalid_scope'],
    ['a malformed scope', { scope: 'openid "read"' }, 'invalid_scope'],
    ['a scope of inherited names', { scope: 'constructor' }, 'invalid_scope'],
    ['a resource that was not granted', { resource: 'https://b.example' }, 'invalid_target'],
    ['a resource that is no URI', { resource: 'b' }, 'invalid_target'],
  ])('refuses %s and does not rotate', async (_what, extra, error) => {
    const { refresh_token } = await signIn(client, user, { scope: 'openid read' })
    expect(await read(await refresh(client, refresh_token, extra))).toEqual(refusal(error))
    expect((await grantOf(refresh(client, refresh_token))).refresh_token).toMatch(/\.1\./)
  })

  it('keeps the resource of the grant', async () => {
    const resource = 'https://api.example'
    const { refresh_token } = await signIn(client, user, { resource })
    const { access_token } = await tokensOf(refresh(client, refresh_token, { resource }))
    expect(await (await introspect(client, access_token)).json()).toMatchObject({ aud: resource })
  })

  it('needs the refresh token', async () => {
    const answer = await refresh(client, '')
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('is not for a client that is no longer registered for it', async () => {
    const changing = await registerClient()
    const { refresh_token } = await signIn(changing, user)
    await patchClient(changing, { grant_types: ['password'] })
    expect(await read(await refresh(changing, refresh_token))).toEqual(
      refusal('unauthorized_client'),
    )
  })
})

describe('RFC 6749 10.4: whose refresh token it is', () => {
  it('another client’s is invalid_grant, and the grant it belongs to lives on', async () => {
    const { refresh_token } = await signIn(client, user)
    const thief = await registerClient()
    expect(await read(await refresh(thief, refresh_token))).toEqual(invalidGrant)
    expect(await read(await refresh(publicClient, refresh_token))).toEqual(invalidGrant)
    expect((await refresh(client, refresh_token)).status).toBe(200)
  })

  it.each([
    ['scope', { scope: 'openid write' }],
    ['resource', { resource: 'https://other.example' }],
  ])('another client does not learn from it which %s was granted', async (_what, form) => {
    const { refresh_token } = await signIn(client, user, { scope: 'openid read' })
    const thief = await registerClient()
    expect(await read(await refresh(thief, refresh_token, form))).toEqual(invalidGrant)
  })

  it('a superseded one in the hands of another client ends nothing', async () => {
    const { refresh_token } = await signIn(client, user)
    const { refresh_token: successor } = await grantOf(refresh(client, refresh_token))
    await age(refresh_token, 'rotated', 3600)
    expect(await read(await refresh(await registerClient(), refresh_token))).toEqual(invalidGrant)
    expect((await refresh(client, successor)).status).toBe(200)
  })

  it('no access token is taken for one', async () => {
    const { access_token } = await signIn(client, user)
    expect(await read(await refresh(client, access_token))).toEqual(invalidGrant)
  })
})

describe('garbage', () => {
  const altered: [string, (token: string) => string][] = [
    ['one character less', (token) => token.slice(0, -1)],
    ['one character more', (token) => `${token}A`],
    ['another generation', (token) => token.replace('.0.', '.1.')],
    ['another grant', (token) => token.replace(/\.[\w-]{22}\./, `.${'A'.repeat(22)}.`)],
    ['a line break', (token) => `${token}\n`],
    ['60 kB', () => `rt_test.${'A'.repeat(60_000)}`],
    ['an SQL fragment', () => "' OR 1=1 --"],
  ]

  it.each(altered)('with %s is refused without any look into the storage', async (_what, alter) => {
    const { refresh_token } = await signIn(client, user)
    const server = new Server()
    await refresh(client, 'rt', {}, server.fetch)
    // The keys tell whether MASTER_KEY is the right one.
    await get('/.well-known/jwks.json', {}, server.fetch)
    server.calls = []
    const answer = await refresh(client, alter(refresh_token), {}, server.fetch)
    expect({ ...(await read(answer)), calls: server.calls }).toEqual({ ...invalidGrant, calls: [] })
  })
})

describe('a token that names a key which MASTER_KEY does not list', () => {
  it.each(['rt_other', 'rt___proto__'])(
    'is refused where the grant has no such token (%s)',
    async (prefix) => {
      const { refresh_token } = await signIn(client, user)
      const altered = refresh_token.replace('rt_test', prefix)
      expect(await read(await refresh(client, altered))).toEqual(invalidGrant)
      expect((await refresh(client, refresh_token)).status).toBe(200)
    },
  )
})

describe('RFC 9700 4.14.2: rotation, retries and theft', () => {
  it('a retry within the grace gets the same successor and begins no second branch', async () => {
    const { refresh_token } = await signIn(client, user)
    const first = await grantOf(refresh(client, refresh_token))
    const retry = await grantOf(refresh(client, refresh_token))
    expect(retry.refresh_token).toBe(first.refresh_token)
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 1, revoked_at: null })
  })

  it('after the grace the old token ends its grant, and no other of the same user and client', async () => {
    const other = await signIn(client, user)
    const { refresh_token } = await signIn(client, user)
    const second = await grantOf(refresh(client, refresh_token))
    await age(refresh_token, 'rotated', 31)
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
    expect(await read(await refresh(client, second.refresh_token))).toEqual(invalidGrant)
    expect((await userinfo(second.access_token)).status).toBe(401)
    expect((await refresh(client, other.refresh_token)).status).toBe(200)
  })

  it('a token older than the one before ends its grant at once, grace or not', async () => {
    const { refresh_token } = await signIn(client, user)
    const second = await grantOf(refresh(client, refresh_token))
    const third = await grantOf(refresh(client, second.refresh_token))
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
    expect(await read(await refresh(client, third.refresh_token))).toEqual(invalidGrant)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_reason: 'token.refresh-reused' })
  })

  it('the successor’s first use ends the grace of the one before', async () => {
    const { refresh_token } = await signIn(client, user)
    const second = await grantOf(refresh(client, refresh_token))
    await refresh(client, second.refresh_token)
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 2 })
  })

  it('the successor is given again only while it is the current token', async () => {
    const { refresh_token } = await signIn(client, user)
    await refresh(client, refresh_token)
    const used = "UPDATE grants SET current_digest = 'of another' WHERE id = ?1"
    await env.DB.prepare(used).bind(grantIdOf(refresh_token)).run()
    expect(await read(await refresh(client, refresh_token))).not.toMatchObject({
      status: 200,
      body: { refresh_token: expect.any(String) },
    })
  })

  it.each([0, 30, 300])('the grace is the client’s own setting: %i s', async (grace) => {
    const own = await registerClient({ refresh_token_grace: grace })
    const { refresh_token } = await signIn(own, user)
    await refresh(own, refresh_token)
    await age(refresh_token, 'rotated', Math.max(0, grace - 15))
    expect((await refresh(own, refresh_token)).status).toBe(grace === 0 ? 400 : 200)
    await age(refresh_token, 'rotated', 16)
    expect((await refresh(own, refresh_token)).status).toBe(400)
  })

  it('a retry promises no longer an access token than the row knows of', async () => {
    const own = await registerClient({ access_token_ttl: 100 })
    const { refresh_token } = await signIn(own, user)
    await refresh(own, refresh_token)
    await patchClient(own, { access_token_ttl: 100_000 })
    const { access_token } = await tokensOf(refresh(own, refresh_token))
    const { access_expires_at } = await grantRow(refresh_token)
    expect(claimsOf(access_token).exp).toBeLessThanOrEqual(access_expires_at)
  })

  it('a retry gets a token that lives, also where the grace is longer than an access token’s life', async () => {
    const own = await registerClient({ access_token_ttl: 100, refresh_token_grace: 300 })
    const { refresh_token } = await signIn(own, user)
    await refresh(own, refresh_token)
    await age(refresh_token, 'access', 200)
    const { access_token, expires_in } = await tokensOf(refresh(own, refresh_token))
    expect(expires_in).toBe(100)
    expect((await grantRow(refresh_token)).access_expires_at).toBe(claimsOf(access_token).exp)
  })

  it('a token ahead of the row (a restored database) is refused and ends nothing', async () => {
    const { refresh_token } = await signIn(client, user)
    const second = await grantOf(refresh(client, refresh_token))
    const restore = 'UPDATE grants SET generation = 0, current_digest = previous_digest'
    await env.DB.prepare(`${restore} WHERE id = ?1`).bind(refresh_token.split('.')[1]).run()
    expect(await read(await refresh(client, second.refresh_token))).toEqual(invalidGrant)
    expect((await refresh(client, refresh_token)).status).toBe(200)
  })
})

describe('expiry', () => {
  it('the idle lifetime begins anew with each use', async () => {
    const { refresh_token } = await signIn(client, user)
    await age(refresh_token, 'idle', 29 * day)
    const { refresh_token: second } = await grantOf(refresh(client, refresh_token))
    await age(second, 'idle', 29 * day)
    expect((await refresh(client, second)).status).toBe(200)
  })

  it('not used for 30 days: invalid_grant', async () => {
    const { refresh_token } = await signIn(client, user)
    await age(refresh_token, 'idle', 30 * day)
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
  })

  it('90 days after the sign-in: invalid_grant, although it was used every day', async () => {
    const { refresh_token } = await signIn(client, user)
    await age(refresh_token, 'absolute', 89 * day)
    const { refresh_token: second } = await grantOf(refresh(client, refresh_token))
    await age(second, 'absolute', day)
    expect(await read(await refresh(client, second))).toEqual(invalidGrant)
  })

  it.each([15, 30, 59])('in the last %i s of the grant it is still no failure', async (left) => {
    const { refresh_token } = await signIn(client, user)
    await age(refresh_token, 'absolute', 90 * day - left)
    const server = new Server()
    expect((await refresh(client, refresh_token, {}, server.fetch)).status).toBe(200)
    await server.settled()
  })

  it('the lifetimes are the client’s own settings', async () => {
    const own = await registerClient({ refresh_token_ttl: 100, refresh_token_idle_ttl: 50 })
    const { refresh_token } = await signIn(own, user)
    await age(refresh_token, 'idle', 51)
    expect(await read(await refresh(own, refresh_token))).toEqual(invalidGrant)
  })

  it('an expired token that was superseded ends nothing that lives: nothing does', async () => {
    const { refresh_token } = await signIn(client, user)
    await refresh(client, refresh_token)
    await age(refresh_token, 'absolute', 91 * day)
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
    expect(await grantRow(refresh_token)).toMatchObject({ revoked_at: null })
  })
})

describe('what ends a grant', () => {
  const endings: [string, (user: { id: number }) => Promise<unknown>][] = [
    ['the user was disabled', ({ id }) => admin('PATCH', `/users/${id}`, { disabled: true })],
    ['the user was deleted', ({ id }) => admin('DELETE', `/users/${id}`)],
    ['the user was signed out everywhere', ({ id }) => admin('POST', `/users/${id}/logout`)],
    [
      'the password was changed',
      ({ id }) => admin('PATCH', `/users/${id}`, { password: 'another' + id }),
    ],
  ]

  it.each(endings)(
    '%s: the refresh token and the access tokens are dead at once',
    async (_what, end) => {
      const own = await registerUser()
      const { access_token, refresh_token } = await signIn(client, own)
      await end(own)
      expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
      expect((await userinfo(access_token)).status).toBe(401)
      expect(await (await introspect(client, access_token)).json()).toEqual({ active: false })
      expect(await (await introspect(client, refresh_token)).json()).toEqual({ active: false })
    },
  )

  it('what ended does not come back when the user is enabled again', async () => {
    const own = await registerUser()
    const { access_token, refresh_token } = await signIn(client, own)
    await patchUser(own, { disabled: true })
    await patchUser(own, { disabled: false })
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
    expect((await userinfo(access_token)).status).toBe(401)
    expect((await signIn(client, own)).scope).toBe('openid profile email read write')
  })

  it('the client was deleted and made again under the same id', async () => {
    const first = await registerPublicClient()
    const { access_token, refresh_token } = await signIn(first, user)
    await admin('DELETE', `/clients/${first.client_id}`)
    await registerPublicClient({ client_id: first.client_id })
    expect(await read(await refresh(first, refresh_token))).toEqual(invalidGrant)
    expect((await userinfo(access_token)).status).toBe(401)
  })

  it('the client was disabled: invalid_client, and enabled again it goes on', async () => {
    const paused = await registerClient()
    const { access_token, refresh_token } = await signIn(paused, user)
    await patchClient(paused, { disabled: true })
    expect((await refresh(paused, refresh_token)).status).toBe(401)
    expect((await userinfo(access_token)).status).toBe(401)
    await patchClient(paused, { disabled: false })
    expect((await refresh(paused, refresh_token)).status).toBe(200)
  })

  it('a client that was disabled elsewhere a moment ago cannot rotate, though it is remembered', async () => {
    const remembered = await registerClient()
    const { refresh_token } = await signIn(remembered, user)
    const elsewhere = new Server()
    await introspect(remembered, 'x', elsewhere.fetch)
    await patchClient(remembered, { disabled: true })
    const answer = await refresh(remembered, refresh_token, {}, elsewhere.fetch)
    expect(await read(answer)).toEqual(invalidGrant)
  })

  it('the client revoked it', async () => {
    const { access_token, refresh_token } = await signIn(client, user)
    await revoke(client, refresh_token)
    expect(await read(await refresh(client, refresh_token))).toEqual(invalidGrant)
    expect((await userinfo(access_token)).status).toBe(401)
  })
})

describe('a malformed refresh', () => {
  it('the refresh token twice is invalid_request, and nothing rotates', async () => {
    const { refresh_token } = await signIn(publicClient, user)
    const answer = await post('/oauth2/token', {
      grant_type: 'refresh_token',
      client_id: publicClient.client_id,
      refresh_token: [refresh_token, refresh_token],
    })
    expect(await read(answer)).toEqual(refusal('invalid_request'))
    expect(await grantRow(refresh_token)).toMatchObject({ generation: 0 })
  })
})
