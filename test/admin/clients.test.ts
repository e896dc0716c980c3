import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { dialectTraits } from '../../src/dialects/configuration.ts'
import { codeFor, redeem, registerWebClient, signedIn } from '../openid/flow.ts'
import { post, read } from '../support/http.ts'
import {
  admin,
  patchClient,
  registerClient,
  registerPublicClient,
  registerUser,
} from '../support/registry.ts'
import {
  clientCredentials,
  introspect,
  refresh,
  signIn,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'
import { invalid, problem } from './operator.ts'

const fresh = () => `client-${crypto.randomUUID()}`
const unknownClient = problem(404, 'no such client')

/** What dialects add to a public client: their own tests say of what form. */
const membersOfDialects = Object.fromEntries(
  dialectTraits().clientMembers.map(({ name }) => [name, expect.any(String)]),
)

/** What is registered where nothing was said. */
const defaults = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [],
  post_logout_redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_basic',
  application_type: 'web',
  scope: 'openid profile email offline_access',
  subject_type: 'public',
  id_token_signed_response_alg: 'RS256',
  trusted: false,
  require_pkce: true,
  introspection: 'any',
  disabled: false,
}

const shownInstants = { client_id_issued_at: expect.any(Number), updated_at: expect.any(Number) }

describe('making a client', () => {
  it('answers 201 with where it is, its metadata and, once, a secret of 256 bits', async () => {
    const redirect_uris = ['https://app.example/callback']
    const answer = await admin('POST', '/clients', { client_name: 'An app', redirect_uris })
    const { status, body } = await read(answer)
    const { client_id, client_secret, ...rest } = Object(body) as Record<string, unknown>
    expect(status).toBe(201)
    expect({ client_id, client_secret }).toEqual({
      client_id: expect.stringMatching(/^[\w-]{22}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
    })
    const shown = {
      ...defaults,
      ...shownInstants,
      client_name: 'An app',
      redirect_uris,
      origin: 'admin',
      previous_secret: false,
    }
    expect(rest).toEqual({ ...shown, client_secret_expires_at: 0 })
    const location = `/admin/v1/clients/${client_id}`
    expect(answer.headers.get('Location')).toBe(`http://localhost:8787${location}`)
    expect(await read(await admin('GET', `/clients/${client_id}`))).toEqual({
      status: 200,
      body: { ...shown, client_id },
    })
  })

  it('gives a public client no secret', async () => {
    const client_id = fresh()
    const sent = { client_id, token_endpoint_auth_method: 'none', grant_types: ['password'] }
    const answer = await read(await admin('POST', '/clients', sent))
    const body = {
      ...defaults,
      ...sent,
      ...shownInstants,
      scope: 'openid profile email',
      origin: 'admin',
      ...membersOfDialects,
    }
    expect(answer).toEqual({ status: 201, body })
    expect(await read(await admin('GET', `/clients/${client_id}`))).toEqual({
      ...answer,
      status: 200,
    })
  })

  it('takes identifier and secret from a migration', async () => {
    const brought = { client_id: `${fresh()}:~.x`, client_secret: '_IGaQqvUUrPTzRKJvqPYnA' }
    const client = await registerClient(brought)
    expect(client).toMatchObject(brought)
    expect((await clientCredentials(client)).status).toBe(200)
    const detail = 'is the identifier of another client'
    expect(
      await read(await admin('POST', '/clients', { ...defaultsOf(client), ...brought })),
    ).toEqual(problem(409, 'already in use', [{ field: 'client_id', detail }]))
  })

  it.each([
    ['client_id', '', 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : ~ -'],
    ['client_id', 'a b', 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : ~ -'],
    ['client_id', 'a/b', 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : ~ -'],
    ['client_id', '..', 'must not be a dot segment'],
    ['client_id', `usr_${'a'.repeat(22)}`, 'must not look like a subject identifier'],
    ['client_secret', 'a'.repeat(21), 'must have at least 22 characters (128 bits)'],
    ['client_secret', 'ä'.repeat(30), 'must be printable ASCII without spaces'],
    ['redirect_uris', [], 'is required for the grant type authorization_code'],
    ['scop', 'openid', 'is not supported'],
    ['token_endpoint_auth_method_named', true, 'is not supported'],
  ])('refuses the %s %j', async (field, value, detail) => {
    const sent = { redirect_uris: ['https://app.example/callback'], [field]: value }
    expect(await read(await admin('POST', '/clients', sent))).toEqual(invalid({ field, detail }))
  })

  it('refuses a secret for a public client', async () => {
    const sent = { token_endpoint_auth_method: 'none', grant_types: ['password'] }
    const answer = await admin('POST', '/clients', { ...sent, client_secret: 'a'.repeat(43) })
    const detail = 'must be absent for the method none'
    expect(await read(answer)).toEqual(invalid({ field: 'client_secret', detail }))
  })

  it('names the very redirect URI that is wrong', async () => {
    const sent = { redirect_uris: ['https://app.example/callback', 'http://app.example/'] }
    const detail = 'must be https unless it is a loopback address'
    expect(await read(await admin('POST', '/clients', sent))).toEqual(
      invalid({ field: 'redirect_uris.1', detail }),
    )
  })
})

describe('a wildcard is refused with a word about what to do instead', () => {
  it.each([
    ['redirect_uris', 'https://*.example/callback'],
    ['post_logout_redirect_uris', 'https://*.example/'],
    ['allowed_cors_origins', 'https://*.example'],
  ])('in %s', async (member, value) => {
    const sent = { redirect_uris: ['https://app.example/callback'], [member]: [value] }
    const detail =
      'must not have a wildcard: register every address, or one fixed address that redirects'
    expect(await read(await admin('POST', '/clients', sent))).toEqual(
      invalid({ field: `${member}.0`, detail }),
    )
  })
})

const defaultsOf = ({ grant_types, scope }: Record<string, unknown>) => ({ grant_types, scope })

describe('changing a client', () => {
  it('changes what the patch names, gives a default back for null and leaves the rest', async () => {
    const claims = { id_token: ['locale'], userinfo: ['locale'] }
    const { client_secret, client_secret_expires_at, ...before } = await registerClient({ claims })
    const patch = { client_name: 'Renamed', scope: null, claims: { id_token: null } }
    const answer = await read(await admin('PATCH', `/clients/${before.client_id}`, patch))
    expect(answer).toEqual({
      status: 200,
      body: {
        ...before,
        client_name: 'Renamed',
        scope: defaults.scope,
        claims: { userinfo: ['locale'] },
        updated_at: expect.any(Number),
      },
    })
    expect({ secretType: typeof client_secret, secretExpiresAt: client_secret_expires_at }).toEqual(
      { secretType: 'string', secretExpiresAt: 0 },
    )
  })

  it('keeps the freedom of a client that named no authentication method', async () => {
    const client = await registerClient({ token_endpoint_auth_method: undefined })
    await patchClient(client, { client_name: 'Renamed' })
    const { client_id, client_secret } = client
    const form = { grant_type: 'client_credentials', client_id, client_secret }
    expect((await post('/oauth2/token', form)).status).toBe(200)
  })

  it.each([
    [
      { redirect_uris: ['http://a.example/'] },
      'redirect_uris.0',
      'must be https unless it is a loopback address',
    ],
    [{ grant_types: null }, 'redirect_uris', 'is required for the grant type authorization_code'],
    [
      { token_endpoint_auth_method: 'none' },
      'grant_types',
      'client_credentials needs a confidential client',
    ],
    [{ client_nam: null }, 'client_nam', 'is not supported'],
    [{ toString: null }, 'toString', 'is not supported'],
    [{ client_id: 'other' }, 'client_id', 'is not supported'],
    [
      { client_secret: 'a'.repeat(21) },
      'client_secret',
      'must have at least 22 characters (128 bits)',
    ],
  ])('refuses %j and changes nothing', async (patch, field, detail) => {
    const { client_id } = await registerClient()
    const before = await read(await admin('GET', `/clients/${client_id}`))
    const answer = await admin('PATCH', `/clients/${client_id}`, patch)
    expect(await read(answer)).toEqual(invalid({ field, detail }))
    expect(await read(await admin('GET', `/clients/${client_id}`))).toEqual(before)
  })

  it('disables at once what the client asks and what its tokens allow, and enables again', async () => {
    const client = await registerClient()
    const tokens = await signIn(client, await registerUser())
    await patchClient(client, { disabled: true })
    expect((await clientCredentials(client)).status).toBe(401)
    expect((await userinfo(tokens.access_token)).status).toBe(401)
    await patchClient(client, { disabled: null })
    expect((await clientCredentials(client)).status).toBe(200)
  })

  it('disables one whose metadata an older version took, and asks for them to be right only then', async () => {
    const client = await registerClient({ redirect_uris: ['com.example.app:/cb'] })
    await env.DB.prepare(
      "UPDATE clients SET metadata = replace(metadata, 'com.example.app:/cb', 'smb:') WHERE id = ?",
    )
      .bind(client.client_id)
      .run()
    const path = `/clients/${client.client_id}`
    expect(await patchClient(client, { disabled: true })).toMatchObject({ disabled: true })
    const detail =
      'has a scheme that browsers, office suites or operating systems handle themselves'
    expect(await read(await admin('PATCH', path, { client_name: 'Renamed' }))).toEqual(
      invalid({ field: 'redirect_uris.0', detail }),
    )
  })

  it('disabled, it has nothing that counts; enabled again, all that was not revoked', async () => {
    const client = await registerClient()
    const tokens = await signIn(client, await registerUser())
    const own = await tokensOf(clientCredentials(client))
    const outcome = async () => ({
      userinfo: (await userinfo(tokens.access_token)).status,
      token: (await clientCredentials(client)).status,
      introspection: await (await introspect(await registerClient(), own.access_token)).json(),
    })
    await patchClient(client, { disabled: true })
    const paused = await outcome()
    await patchClient(client, { disabled: false })
    expect({ paused, enabledAgain: await outcome() }).toEqual({
      paused: { userinfo: 401, token: 401, introspection: { active: false } },
      enabledAgain: {
        userinfo: 200,
        token: 200,
        introspection: expect.objectContaining({ active: true }),
      },
    })
  })

  it('leaves a client that becomes public no secret, and a way back', async () => {
    const client = await registerClient({ grant_types: ['password', 'client_credentials'] })
    const path = `/clients/${client.client_id}`
    const toPublic = { token_endpoint_auth_method: 'none', grant_types: ['password'] }
    expect(await patchClient(client, toPublic)).toMatchObject(toPublic)
    const back = { token_endpoint_auth_method: null, grant_types: ['client_credentials'] }
    await patchClient(client, back)
    expect((await clientCredentials(client)).status).toBe(401)
    const { client_secret } = await (
      await admin('POST', `${path}/secret`)
    ).json<{ client_secret: string }>()
    expect((await clientCredentials({ ...client, client_secret })).status).toBe(200)
  })

  it('that is not there is 404', async () => {
    const patch = { client_name: 'Nobody' }
    expect(await read(await admin('PATCH', `/clients/${fresh()}`, patch))).toEqual(unknownClient)
  })
})

describe('revoking all that a client was granted', () => {
  it('ends its lines, its own tokens and codes on their way; it goes on and is granted anew', async () => {
    const client = await registerClient()
    const other = await registerClient()
    const user = await registerUser()
    const [tokens, elsewhere] = [await signIn(client, user), await signIn(other, user)]
    const own = await tokensOf(clientCredentials(client))
    const web = await registerWebClient()
    const code = await codeFor(await signedIn(user), web)
    const answers = [
      await admin('POST', `/clients/${client.client_id}/revoke`),
      await admin('POST', `/clients/${web.client_id}/revoke`),
    ]
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect({
      userinfo: (await userinfo(tokens.access_token)).status,
      refresh: (await refresh(client, tokens.refresh_token)).status,
      introspection: await (await introspect(client, own.access_token)).json(),
      redemption: (await redeem(web, code)).status,
      elsewhere: (await userinfo(elsewhere.access_token)).status,
    }).toEqual({
      userinfo: 401,
      refresh: 400,
      introspection: { active: false },
      redemption: 400,
      elsewhere: 200,
    })
    const anew = await signIn(client, user)
    expect((await userinfo(anew.access_token)).status).toBe(200)
  })

  it('is 404 where there is no client', async () => {
    expect(await read(await admin('POST', `/clients/${fresh()}/revoke`))).toEqual(unknownClient)
  })
})

describe('rotating a secret', () => {
  it('lets two overlap until the older one is ended', async () => {
    const first = await registerClient()
    const path = `/clients/${first.client_id}/secret`
    const { status, body } = await read(await admin('POST', path))
    const { client_secret } = Object(body) as { client_secret: string }
    const { client_secret: former, ...shown } = first
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        ...shown,
        client_secret: expect.stringMatching(/^[\w-]{43}$/),
        previous_secret: true,
        updated_at: expect.any(Number),
      },
    })
    const second = { ...first, client_secret }
    const statuses = async () =>
      Promise.all([first, second].map(async (one) => (await clientCredentials(one)).status))
    expect(client_secret === former).toBe(false)
    expect(await statuses()).toEqual([200, 200])
    expect((await admin('DELETE', `${path}/previous`)).status).toBe(204)
    expect(await statuses()).toEqual([401, 200])
    expect(await read(await admin('DELETE', `${path}/previous`))).toEqual(
      problem(404, 'there is no previous secret'),
    )
  })

  it('ends the oldest of three', async () => {
    const first = await registerClient()
    const path = `/clients/${first.client_id}/secret`
    const secrets = [first.client_secret]
    for (let made = 0; made < 2; made++) {
      const { client_secret } = await (await admin('POST', path)).json<{ client_secret: string }>()
      secrets.push(client_secret)
    }
    const answers = secrets.map((client_secret) => clientCredentials({ ...first, client_secret }))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([401, 200, 200])
  })

  it('is nothing for a public client', async () => {
    const { client_id } = await registerPublicClient()
    const detail = 'must be a method with a secret'
    expect(await read(await admin('POST', `/clients/${client_id}/secret`))).toEqual(
      invalid({ field: 'token_endpoint_auth_method', detail }),
    )
  })

  it('is 404 where there is no client', async () => {
    const path = `/clients/${fresh()}/secret`
    expect(await read(await admin('POST', path))).toEqual(unknownClient)
    expect(await read(await admin('DELETE', `${path}/previous`))).toEqual(unknownClient)
  })
})

describe('deleting a client', () => {
  it('ends its tokens for good: a client of the same name inherits nothing', async () => {
    const client = await registerClient()
    const tokens = await signIn(client, await registerUser())
    const path = `/clients/${client.client_id}`
    expect(await read(await admin('DELETE', path))).toEqual({ status: 204, body: '' })
    expect((await clientCredentials(client)).status).toBe(401)
    expect((await userinfo(tokens.access_token)).status).toBe(401)
    await registerClient({ client_id: client.client_id })
    expect((await clientCredentials(client)).status).toBe(401)
    expect((await userinfo(tokens.access_token)).status).toBe(401)
  })

  it('is said once', async () => {
    const { client_id } = await registerClient()
    expect((await admin('DELETE', `/clients/${client_id}`)).status).toBe(204)
    expect(await read(await admin('DELETE', `/clients/${client_id}`))).toEqual(unknownClient)
  })
})

describe('RFC 7591 client metadata that reaches out or comes from elsewhere', () => {
  it.each([
    'https://169.254.169.254/logout',
    'https://10.0.0.1/logout',
    'https://[::ffff:7f00:1]/logout',
    'https://user@rp.example/logout',
    'http://rp.example/logout',
    'https://rp.internal/logout',
    'https://rp.example:22/logout',
  ])('takes no back-channel address to which nothing may be sent: %s', async (uri) => {
    const sent = { redirect_uris: ['https://rp.example/cb'], backchannel_logout_uri: uri }
    expect((await admin('POST', '/clients', sent)).status).toBe(400)
  })

  it('keeps public keys and refuses a private one', async () => {
    // RFC 7515, appendix A.3.1.
    const key = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    const redirects = { redirect_uris: ['https://rp.example/cb'] }
    const made = await admin('POST', '/clients', { ...redirects, jwks: { keys: [key] } })
    expect({ status: made.status, body: await made.json() }).toEqual({
      status: 201,
      body: expect.objectContaining({ jwks: { keys: [key] } }),
    })
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
      const withPrivate = { ...redirects, jwks: { keys: [{ ...key, [name]: 'AQAB' }] } }
      expect((await admin('POST', '/clients', withPrivate)).status).toBe(400)
    }
  })
})
