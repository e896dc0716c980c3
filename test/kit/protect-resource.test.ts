import { exports } from 'cloudflare:workers'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { AccessToken } from '../../src/kit/access-token.ts'
import {
  type ResourceOptions,
  type ResourceVariables,
  protectResource,
} from '../../src/kit/protect-resource.ts'
import { verifyByKeys } from '../../src/kit/verify-by-keys.ts'
import { verifyByService } from '../../src/kit/verify-by-service.ts'
import { makeKey, signToken } from '../federation/providers.ts'
import { authorizePath, codeOf, redeem, registerWebClient } from '../openid/flow.ts'
import { claimsOf, forge } from '../support/forge.ts'
import { halfSignedIn, stepUp } from '../support/half-signed-in.ts'
import { issuer, postern } from '../support/http.ts'
import { registerClient, registerUser, type TestClient } from '../support/registry.ts'
import { postAs, signIn, tokensOf } from '../support/tokens.ts'
import type { Place } from '../support/user-agent.ts'

const resource = 'https://mcp.example/notes'

/** The keys of the server, as another worker loads them. */
const byKeys = () => verifyByKeys({ fetch: (url, init) => postern(new Request(url, init)) })
const byService = () => verifyByService(exports.AccessTokens)

function resourceServer(options: Partial<ResourceOptions> = {}) {
  const app = new Hono<{ Variables: ResourceVariables }>()
  app.use('*', protectResource({ issuer, resource, verify: byKeys(), ...options }))
  app.all('*', (context) => context.json({ served: context.get('accessToken') ?? null }))
  return (path: string, headers: Record<string, string> = {}, method = 'GET', body?: BodyInit) =>
    app.request(`https://mcp.example${path}`, { method, headers, body })
}

async function accessToken(client: TestClient, form: Record<string, string>): Promise<string> {
  const answer = await postAs(client, '/oauth2/token', {
    grant_type: 'client_credentials',
    ...form,
  })
  const { access_token } = await answer.json<{ access_token: string }>()
  return access_token
}

const machine = () =>
  registerClient({ grant_types: ['client_credentials'], scope: 'notes:read notes:write' })

const tokenFor = async (form: Record<string, string> = {}) =>
  accessToken(await machine(), { resource, ...form })

/** The same claims under `alg` none. */
const unsigned = (token: string): string =>
  `${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll('=', '')}.${token.split('.')[1]}.`

/** The same claims, signed by a key that the server does not publish. */
const withForeignKey = async (token: string): Promise<string> =>
  signToken(await makeKey(), claimsOf(token), { typ: 'at+jwt' })

const user = await registerUser()
const holder = () => registerClient({ grant_types: ['password', 'refresh_token'] })

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

const metadataAddress = 'https://mcp.example/.well-known/oauth-protected-resource/notes'

/** What a refusal is made of. */
const refusalOf = async (answer: Response) => ({
  status: answer.status,
  challenge: answer.headers.get('WWW-Authenticate'),
  error: (await answer.json<{ error: string }>()).error,
})

describe('RFC 9728: the metadata of a protected resource', () => {
  it('stand at the well-known path with that of the resource, for any page', async () => {
    const server = resourceServer({ scope: ['notes:read'], name: 'Notes' })
    const answer = await server('/.well-known/oauth-protected-resource/notes')
    expect({
      status: answer.status,
      origin: answer.headers.get('Access-Control-Allow-Origin'),
      document: await answer.json(),
    }).toEqual({
      status: 200,
      origin: '*',
      document: {
        resource,
        authorization_servers: [issuer],
        scopes_supported: ['notes:read'],
        bearer_methods_supported: ['header'],
        resource_name: 'Notes',
        dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
      },
    })
  })

  it('never list offline_access: no resource needs it', async () => {
    const server = resourceServer({ scopesSupported: ['notes:read', 'offline_access'] })
    const answer = await server('/.well-known/oauth-protected-resource/notes')
    expect(await answer.json()).toMatchObject({ scopes_supported: ['notes:read'] })
  })

  it('of a resource without a path stand at the root', async () => {
    const server = resourceServer({ resource: 'https://mcp.example/' })
    const answer = await server('/.well-known/oauth-protected-resource')
    expect(await answer.json()).toMatchObject({ resource: 'https://mcp.example/' })
  })

  it('AG5: of a resource with a path do not stand at the root, where clients compare strictly', async () => {
    const answer = await resourceServer()('/.well-known/oauth-protected-resource')
    expect(await answer.json()).toEqual({ served: null })
  })

  it('answer other methods with 405', async () => {
    const answer = await resourceServer()('/.well-known/oauth-protected-resource/notes', {}, 'POST')
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'GET, HEAD, OPTIONS',
    })
  })

  it('a resource is an http address without fragment', () => {
    expect(() => resourceServer({ resource: 'https://mcp.example/#x' })).toThrow(TypeError)
    expect(() => resourceServer({ resource: 'urn:notes' })).toThrow(TypeError)
  })
})

describe.each([
  ['by keys', byKeys],
  ['by service', byService],
])('A protected resource that verifies %s', (_, verify) => {
  it('serves who has a token for it, and says what the token says', async () => {
    const client = await machine()
    const token = await accessToken(client, { resource, scope: 'notes:read' })
    const answer = await resourceServer({ verify: verify(), scope: ['notes:read'] })(
      '/notes/1',
      bearer(token),
    )
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: {
        served: {
          issuer,
          subject: client.client_id,
          clientId: client.client_id,
          audience: [resource],
          scope: ['notes:read'],
          expiresAt: expect.any(Number),
        },
      },
    })
  })

  it('RS2: a request without token is told where to begin, and no error', async () => {
    const server = resourceServer({ verify: verify(), scope: ['notes:read', 'notes:write'] })
    expect(await refusalOf(await server('/notes'))).toEqual({
      status: 401,
      challenge: `Bearer scope="notes:read notes:write", resource_metadata="${metadataAddress}"`,
      error: 'unauthorized',
    })
  })

  it.each([
    ['of another resource', () => tokenFor({ resource: 'https://mcp.example/other' })],
    ['for the server itself', async () => accessToken(await machine(), {})],
    ['that is none', async () => 'garbage'],
    [
      'with a changed signature',
      async () => `${(await tokenFor()).split('.', 2).join('.')}.${'A'.repeat(86)}`,
    ],
    ['without signature', async () => unsigned(await tokenFor())],
    ['that has expired', async () => forge(await tokenFor(), { exp: 1_700_000_000 })],
    ['that is an ID token', async () => forge(await tokenFor(), {}, 'JWT')],
    ['of another issuer', async () => forge(await tokenFor(), { iss: 'https://other.example' })],
    ['that refreshes others', async () => (await signIn(await holder(), user)).refresh_token],
    ['of a key that is published no longer', async () => withForeignKey(await tokenFor())],
  ])('M093: refuses a token %s', async (_case, make) => {
    const answer = await resourceServer({ verify: verify() })('/notes', bearer(await make()))
    expect(await refusalOf(answer)).toEqual({
      status: 401,
      challenge:
        'Bearer error="invalid_token", error_description="the access token is not valid", ' +
        `resource_metadata="${metadataAddress}"`,
      error: 'invalid_token',
    })
  })

  it('M094: too little scope is 403 and names all that the request needs', async () => {
    const scope = (request: Request) =>
      request.method === 'POST' ? ['notes:read', 'notes:write'] : ['notes:read']
    const server = resourceServer({ verify: verify(), scope })
    const headers = bearer(await tokenFor({ scope: 'notes:read' }))
    expect((await server('/notes', headers)).status).toBe(200)
    expect(await refusalOf(await server('/notes', headers, 'POST'))).toEqual({
      status: 403,
      challenge:
        'Bearer error="insufficient_scope", error_description="the access token lacks a scope ' +
        `that this request needs", scope="notes:read notes:write", resource_metadata="${metadataAddress}"`,
      error: 'insufficient_scope',
    })
  })

  it('RFC 9470: no sign-in, or one too old, asks for another one', async () => {
    const server = resourceServer({ verify: verify(), signIn: { maxAge: 300, acrValues: ['mfa'] } })
    expect(await refusalOf(await server('/notes', bearer(await tokenFor())))).toEqual({
      status: 401,
      challenge:
        'Bearer error="insufficient_user_authentication", error_description="this request needs ' +
        `another sign-in of the user", acr_values="mfa", max_age="300", resource_metadata="${metadataAddress}"`,
      error: 'insufficient_user_authentication',
    })
  })

  it('RS7: learns how and when the user signed in', async () => {
    const client = await registerClient({ scope: 'notes:read' })
    const { access_token } = await signIn(client, await registerUser(), { resource })
    const server = resourceServer({
      verify: verify(),
      signIn: { maxAge: 300, acrValues: ['urn:postern:acr:1'] },
    })
    const { served } = await (
      await server('/notes', bearer(access_token))
    ).json<{
      served: Partial<AccessToken>
    }>()
    expect(served).toMatchObject({
      acr: 'urn:postern:acr:1',
      authTime: claimsOf(access_token).auth_time,
    })
  })

  it('RFC 9470: a client asks for what the challenge says is missing, and comes back with it', async () => {
    const client = await registerWebClient({ scope: 'openid notes:read' })
    const person = await halfSignedIn()
    const { agent } = person
    const tokenOf = async (place: Place) =>
      (await tokensOf(redeem(client, codeOf(place), { resource }))).access_token
    const sent = { scope: 'openid notes:read', resource }
    const signIn = (request: Request) =>
      request.method === 'DELETE'
        ? { acrValues: ['urn:postern:acr:2'], maxAge: 300 }
        : { acrValues: ['urn:postern:acr:1'] }
    const server = resourceServer({ verify: verify(), signIn })
    const weak = bearer(await tokenOf(await agent.open(authorizePath(client, sent))))
    const read = (await server('/notes', weak)).status
    const { status, challenge } = await refusalOf(await server('/notes', weak, 'DELETE'))
    const needed = Object.fromEntries(
      [...(challenge ?? '').matchAll(/(acr_values|max_age)="([^"]*)"/g)].map(
        ([, name = '', value]) => [name, value],
      ),
    )
    const asked = await agent.open(authorizePath(client, { ...sent, ...needed }))
    const strong = bearer(await tokenOf(await stepUp(person, asked)))
    expect({
      read,
      refused: status,
      needed,
      deleted: (await server('/notes', strong, 'DELETE')).status,
      readAgain: (await server('/notes', strong)).status,
    }).toEqual({
      read: 200,
      refused: 401,
      needed: { acr_values: 'urn:postern:acr:2', max_age: '300' },
      deleted: 200,
      readAgain: 200,
    })
  })

  it('M095: reads no token from query or form, takes any case of the scheme and one header only', async () => {
    const server = resourceServer({ verify: verify() })
    const token = await tokenFor()
    const statuses = {
      query: (await server(`/notes?access_token=${token}`)).status,
      form: (await server('/notes', {}, 'POST', new URLSearchParams({ access_token: token })))
        .status,
      lowerCase: (await server('/notes', { Authorization: `bearer ${token}` })).status,
      two: (await server('/notes', { Authorization: `Bearer ${token}, Bearer ${token}` })).status,
      basic: (await server('/notes', { Authorization: 'Basic YTpi' })).status,
    }
    expect(statuses).toEqual({ query: 401, form: 401, lowerCase: 200, two: 400, basic: 400 })
  })

  it('DP9: refuses an unbound token that is sent as a bound one', async () => {
    const answer = await resourceServer({ verify: verify() })('/notes', {
      Authorization: `DPoP ${await tokenFor()}`,
    })
    expect(await refusalOf(answer)).toMatchObject({ status: 401, error: 'invalid_token' })
  })
})

describe('A protected resource', () => {
  it('lets pass what is not its own', async () => {
    const server = resourceServer()
    expect(await (await server('/notesbook')).json()).toEqual({ served: null })
  })

  it('RS6: lets pages of any origin ask', async () => {
    const answer = await resourceServer()(
      '/notes',
      { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' },
      'OPTIONS',
    )
    expect({ status: answer.status, headers: Object.fromEntries(answer.headers) }).toEqual({
      status: 204,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers':
          'authorization, content-type, dpop, mcp-protocol-version, mcp-session-id, last-event-id',
        'access-control-max-age': '600',
      },
    })
    const served = await resourceServer()('/notes', bearer(await tokenFor()))
    expect({
      origin: served.headers.get('Access-Control-Allow-Origin'),
      exposed: served.headers.get('Access-Control-Expose-Headers'),
    }).toEqual({ origin: '*', exposed: 'www-authenticate, dpop-nonce, mcp-session-id' })
  })

  it('answers 503 where keys or server cannot be reached: nobody can tell', async () => {
    const down = verifyByKeys({ fetch: () => Promise.reject(new Error('no network')) })
    const answer = await resourceServer({ verify: down })('/notes', bearer(await tokenFor()))
    expect({
      status: answer.status,
      retryAfter: answer.headers.get('Retry-After'),
      body: await answer.json(),
    }).toEqual({
      status: 503,
      retryAfter: '2',
      body: {
        error: 'temporarily_unavailable',
        error_description: 'access tokens cannot be verified now, try again',
      },
    })
  })

  it('by service, a revoked token stops counting at once; by keys, when it expires', async () => {
    const client = await machine()
    const token = await accessToken(client, { resource })
    await postAs(client, '/oauth2/revoke', { token })
    const [revoked, signed] = await Promise.all([
      resourceServer({ verify: byService() })('/notes', bearer(token)),
      resourceServer({ verify: byKeys() })('/notes', bearer(token)),
    ])
    expect({ byService: revoked.status, byKeys: signed.status }).toEqual({
      byService: 401,
      byKeys: 200,
    })
  })
})
