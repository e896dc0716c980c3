// What agents send, from their registration to their last request: each with the redirect, resource,
// scope and headers of the client itself. The MCP server is a registered resource.
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  authorizePath,
  codeOf,
  decide,
  granted,
  outcome,
  signedIn,
  verifier,
} from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { issuer, post, read } from '../support/http.ts'
import { registerResource, registerUser } from '../support/registry.ts'
import { grantOf } from '../support/tokens.ts'
import { shownText } from '../support/user-agent.ts'
import { cursor, geminiCli, mcpRemote, registered201, vsCode } from './registrant.ts'

const open = new Server({ REGISTRATION: 'open' })
const to = open.fetch
const mcp = 'https://mcp.example/sentry/mcp'
await registerResource({
  resource: mcp,
  name: 'Issues',
  scope: 'issues:read issues:write',
  aliases: ['https://mcp.example'],
})
const person = await signedIn(await registerUser(), to)

const claude = {
  client_name: 'Claude',
  redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

type Journey = {
  metadata: object
  redirect: string
  resource: string
  scope: string | undefined
  granted: string
  more?: Record<string, string>
}

const journeys: [string, Journey][] = [
  [
    'AG12: claude.ai, with a space in front of its scope',
    {
      metadata: claude,
      redirect: 'https://claude.ai/api/mcp/auth_callback',
      resource: mcp,
      scope: ' issues:read offline_access',
      granted: 'issues:read offline_access',
    },
  ],
  [
    'AG10: Cursor, by its own scheme',
    {
      metadata: cursor,
      redirect: 'cursor://anysphere.cursor-mcp/oauth/callback',
      resource: mcp,
      scope: 'issues:read issues:write',
      granted: 'issues:read issues:write',
    },
  ],
  [
    // Not at 8787, which is the server's own in these tests: see src/operator/README.md.
    'AG10: Cursor, at a loopback port',
    {
      metadata: cursor,
      redirect: 'http://localhost:52011/callback',
      resource: mcp,
      scope: 'issues:read',
      granted: 'issues:read',
    },
  ],
  [
    'AG11: Visual Studio Code, at a random port',
    {
      metadata: vsCode,
      redirect: 'http://127.0.0.1:51234/',
      resource: mcp,
      scope: 'issues:read',
      granted: 'issues:read',
    },
  ],
  [
    'AG11, AG17: Visual Studio Code for the web, which names the origin alone',
    {
      metadata: vsCode,
      redirect: 'https://vscode.dev/redirect',
      resource: 'https://mcp.example/',
      scope: 'issues:read',
      granted: 'issues:read',
    },
  ],
  [
    'AG27: Gemini CLI, at another port than it registered',
    {
      metadata: geminiCli,
      redirect: 'http://localhost:41299/oauth/callback',
      resource: mcp,
      scope: 'issues:read',
      granted: 'issues:read',
    },
  ],
  [
    'AG13, AG27: mcp-remote, which asks for more than it registered and the resource has',
    {
      metadata: mcpRemote,
      redirect: 'http://localhost:3334/oauth/callback',
      resource: mcp,
      scope: 'openid profile email address phone offline_access issues:read nobody:knows',
      granted: 'openid profile email issues:read',
    },
  ],
  [
    'AG14, AG17: claude.ai, with offline_access and a query at the resource',
    {
      metadata: claude,
      redirect: 'https://claude.ai/api/mcp/auth_callback',
      resource: `${mcp}?organization=one`,
      scope: 'issues:read offline_access',
      granted: 'issues:read offline_access',
      more: { prompt: 'consent' },
    },
  ],
]

describe('An agent that registers itself', () => {
  it.each(journeys)(
    '%s: signs in, and refreshes with the resource again',
    async (_who, journey) => {
      const { redirect, resource, scope, more } = journey
      const client = await registered201(to, journey.metadata)
      const request = { redirect_uri: redirect, resource, scope, nonce: undefined, ...more }
      const page = await person.open(authorizePath(client, request))
      const answer = await decide(person, page, 'allow')
      const { client_id } = client
      const form = {
        ...{ grant_type: 'authorization_code', client_id, code: codeOf(answer) },
        ...{ redirect_uri: redirect, code_verifier: verifier, resource },
      }
      const tokens = await grantOf(post('/oauth2/token', form, {}, to))
      const { refresh_token } = tokens
      const renewal = { grant_type: 'refresh_token', client_id, refresh_token, resource }
      const renewed = await grantOf(post('/oauth2/token', renewal, {}, to))
      expect({
        shows: shownText(page).includes('Issues'),
        answer: outcome(answer),
        scope: tokens.scope,
        audience: decodeJwt(tokens.access_token).aud,
        renewed: { scope: renewed.scope, audience: decodeJwt(renewed.access_token).aud },
      }).toEqual({
        shows: true,
        answer: granted({ to: redirect }),
        scope: journey.granted,
        audience: mcp,
        renewed: { scope: journey.granted, audience: mcp },
      })
    },
  )

  it('AG18: is told apart whether its registration or its tokens are gone', async () => {
    const { client_id } = await registered201(to, mcpRemote)
    const form = { grant_type: 'refresh_token', refresh_token: 'rt_gone' }
    const tokenAnswer = async (id: string) => {
      const { status, body } = await read(
        await post('/oauth2/token', { ...form, client_id: id }, {}, to),
      )
      return { status, error: Object(body).error }
    }
    expect({ client: await tokenAnswer('gone'), tokens: await tokenAnswer(client_id) }).toEqual({
      client: { status: 401, error: 'invalid_client' },
      tokens: { status: 400, error: 'invalid_grant' },
    })
  })

  it('AG28: a page of its own origin reads refusals of the token endpoint', async () => {
    const origin = 'https://inspector.example'
    const { client_id } = await registered201(to, {
      ...claude,
      redirect_uris: [`${origin}/callback`],
    })
    const form = { grant_type: 'refresh_token', refresh_token: 'rt_gone', client_id }
    const answer = await post('/oauth2/token', form, { Origin: origin }, to)
    expect({
      status: answer.status,
      origin: answer.headers.get('Access-Control-Allow-Origin'),
    }).toEqual({ status: 400, origin })
  })
})

describe('Discovery as agents do it', () => {
  const documents = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']

  it.each(documents)('AG2, AG3: %s has the issuer as it was asked and S256', async (path) => {
    const headers = { 'MCP-Protocol-Version': '2026-07-28', Accept: 'application/json' }
    const answer = await to(new Request(issuer + path, { headers, redirect: 'manual' }))
    const { issuer: named, code_challenge_methods_supported } =
      await answer.json<Record<string, unknown>>()
    expect({ status: answer.status, named, code_challenge_methods_supported }).toEqual({
      status: 200,
      named: issuer,
      code_challenge_methods_supported: ['S256'],
    })
  })

  it.each(documents)('AG4, M057: a page may ask %s with the MCP version', async (path) => {
    const headers = {
      Origin: 'https://inspector.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'mcp-protocol-version',
    }
    const answer = await to(new Request(issuer + path, { method: 'OPTIONS', headers }))
    expect({
      status: answer.status,
      origin: answer.headers.get('Access-Control-Allow-Origin'),
      headers: answer.headers.get('Access-Control-Allow-Headers'),
    }).toEqual({
      status: 204,
      origin: '*',
      headers: '*, authorization',
    })
  })
})
