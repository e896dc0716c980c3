// What agents send that other clients do not: redirects of several kinds at once, scopes with spaces
// around them, names that nobody knows, offline_access always.
import { describe, expect, it } from 'vitest'
import { get, readAll } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { grantOf } from '../support/tokens.ts'
import {
  authorizePath,
  codeOf,
  decide,
  granted,
  outcome,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
} from './flow.ts'

const agent = await signedIn(await registerUser())
const client = await registerWebClient({ scope: 'openid mcp:tools offline_access' })

const cursor = 'cursor://anysphere.cursor-mcp/oauth/callback'
const web = 'https://www.cursor.example/agents/mcp/oauth/callback'
const loopback = 'http://localhost:8787/callback'
const anotherPort = 'http://localhost:51004/callback'

describe('AG10: one client with a private-use scheme, an https address and loopback', () => {
  it('M053: is registered, and each address gets an answer', async () => {
    const app = await registerWebClient({ redirect_uris: [cursor, web, loopback] })
    const at = async (redirect_uri: string) =>
      outcome(await agent.open(authorizePath(app, { redirect_uri })))
    // A client with a secret is assured everywhere, so that nobody is asked.
    expect({ app: await at(cursor), web: await at(web), local: await at(anotherPort) }).toEqual({
      app: granted({ to: cursor }),
      web: granted({ to: web }),
      local: granted({ to: anotherPort }),
    })
  })

  it('M053: is refused with code among the addresses', async () => {
    const redirect_uris = [cursor, 'javascript:alert(1)', loopback]
    const answer = await admin('POST', '/clients', { redirect_uris })
    const { status, body } = await readAll(answer)
    expect({ status, body }).toEqual({
      status: 400,
      body: expect.objectContaining({
        errors: [{ field: 'redirect_uris.1', detail: expect.any(String) }],
      }),
    })
  })
})

describe('AG11: a loopback address without port and path', () => {
  it('M054: matches any port with a slash, and no path', async () => {
    const app = await registerWebClient({ redirect_uris: ['http://127.0.0.1'] })
    const at = async (redirect_uri: string) =>
      outcome(await agent.open(authorizePath(app, { redirect_uri })))
    expect({
      slash: await at('http://127.0.0.1:33418/'),
      path: await at('http://127.0.0.1:33418/x'),
    }).toEqual({
      slash: granted({ to: 'http://127.0.0.1:33418/' }),
      path: { status: 400, page: 'We will not send you there · Postern' },
    })
  })
})

describe('AG12, AG13: scopes as agents write them', () => {
  it.each([
    ['a space in front', ' offline_access'],
    ['two spaces between', 'openid  mcp:tools'],
    ['a space at the end', 'openid '],
    ['M056: a name that nobody knows among others', 'openid mcp:everything'],
  ])('M055: %s is granted', async (_what, scope) => {
    expect(outcome(await agent.open(authorizePath(client, { scope })))).toEqual(granted())
  })

  it.each([
    ['M055: a tab', 'openid\tmcp:tools'],
    ['M056: nothing but a name that nobody knows', 'mcp:everything'],
  ])('%s is invalid_scope at the redirect', async (_what, scope) => {
    const place = await agent.open(authorizePath(client, { scope }))
    expect(outcome(place)).toEqual(refusedWith('invalid_scope'))
  })

  it('AG14: offline_access comes with prompt=consent, which asks and then gives a refresh token', async () => {
    const app = await registerSpa()
    const extra = { scope: 'read offline_access', prompt: 'consent' }
    const page = await agent.open(authorizePath(app, extra))
    const { scope } = await grantOf(redeem(app, codeOf(await decide(agent, page, 'allow'))))
    expect({ page: outcome(page), scope }).toEqual({
      page: { status: 200, page: 'Allow access? · Postern' },
      scope: 'read offline_access',
    })
  })
})

describe('AG1: an issuer without a path has no metadata under one', () => {
  it.each([
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration/x',
    '/.well-known/openid-configuration/mcp/',
  ])('M060: %s is 404 in JSON', async (path) => {
    const answer = await get(path)
    expect({
      status: answer.status,
      type: answer.headers.get('Content-Type'),
      body: await answer.json(),
    }).toEqual({
      status: 404,
      type: 'application/json',
      body: { error: 'not_found', error_description: expect.any(String) },
    })
  })
})
