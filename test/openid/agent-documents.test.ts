// AG8: the metadata documents that agents publish, member by member, under an address of the test.
import { describe, expect, it } from 'vitest'
import { DocumentHost } from '../federation/client-documents.ts'
import { makeKey } from '../federation/providers.ts'
import { assertionOf, assertionType } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { shownText, type Place } from '../support/user-agent.ts'
import { authorizePath, codeOf, decide, outcome, redeem, signedIn, type Extra } from './flow.ts'

const user = await registerUser()
const consentPage = { status: 200, page: 'Allow access? · Postern' }
const redirectRefused = { status: 400, page: 'We will not send you there · Postern' }

/** An agent whose document has these members, and a person whom it sends. */
async function newAgent(members: (host: DocumentHost) => object, path?: string) {
  const host = new DocumentHost(path === undefined ? {} : { path })
  await host.describe({ token_endpoint_auth_method: undefined, ...members(host) })
  const to = new Server().fetch
  const browser = await signedIn(user, to)
  const ask = (redirect_uri: string): Promise<Place> =>
    browser.open(authorizePath(host.client, { redirect_uri, scope: 'openid offline_access' }))
  const allow = (place: Place): Promise<Place> => decide(browser, place, 'allow')
  const tokens = (code: string, redirect_uri: string, extra: Extra = {}) =>
    redeem(host.client, code, { redirect_uri, ...extra }, to)
  return { host, ask, allow, tokens }
}

const oauth = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}

const warning = 'Any program on this device can use this name.'

describe('The document of', () => {
  it('claude.ai is asked about once', async () => {
    const redirect = 'https://claude.ai/api/mcp/auth_callback'
    const { ask, allow, tokens } = await newAgent(() => ({
      ...oauth,
      client_name: 'Claude',
      client_uri: 'https://claude.ai',
      redirect_uris: [redirect],
      token_endpoint_auth_method: 'none',
    }))
    const asked = await ask(redirect)
    const code = codeOf(await allow(asked))
    const answer = await read(await tokens(code, redirect))
    const again = await ask(redirect)
    expect({
      asked: outcome(asked),
      destination: shownText(asked).includes('You will be sent to claude.ai .'),
      warns: shownText(asked).includes(warning),
      answer,
      again: outcome(again),
    }).toMatchObject({
      asked: consentPage,
      destination: true,
      warns: false,
      answer: { status: 200, body: { refresh_token: expect.any(String) } },
      again: { to: redirect, code: expect.any(String) },
    })
  })

  it('M052, AG26: Claude Code names no port and uses any; a person is warned, and asked each time', async () => {
    const { ask, allow, tokens } = await newAgent(() => ({
      ...oauth,
      client_name: 'Claude Code',
      client_uri: 'https://claude.ai',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      token_endpoint_auth_method: 'none',
    }))
    const redirect = 'http://localhost:51234/callback'
    const asked = await ask(redirect)
    const allowed = await allow(asked)
    const answer = await tokens(codeOf(allowed), redirect)
    expect({
      asked: outcome(asked),
      destination: shownText(asked).includes('an app on this device ( localhost:51234 )'),
      warns: shownText(asked).includes(warning),
      to: outcome(allowed)['to'],
      status: answer.status,
      again: outcome(await ask('http://127.0.0.1:51235/callback')),
    }).toEqual({
      asked: consentPage,
      destination: true,
      warns: true,
      to: redirect,
      status: 200,
      again: consentPage,
    })
  })

  it.each([
    'https://localhost/callback',
    'https://localhost:51234/callback',
    'http://localhost.evil.example/callback',
    'http://localhost:51234@evil.example/callback',
    'http://localhost:51234/other',
  ])('M052: Claude Code does not send a person to %s', async (redirect) => {
    const { ask } = await newAgent(() => ({
      client_name: 'Claude Code',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    }))
    expect(outcome(await ask(redirect))).toEqual(redirectRefused)
  })

  it('ChatGPT proves it by keys that another address has', async () => {
    const redirect = 'https://chatgpt.com/connector_platform_oauth_redirect'
    const key = await makeKey('RS256')
    const { host, ask, allow, tokens } = await newAgent(
      (site) => ({
        ...oauth,
        client_name: 'ChatGPT',
        redirect_uris: [redirect],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'RS256',
        jwks_uri: site.url('/oauth/jwks.json'),
      }),
      '/oauth/connector/client.json',
    )
    await host.serve({ body: { keys: [key.jwk] } }, '/oauth/jwks.json')
    const asked = await ask(redirect)
    const code = codeOf(await allow(asked))
    const assertion = async (by: typeof key) => ({
      client_assertion_type: assertionType,
      client_assertion: await assertionOf({ client: host.client, key: by }),
    })
    const bare = await tokens(code, redirect)
    const wrong = await tokens(code, redirect, await assertion(await makeKey('RS256')))
    const right = await tokens(code, redirect, await assertion(key))
    expect({
      asked: outcome(asked),
      statuses: { bare: bare.status, wrong: wrong.status, right: right.status },
    }).toEqual({ asked: consentPage, statuses: { bare: 401, wrong: 401, right: 200 } })
  })

  it('VS Code has redirects on the device and on a website', async () => {
    const { ask } = await newAgent(() => ({
      ...oauth,
      client_name: 'Visual Studio Code',
      client_uri: 'https://vscode.dev/product',
      redirect_uris: [
        'http://127.0.0.1:33418/',
        'http://127.0.0.1/',
        'https://vscode.dev/redirect',
        'https://insiders.vscode.dev/redirect',
      ],
      token_endpoint_auth_method: 'none',
    }))
    const places = [
      await ask('http://127.0.0.1:33418/'),
      await ask('http://127.0.0.1:60123/'),
      await ask('https://vscode.dev/redirect'),
    ]
    expect(places.map(outcome)).toEqual([consentPage, consentPage, consentPage])
  })

  it.each([
    // copilot-cli#4793, #4800: the port that its document names is never the one that it listens on.
    ['GitHub Copilot CLI', 'http://127.0.0.1:33418/', 'http://127.0.0.1:60005/'],
    // opencode#18955
    [
      'opencode',
      'http://127.0.0.1:19876/mcp/oauth/callback',
      'http://127.0.0.1:42011/mcp/oauth/callback',
    ],
  ])('%s names a port, and listens on another', async (client_name, redirect, sent) => {
    const { ask, allow, tokens } = await newAgent(() => ({
      ...oauth,
      client_name,
      application_type: 'native',
      redirect_uris: [redirect],
      token_endpoint_auth_method: 'none',
    }))
    const code = codeOf(await allow(await ask(sent)))
    expect((await tokens(code, sent)).status).toBe(200)
  })

  it('Codex has a query in its address', async () => {
    const redirect = 'http://127.0.0.1:1455/callback/abc'
    const { host, ask, allow, tokens } = await newAgent(
      () => ({ ...oauth, client_name: 'Codex', redirect_uris: ['http://127.0.0.1/callback/abc'] }),
      '/codex/client?id=abc',
    )
    const code = codeOf(await allow(await ask(redirect)))
    expect({
      query: new URL(host.address).search,
      status: (await tokens(code, redirect)).status,
    }).toEqual({ query: '?id=abc', status: 200 })
  })
})
