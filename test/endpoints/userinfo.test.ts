import { describe, expect, it } from 'vitest'
import { claimsOf, forge } from '../support/forge.ts'
import {
  bearer,
  encodeForm,
  formRequest,
  get,
  issuer,
  post,
  postern,
  read,
  readAll,
} from '../support/http.ts'
import { admin, patchUser, registerClient, registerUser } from '../support/registry.ts'
import { clientCredentials, signIn, tokensOf, userinfo } from '../support/tokens.ts'

const client = await registerClient({ scope: 'openid profile email address phone read' })
const user = await registerUser({
  name: 'Dory',
  role: 'editor',
  claims: { locale: 'en', team: 'blue', address: { country: 'AU' } },
})
const { access_token, refresh_token } = await signIn(client, user)

const challenged = async (answer: Response) => ({
  status: answer.status,
  challenge: answer.headers.get('WWW-Authenticate'),
  body: await answer.text(),
})
const invalidToken = {
  status: 401,
  challenge: expect.stringMatching(/^Bearer realm="postern", error="invalid_token", /),
  body: expect.stringContaining('"error":"invalid_token"'),
}

describe('OpenID Connect Core 5.3: userinfo', () => {
  it('answers what the scope releases, and nobody may keep it', async () => {
    expect(await readAll(await userinfo(access_token))).toEqual({
      status: 200,
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
      },
      body: {
        sub: user.sub,
        name: 'Dory',
        preferred_username: user.username,
        locale: 'en',
        updated_at: expect.any(Number),
        email: user.email,
        email_verified: false,
        address: { country: 'AU' },
      },
    })
  })

  it.each([
    ['openid', ['sub']],
    ['openid email', ['email', 'email_verified', 'sub']],
    ['openid read', ['sub']],
  ])('with scope %j: %j', async (scope, names) => {
    const tokens = await signIn(client, user, { scope })
    expect(Object.keys(await (await userinfo(tokens.access_token)).json()).sort()).toEqual(names)
  })

  it('tells what is true now, not what was at the sign-in', async () => {
    const renamed = await registerUser({ name: 'Dory' })
    const tokens = await signIn(client, renamed)
    await patchUser(renamed, { name: 'Nemo' })
    expect(await (await userinfo(tokens.access_token)).json()).toMatchObject({ name: 'Nemo' })
  })

  it('takes POST, with the token in the header or in the form', async () => {
    const headers = bearer(access_token)
    const answers = [
      await postern(new Request(`${issuer}/oauth2/userinfo`, { method: 'POST', headers })),
      await post('/oauth2/userinfo', {}, headers),
      await post('/oauth2/userinfo', { access_token }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it.each(['bearer', 'BEARER', 'Bearer '])('knows the scheme as %j', async (scheme) => {
    const answer = await get('/oauth2/userinfo', { Authorization: `${scheme} ${access_token}` })
    expect(answer.status).toBe(200)
  })
})

describe('RFC 6750 3.1: refusals', () => {
  it('no token: 401 with a challenge that says no more', async () => {
    const challenge = 'Bearer realm="postern", DPoP algs="ES256 EdDSA Ed25519 PS256"'
    const nothing = { status: 401, challenge, body: '' }
    expect(await challenged(await get('/oauth2/userinfo'))).toEqual(nothing)
    expect(await challenged(await post('/oauth2/userinfo', {}))).toEqual(nothing)
  })

  it('a token in the query is no token', async () => {
    const answer = await get(`/oauth2/userinfo?access_token=${access_token}`)
    expect(await challenged(answer)).toMatchObject({ status: 401, body: '' })
  })

  it.each(['Basic', 'Token', 'JWT', 'Bearerx', 'Negotiate'])(
    'the scheme %s is not Bearer, whatever the token',
    async (scheme) => {
      const answer = await get('/oauth2/userinfo', { Authorization: `${scheme} ${access_token}` })
      expect(await challenged(answer)).toEqual(invalidToken)
    },
  )

  it.each([
    ['nothing', 'Bearer'],
    ['two tokens', `Bearer ${access_token} ${access_token}`],
    ['a list', `Bearer ${access_token}, Bearer ${access_token}`],
    ['quotes', `Bearer "${access_token}"`],
    ['no scheme', access_token],
    ['10 kB', `Bearer ${'a'.repeat(10_000)}`],
  ])('a header with %s: invalid_token', async (_what, header) =>
    expect(await challenged(await get('/oauth2/userinfo', { Authorization: header }))).toEqual(
      invalidToken,
    ),
  )

  it('the token in header and form: invalid_request', async () => {
    const answer = await post('/oauth2/userinfo', { access_token }, bearer(access_token))
    expect(await read(answer)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  it('the token twice in the form: invalid_request', async () => {
    const twice = encodeForm({ access_token: [access_token, access_token] })
    const answer = await postern(formRequest('/oauth2/userinfo', twice))
    expect(answer.status).toBe(400)
  })

  it('a token without openid: insufficient_scope, and the challenge names what is missing', async () => {
    const tokens = await signIn(client, user, { scope: 'profile read' })
    expect(await challenged(await userinfo(tokens.access_token))).toEqual({
      status: 403,
      challenge: expect.stringMatching(/^Bearer .*error="insufficient_scope".*, scope="openid"$/),
      body: expect.stringContaining('insufficient_scope'),
    })
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('%s: 405', async (method) => {
    const answer = await postern(new Request(`${issuer}/oauth2/userinfo`, { method }))
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'HEAD, GET, POST, OPTIONS',
    })
  })
})

describe('RFC 9068 4, RFC 8725 3.11: what is no access token for us', () => {
  it('a refresh token', async () =>
    expect(await challenged(await userinfo(refresh_token))).toEqual(invalidToken))

  it('a client’s own token, even with openid in it', async () => {
    const own = await tokensOf(clientCredentials(client))
    expect((await userinfo(own.access_token)).status).toBe(403)
    const forged = await forge(own.access_token, { scope: 'openid', sub: user.sub })
    expect(await challenged(await userinfo(forged))).toEqual(invalidToken)
  })

  it.each([
    ['an ID token', 'JWT'],
    ['a logout token', 'logout+jwt'],
    ['a signed introspection', 'token-introspection+jwt'],
  ] as const)('%s', async (_what, typ) =>
    expect(await challenged(await userinfo(await forge(access_token, {}, typ)))).toEqual(
      invalidToken,
    ),
  )

  it.each([
    ['for another audience', { aud: 'https://api.example' }],
    ['for several other audiences', { aud: ['https://a.example', 'https://b.example'] }],
    ['for nobody', { aud: undefined }],
    ['for an audience that only begins like ours', { aud: `${issuer}/` }],
    ['for a client, as an ID token is', { aud: client.client_id }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['that has expired', { exp: Math.floor(Date.now() / 1000) - 1 }],
    ['that never expires', { exp: undefined }],
    ['of another client’s line', { client_id: 'other' }],
    ['of a line that there is not', { grant_id: 'other' }],
  ])('a token %s, although we signed it', async (_what, claims) =>
    expect(await challenged(await userinfo(await forge(access_token, claims)))).toEqual(
      invalidToken,
    ),
  )

  it('a token whose audience is a resource of the request', async () => {
    const tokens = await signIn(client, user, { resource: 'https://api.example' })
    expect(await challenged(await userinfo(tokens.access_token))).toEqual(invalidToken)
  })

  it('a token put together from two', async () => {
    const [header, , signature] = access_token.split('.')
    const other = await signIn(client, await registerUser())
    const mixed = [header, other.access_token.split('.')[1], signature].join('.')
    expect(await challenged(await userinfo(mixed))).toEqual(invalidToken)
  })

  it('a token whose user was deleted, also when the name is given to another', async () => {
    const leaving = await registerUser()
    const tokens = await signIn(client, leaving)
    await admin('DELETE', `/users/${leaving.id}`)
    const successor = await registerUser({ username: leaving.username })
    expect(await challenged(await userinfo(tokens.access_token))).toEqual(invalidToken)
    expect({
      hasLaterId: successor.id > leaving.id,
      hasSameSub: successor.sub === leaving.sub,
    }).toEqual({ hasLaterId: true, hasSameSub: false })
  })
})

describe('what a client may know of a user', () => {
  it('is about the subject of its token, whatever claims the user brought along', async () => {
    const answer = await admin('POST', '/users', {
      username: crypto.randomUUID(),
      claims: { sub: user.sub },
    })
    expect(answer.status).toBe(400)
    expect(claimsOf(access_token).sub).toBe(user.sub)
  })
})
