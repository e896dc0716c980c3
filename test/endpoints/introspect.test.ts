import { describe, expect, it } from 'vitest'
import { basic, get, issuer, post, postern, read, readAll } from '../support/http.ts'
import { claimsOf, forge } from '../support/forge.ts'
import {
  admin,
  patchClient,
  registerClient,
  registerPublicClient,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { age } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  postAs,
  refresh,
  revoke,
  signIn,
  tokensOf,
} from '../support/tokens.ts'

const client = await registerClient()
const publicClient = await registerPublicClient()
const resourceServer = await registerClient({ trusted: false, grant_types: ['client_credentials'] })
const user = await registerUser()
const grant = await signIn(client, user, { scope: 'openid read' })
const ofClient = await tokensOf(clientCredentials(client))

const inactive = { status: 200, body: { active: false } }

describe('RFC 7662 2.2: what a token is worth', () => {
  it('an access token of a user: everything about it, and nobody may keep the answer', async () => {
    const { exp, iat, jti } = claimsOf(grant.access_token)
    expect(await readAll(await introspect(resourceServer, grant.access_token))).toEqual({
      status: 200,
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
      },
      body: {
        active: true,
        scope: 'openid read',
        client_id: client.client_id,
        username: user.username,
        token_type: 'Bearer',
        exp,
        iat,
        sub: user.sub,
        aud: issuer,
        iss: issuer,
        jti,
        auth_time: iat,
        ...{ acr: 'urn:postern:acr:1', amr: ['pwd'] },
      },
    })
  })

  it('an access token of a client: no username and no sign-in', async () => {
    const { exp, iat, jti } = claimsOf(ofClient.access_token)
    expect(await read(await introspect(resourceServer, ofClient.access_token))).toEqual({
      status: 200,
      body: {
        active: true,
        scope: 'read write',
        client_id: client.client_id,
        token_type: 'Bearer',
        exp,
        iat,
        sub: client.client_id,
        aud: issuer,
        iss: issuer,
        jti,
      },
    })
  })

  it('a refresh token: until when it may be used', async () => {
    const { body } = await read(await introspect(client, grant.refresh_token))
    expect(body).toEqual({
      active: true,
      scope: 'openid read',
      client_id: client.client_id,
      username: user.username,
      token_type: 'Bearer',
      exp: expect.any(Number),
      iat: expect.any(Number),
      sub: user.sub,
      aud: issuer,
      iss: issuer,
      auth_time: expect.any(Number),
      ...{ acr: 'urn:postern:acr:1', amr: ['pwd'] },
    })
  })

  it('a token for resources: they are its audience', async () => {
    const resource = 'https://api.example'
    const { access_token, refresh_token } = await signIn(client, user, { resource })
    const answers = [
      await introspect(client, access_token),
      await introspect(client, refresh_token),
    ]
    const audiences = await Promise.all(answers.map(async (answer) => Object(await answer.json())))
    expect(audiences.map(({ aud }) => [aud].flat())).toEqual([[resource], [resource]])
  })

  it('the hint is not needed and may be wrong', async () => {
    const hinted = { token: grant.access_token, token_type_hint: 'refresh_token' }
    const answer = await postAs(client, '/oauth2/introspect', hinted)
    expect(await answer.json()).toMatchObject({ active: true })
  })
})

describe('RFC 7662 2.1: who may ask', () => {
  it('a public client about its own tokens, and about no other’s', async () => {
    const own = await signIn(publicClient, user)
    expect(await (await introspect(publicClient, own.access_token)).json()).toMatchObject({
      active: true,
    })
    expect(await read(await introspect(publicClient, grant.access_token))).toEqual(inactive)
    expect(await read(await introspect(publicClient, grant.refresh_token))).toEqual(inactive)
  })

  it('a client registered for its own tokens only those that it got or that are meant for it', async () => {
    const resource = 'https://own.example'
    const restricted = await registerClient({ introspection: 'own', resources: [resource] })
    const meant = await tokensOf(clientCredentials(client, { resource }))
    const answers = [
      await introspect(restricted, (await tokensOf(clientCredentials(restricted))).access_token),
      await introspect(restricted, meant.access_token),
      await introspect(restricted, grant.access_token),
    ]
    const told = await Promise.all(
      answers.map(async (answer) => Object(await answer.json()).active),
    )
    expect(told).toEqual([true, true, false])
  })

  it('a refresh token concerns the client that it was issued to and nobody else', async () => {
    const resource = 'https://refresh.example'
    const named = await registerClient({ resources: [resource] })
    const own = await signIn(client, user, { resource })
    const askers = [resourceServer, named, publicClient, client]
    const told = await Promise.all(
      askers.map(async (one) =>
        Object((await read(await introspect(one, own.refresh_token))).body),
      ),
    )
    expect(told.map(({ active }) => active)).toEqual([false, false, false, true])
  })

  it('nobody with wrong credentials or none: 401', async () => {
    const form = { token: grant.access_token }
    const answers = [
      await post('/oauth2/introspect', form),
      await post('/oauth2/introspect', form, basic(client.client_id, 'wrong')),
      await post('/oauth2/introspect', form, { Authorization: `Bearer ${grant.access_token}` }),
      await post('/oauth2/introspect', { ...form, client_id: client.client_id }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401])
  })

  it('not with GET, where the token would stand in a log: 405', async () => {
    const answer = await get('/oauth2/introspect?token=x')
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    })
  })

  it('not without a token: 400', async () => {
    expect((await postAs(client, '/oauth2/introspect', {})).status).toBe(400)
    expect((await postAs(client, '/oauth2/introspect', { token: ['a', 'b'] })).status).toBe(400)
  })
})

describe('RFC 7662 5: who the user is, told to whom it concerns', () => {
  const resource = 'https://concerned.example'
  const asTold = async (asker: TestClient, token: string) => {
    const { active, username, sub } = Object(await (await introspect(asker, token)).json())
    return { active, username, sub }
  }

  it('of a token for a resource: its client and that resource’s server alone', async () => {
    const concerned = await registerClient({ resources: [resource] })
    const { access_token } = await signIn(client, user, { resource })
    const { username, sub } = user
    expect({
      client: await asTold(client, access_token),
      concerned: await asTold(concerned, access_token),
      resourceServer: await asTold(resourceServer, access_token),
    }).toEqual({
      client: { active: true, username, sub },
      concerned: { active: true, username, sub },
      resourceServer: { active: true },
    })
  })

  it('of a pairwise client’s token: the pairwise subject, and the name to the client alone', async () => {
    const pairwise = await registerClient({ subject_type: 'pairwise' })
    const { access_token } = await signIn(pairwise, user)
    const { sub } = claimsOf(access_token)
    expect({
      pairwise: await asTold(pairwise, access_token),
      resourceServer: await asTold(resourceServer, access_token),
    }).toEqual({
      pairwise: { active: true, username: user.username, sub },
      resourceServer: { active: true, sub },
    })
    expect(sub).not.toBe(user.sub)
  })

  it('a public client is no resource server: anyone can take its name', async () => {
    const named = await registerPublicClient({ resources: [resource] })
    const { access_token } = await signIn(client, user, { resource })
    expect(await asTold(named, access_token)).toEqual({ active: false })
  })
})

describe('RFC 7662 2.2: tokens that are worth nothing say only that', () => {
  const { access_token, refresh_token } = grant
  const [header = '', payload = '', signature = ''] = access_token.split('.')
  const payloadOf = (token: string) => token.split('.')[1]

  it.each([
    ['garbage', 'garbage'],
    ['a beginning of an access token', access_token.slice(0, -1)],
    ['an access token and more', `${access_token}A`],
    ['an access token without its signature', `${header}.${payload}.`],
    ['the signature of another', `${header}.${payloadOf(ofClient.access_token)}.${signature}`],
    ['a space before it', ` ${access_token}`],
    ['a beginning of a refresh token', refresh_token.slice(0, -1)],
    ['the digest prefix of a refresh token', 'rt_'],
    ['an inherited name', '__proto__'],
    ['60 kB', 'a'.repeat(60_000)],
  ])('%s', async (_what, token) =>
    expect(await read(await introspect(client, token))).toEqual(inactive),
  )

  it.each([
    ['an ID token', {}, 'JWT'],
    ['a logout token', { events: {} }, 'logout+jwt'],
    [
      'a signed introspection',
      { token_introspection: { active: true } },
      'token-introspection+jwt',
    ],
  ] as const)('%s, although we signed it', async (_what, claims, typ) =>
    expect(await read(await introspect(client, await forge(access_token, claims, typ)))).toEqual(
      inactive,
    ),
  )

  it.each([
    ['has expired', { exp: 1 }],
    ['never expires', { exp: undefined }],
    ['expires in words', { exp: '9999999999' }],
    ['does not say when it was made', { iat: undefined }],
    ['is another issuer’s', { iss: 'https://evil.example' }],
    ['is that of an issuer whose name only begins like ours', { iss: `${issuer}.evil.example` }],
    ['has no issuer', { iss: undefined }],
    ['has no subject', { sub: undefined }],
    ['has no id', { jti: undefined }],
    ['has no client', { client_id: undefined }],
    ['belongs to a grant of another client', { client_id: publicClient.client_id }],
    ['belongs to a grant that does not exist', { grant_id: 'A'.repeat(22) }],
    ['belongs to no grant, and its client does not exist', { grant_id: undefined, client_id: 'x' }],
  ])('one that %s, although we signed it', async (_what, claims) =>
    expect(await read(await introspect(client, await forge(access_token, claims)))).toEqual(
      inactive,
    ),
  )

  it('an access token that was revoked, and no other of its grant', async () => {
    const own = await signIn(client, user)
    const next = await grantOf(refresh(client, own.refresh_token))
    await revoke(client, own.access_token)
    const answers = [own.access_token, next.access_token, next.refresh_token].map((token) =>
      introspect(client, token),
    )
    const told = await Promise.all(
      answers.map(async (answer) => Object(await (await answer).json())),
    )
    expect(told.map(({ active }) => active)).toEqual([false, true, true])
  })

  it('a superseded refresh token, and asking about it ends nothing', async () => {
    const own = await signIn(client, user)
    const next = await grantOf(refresh(client, own.refresh_token))
    expect(await read(await introspect(client, own.refresh_token))).toEqual(inactive)
    expect((await refresh(client, next.refresh_token)).status).toBe(200)
  })

  it('a refresh token that has expired', async () => {
    const own = await signIn(client, user)
    await age(own.refresh_token, 'idle', 31 * 86_400)
    expect(await read(await introspect(client, own.refresh_token))).toEqual(inactive)
  })

  it('a token of a client that was disabled, and it comes back with it', async () => {
    const paused = await registerClient()
    const { access_token: token } = await tokensOf(clientCredentials(paused))
    await patchClient(paused, { disabled: true })
    expect(await read(await introspect(client, token))).toEqual(inactive)
    await patchClient(paused, { disabled: false })
    expect(await (await introspect(client, token)).json()).toMatchObject({ active: true })
  })

  it('a token of a user or client that was deleted', async () => {
    const leaving = await registerUser()
    const closing = await registerClient()
    const tokens = [
      (await signIn(client, leaving)).access_token,
      (await tokensOf(clientCredentials(closing))).access_token,
    ]
    await admin('DELETE', `/users/${leaving.id}`)
    await admin('DELETE', `/clients/${closing.client_id}`)
    const answers = await Promise.all(tokens.map((token) => introspect(client, token)))
    expect(await Promise.all(answers.map(read))).toEqual([inactive, inactive])
  })
})

describe('the issuer in development', () => {
  it.each(['http://127.0.0.1:8787', 'http://[::1]:8787'])(
    'a token of localhost is known under %s, too',
    async (origin) => {
      const headers = {
        ...basic(client.client_id, client.client_secret ?? ''),
        'Content-Type': 'application/x-www-form-urlencoded',
      }
      const body = new URLSearchParams({ token: grant.access_token }).toString()
      const sent = { method: 'POST', headers, body }
      const answer = await postern(new Request(`${origin}/oauth2/introspect`, sent))
      expect(await answer.json()).toMatchObject({ active: true, iss: issuer })
    },
  )
})
