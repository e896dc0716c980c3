// A registered client looks after itself. RFC 7592; rows O04 to O08, N130.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { makeKey } from '../federation/providers.ts'
import { Server } from '../support/faults.ts'
import { bearer, get, issuer, read, refusal } from '../support/http.ts'
import { admin, patchClient, registerClient, registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { clientCredentials, introspect, refresh, tokensOf, userinfo } from '../support/tokens.ts'
import {
  allowIfAsked,
  authorizePath,
  backToNow,
  callback,
  codeOf,
  pass,
  redeem,
  signedIn,
} from '../openid/flow.ts'
import { type Registered, manage, registered201 } from './registrant.ts'

afterEach(backToNow)

const open = new Server({ REGISTRATION: 'open' })
const register = (metadata: object = {}) => registered201(open.fetch, metadata)
const at = (method: 'GET' | 'PUT' | 'DELETE', client: Registered, document?: unknown) =>
  manage(open.fetch, method, client, document)

/** What a client that changes nothing puts. */
const unchanged = ({ client_id }: Registered) => ({ client_id, redirect_uris: [callback] })

/** The client with the registration access token of an answer. */
const withTokenOf = (
  client: Registered,
  { body }: { body: Record<string, unknown> },
): Registered => ({
  ...client,
  registration_access_token: String(body['registration_access_token']),
})

const user = await registerUser()

/** The client signs the user in, with consent. */
async function codeWithConsent(client: Registered, redirect_uri = callback) {
  const agent = await signedIn(user, open.fetch)
  const page = await agent.open(
    authorizePath(client, { redirect_uri, scope: 'openid offline_access' }),
  )
  // What was allowed once is not asked again.
  return codeOf(await allowIfAsked(agent, page))
}

describe('RFC 7592 2.1: GET', () => {
  it('answers what was registered, with the token that was presented and without the secret', async () => {
    const client = await register({ client_name: 'An app' })
    const { client_secret: _, client_secret_expires_at: _never, ...rest } = client
    const { status, headers, body } = await at('GET', client)
    expect({ status, cache: headers['cache-control'], body }).toEqual({
      status: 200,
      cache: 'no-store',
      body: rest,
    })
  })

  it('O04: another token is 401, the same bytes for each and for an unknown client', async () => {
    const client = await register()
    const other = await register()
    const service = await registerClient()
    const { access_token } = await tokensOf(clientCredentials(service))
    const tokens = [
      other.registration_access_token,
      testSettings.ADMIN_TOKEN,
      access_token,
      client.client_secret ?? '',
      'x',
    ]
    const uris = [
      client.registration_client_uri,
      `${issuer}/oauth2/register/nobody`,
      `${issuer}/oauth2/register/${service.client_id}`,
      `${issuer}/oauth2/register/${'x'.repeat(5_000)}`,
    ]
    const answers = new Set<string>()
    for (const registration_client_uri of uris) {
      for (const registration_access_token of tokens) {
        const asked = { ...client, registration_client_uri, registration_access_token }
        answers.add(JSON.stringify(await at('GET', asked)))
      }
    }
    expect([...answers].map((text) => JSON.parse(text))).toEqual([
      {
        status: 401,
        headers: expect.objectContaining({
          'www-authenticate': expect.stringContaining('error="invalid_token"'),
        }),
        body: {
          error: 'invalid_token',
          error_description: 'the registration access token is not valid',
        },
      },
    ])
  })

  it('is no key to the operator, nor to userinfo', async () => {
    const { registration_access_token: token } = await register()
    expect({
      admin: (await get('/admin/v1/clients', bearer(token))).status,
      userinfo: (await get('/oauth2/userinfo', bearer(token))).status,
    }).toEqual({ admin: 401, userinfo: 401 })
  })

  it('without a token says nothing but that one is needed', async () => {
    const { registration_client_uri } = await register()
    const answer = await open.fetch(new Request(registration_client_uri))
    expect({ ...(await read(answer)), challenge: answer.headers.get('WWW-Authenticate') }).toEqual({
      status: 401,
      body: '',
      challenge: 'Bearer realm="postern"',
    })
  })

  it('of a client that the operator has disabled is 401', async () => {
    const client = await register()
    await patchClient(client, { disabled: true })
    expect((await at('GET', client)).status).toBe(401)
  })

  it('goes on where REGISTRATION is closed', async () => {
    const client = await register()
    const closed = new Server({ REGISTRATION: 'closed' })
    expect((await manage(closed.fetch, 'GET', client)).status).toBe(200)
  })

  it('POST is not for this address', async () => {
    const { registration_client_uri } = await register()
    const answer = await open.fetch(new Request(registration_client_uri, { method: 'POST' }))
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'HEAD, GET, PUT, DELETE, OPTIONS',
    })
  })
})

describe('RFC 7592 2.2: PUT', () => {
  it('replaces everything: an omitted member returns to its default', async () => {
    const client = await register({
      client_name: 'An app',
      scope: 'openid read',
      tos_uri: 'https://a.example',
    })
    const { status, body } = await at('PUT', client, {
      ...unchanged(client),
      client_name: 'Another name',
    })
    const { client_name, scope, tos_uri, client_secret } = body
    expect({ status, client_name, scope, tos_uri, client_secret }).toEqual({
      status: 200,
      client_name: 'Another name',
      scope: 'openid profile email offline_access',
      tos_uri: undefined,
      client_secret: undefined,
    })
  })

  const forbidden = {
    registration_access_token: 'x',
    registration_client_uri: 'https://x.example',
    client_secret_expires_at: 0,
    client_id_issued_at: 1,
  }
  it.each<[string, object]>([
    ['no client_id', { client_id: undefined }],
    ["another's client_id", { client_id: 'another' }],
    ['a wrong client_secret', { client_secret: 'wrong' }],
    ['a client_secret that is no text', { client_secret: 1 }],
    ...Object.entries(forbidden).map(([name, value]): [string, object] => [
      name,
      { [name]: value },
    ]),
  ])('O05: %s is 400 and changes nothing', async (_what, extra) => {
    const client = await register({ client_name: 'Before' })
    const document = { ...unchanged(client), client_name: 'After', ...extra }
    const { status, body } = await at('PUT', client, document)
    const after = await at('GET', client)
    expect({ status, error: body['error'], name: after.body['client_name'] }).toEqual({
      status: 400,
      error: 'invalid_client_metadata',
      name: 'Before',
    })
  })

  it('shows the present secret again where the client sends it', async () => {
    const client = await register()
    const { client_secret } = client
    const { status, body } = await at('PUT', client, { ...unchanged(client), client_secret })
    expect({ status, client_secret: body['client_secret'] }).toEqual({ status: 200, client_secret })
  })

  it('a public client that becomes confidential gets a secret of its own, shown once', async () => {
    const client = await register({ token_endpoint_auth_method: 'none' })
    const { body } = await at('PUT', client, {
      ...unchanged(client),
      token_endpoint_auth_method: 'client_secret_post',
    })
    const again = await at('GET', withTokenOf(client, { body }))
    expect({ secret: body['client_secret'], again: again.body['client_secret'] }).toEqual({
      secret: expect.stringMatching(/^[\w-]{43}$/),
      again: undefined,
    })
  })

  it('a confidential client that becomes public has no secret any more', async () => {
    const client = await register()
    await at('PUT', client, { ...unchanged(client), token_endpoint_auth_method: 'none' })
    const row = await env.DB.prepare('SELECT secret_digest FROM clients WHERE id = ?1')
      .bind(client.client_id)
      .first()
    expect(row).toEqual({ secret_digest: null })
  })

  it('O08: the answer was lost: the old token works until the new one was used', async () => {
    const client = await register()
    const lost = withTokenOf(client, await at('PUT', client, unchanged(client)))
    const repeated = await at('PUT', client, unchanged(client))
    const fresh = withTokenOf(client, repeated)
    const before = (await at('GET', client)).status
    const first = (await at('GET', fresh)).status
    expect({
      repeated: repeated.status,
      before,
      first,
      old: (await at('GET', client)).status,
      lost: (await at('GET', lost)).status,
      again: (await at('GET', fresh)).status,
    }).toEqual({ repeated: 200, before: 200, first: 200, old: 401, lost: 401, again: 200 })
  })

  it('changes nothing that the operator set: no client rids itself of its profile', async () => {
    const { jwk } = await makeKey()
    const keyed = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } }
    const client = await register({ ...keyed, id_token_signed_response_alg: 'ES256' })
    await patchClient(client, { profile: 'fapi2', require_pkce: true, access_token_ttl: 60 })
    const put = (metadata: object) => at('PUT', client, { ...unchanged(client), ...metadata })
    const asPublic = await put({ token_endpoint_auth_method: 'none' })
    const asBefore = await put(keyed)
    const stored = await read(await admin('GET', `/clients/${client.client_id}`))
    expect({
      asPublic: { status: asPublic.status, error: asPublic.body['error'] },
      asBefore: asBefore.status,
      stored: stored.body,
    }).toEqual({
      asPublic: { status: 400, error: 'invalid_client_metadata' },
      asBefore: 200,
      stored: expect.objectContaining({
        profile: 'fapi2',
        access_token_ttl: 60,
        token_endpoint_auth_method: 'private_key_jwt',
        id_token_signed_response_alg: 'ES256',
      }),
    })
  })

  it('O08: a PUT by the new token ends the old one, too', async () => {
    const client = await register()
    const second = withTokenOf(client, await at('PUT', client, unchanged(client)))
    const third = withTokenOf(client, await at('PUT', second, unchanged(client)))
    expect({
      first: (await at('GET', client)).status,
      second: (await at('GET', second)).status,
      third: (await at('GET', third)).status,
    }).toEqual({ first: 401, second: 200, third: 200 })
  })

  it('O08: the old token has 24 hours at most, however often it is used', async () => {
    const client = await register()
    await at('PUT', client, unchanged(client))
    pass(86_000)
    const late = await at('PUT', client, unchanged(client))
    pass(401)
    expect({ late: late.status, after: (await at('GET', client)).status }).toEqual({
      late: 200,
      after: 401,
    })
  })

  it('O06: a redirect URI that is dropped takes its waiting codes with it, those of grants stay', async () => {
    const other = 'https://client.example/other'
    const client = await register({ redirect_uris: [callback, other] })
    const tokens = await tokensOf(redeem(client, await codeWithConsent(client), {}, open.fetch))
    const code = await codeWithConsent(client, other)
    await at('PUT', client, unchanged(client))
    const late = await read(await redeem(client, code, { redirect_uri: other }, open.fetch))
    expect({
      late,
      grant: (await refresh(client, tokens.refresh_token ?? '', {}, open.fetch)).status,
    }).toMatchObject({ late: { status: 400, body: { error: 'invalid_grant' } }, grant: 200 })
  })

  it('a code waits on where a redirect URI is added', async () => {
    const client = await register()
    const code = await codeWithConsent(client)
    const redirect_uris = [callback, 'https://client.example/other']
    await at('PUT', client, { ...unchanged(client), redirect_uris })
    expect((await redeem(client, code, {}, open.fetch)).status).toBe(200)
  })
})

describe('RFC 7592 2.3: DELETE', () => {
  it('O07, N130: codes, grants and tokens end at once, and so does the registration', async () => {
    const client = await register({ token_endpoint_auth_method: 'none' })
    const other = await registerClient()
    const agent = await signedIn(user, open.fetch)
    const tokens = await tokensOf(redeem(client, await codeWithConsent(client), {}, open.fetch))
    const waiting = await codeWithConsent(client)
    const deleted = await at('DELETE', client)
    expect({
      deleted,
      refresh: await refusal(refresh(client, tokens.refresh_token ?? '', {}, open.fetch)),
      code: await refusal(redeem(client, waiting, {}, open.fetch)),
      userinfo: (await userinfo(tokens.access_token, open.fetch)).status,
      introspection: (await read(await introspect(other, tokens.access_token, open.fetch))).body,
      authorize: (await agent.open(authorizePath(client))).status,
      registration: (await at('GET', client)).status,
      twice: (await at('DELETE', client)).status,
    }).toEqual({
      deleted: { status: 204, headers: expect.anything(), body: {} },
      refresh: { status: 401, error: 'invalid_client' },
      code: { status: 401, error: 'invalid_client' },
      userinfo: 401,
      introspection: { active: false },
      authorize: 400,
      registration: 401,
      twice: 401,
    })
  })
})
