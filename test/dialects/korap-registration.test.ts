// Kustvakt's registration of clients by users, and whom its services ask for: operator.md section 2, row
// O10.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { authorizePath, signedIn } from '../openid/flow.ts'
import { always, Server } from '../support/faults.ts'
import { basic, post, read } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { introspect } from '../support/tokens.ts'
import { transcript } from '../support/transcript.ts'
import {
  answer,
  ask,
  confidential,
  deregister,
  headers,
  kustvakt,
  oauth,
  redirectUri,
  register,
  registered200,
  registerKalamar,
  signedInUser,
  signIn,
  tokensOf,
} from './korap.ts'

const kalamar = await registerKalamar()
const { token, ...user } = await signedInUser(kalamar)
const administrator = await registerUser({ role: 'admin' })
const withScope = async (scope: string) => (await signIn(kalamar, user, scope)).access_token
const challenged = {
  ...headers,
  'www-authenticate': 'Basic realm="Kustvakt", Bearer realm="Kustvakt"',
}

describe('KorAP: who is asked for', () => {
  const guest = '{"errors":[[2010,"Unauthorized operation for user: guest","guest"]]}\n'

  it.each([
    'client/register',
    'client/reset',
    'client/list',
    'token/list',
    'revoke/super',
    'revoke/super/all',
  ])('POST oauth2/%s needs a user, before anything else', async (path) => {
    expect(await transcript(post(`/api/oauth2/${path}`, {}))).toEqual({
      status: 401,
      headers: challenged,
      body: guest,
    })
  })

  it('refuses a token that does not count, and the token of a client alone', async () => {
    const { client_id, client_secret = '' } = kalamar
    const form = { grant_type: 'client_credentials' }
    const own = await read(await post('/api/oauth2/token', form, basic(client_id, client_secret)))
    const { access_token } = z.looseObject({ access_token: z.string() }).parse(own.body)
    expect({
      invalid: await answer(register('x.y.z')),
      alone: await answer(register(access_token)),
    }).toEqual({
      invalid: kustvakt(2011, 'Access token is invalid', 'invalid_token'),
      alone: kustvakt(2001, 'Context is not valid'),
    })
  })

  it.each([
    ['register_client', (lacking: string) => register(lacking)],
    ['deregister_client', (lacking: string) => deregister(lacking, 'x')],
    ['reset_client_secret', (lacking: string) => ask('/api/oauth2/client/reset', {}, lacking)],
    ['list_user_client', (lacking: string) => ask('/api/oauth2/client/list', {}, lacking)],
    ['client_info', (lacking: string) => ask('/api/oauth2/client/x', {}, lacking)],
  ])('refuses a token without the scope %s, with 401', async (scope, send) => {
    const lacking = await withScope('search')
    expect(await answer(send(lacking))).toEqual(kustvakt(2010, `Scope ${scope} is not authorized`))
  })

  it('does not take a role for a scope', async () => {
    const { access_token } = await signIn(kalamar, administrator, 'search')
    expect(await answer(register(access_token))).toEqual(
      kustvakt(2010, 'Scope register_client is not authorized'),
    )
  })
})

describe('KorAP: POST oauth2/client/register', () => {
  it('gives a confidential client an identifier and a secret, as bytes', async () => {
    const { status, headers: sent, body } = await transcript(register(token))
    expect({ status, headers: sent, body }).toEqual({
      status: 200,
      headers,
      body: expect.stringMatching(/^\{"client_id":"[\w-]{22}","client_secret":"[\w-]{43}"\}$/),
    })
  })

  it('gives a public client an identifier alone', async () => {
    expect(await answer(register(token, { ...confidential, type: 'PUBLIC' }))).toEqual({
      status: 200,
      body: { client_id: expect.any(String) },
    })
  })

  it('registers a client that its user owns, and that nobody trusts', async () => {
    const { client_id } = await registered200(token, { refresh_token_expiry: 3_600 })
    const { body } = await read(await admin('GET', `/clients/${client_id}`))
    expect(body).toMatchObject({
      origin: 'korap',
      owner_id: user.id,
      client_name: confidential.name,
      client_description: confidential.description,
      client_uri: confidential.url,
      redirect_uris: [redirectUri],
      refresh_token_ttl: 3_600,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      trusted: false,
      introspection: 'own',
    })
  })

  it('registers no scope of super clients', async () => {
    const { client_id } = await registered200(token)
    const { body } = await read(await admin('GET', `/clients/${client_id}`))
    const names = z.looseObject({ scope: z.string() }).parse(body).scope.split(' ')
    expect(names.filter((name) => ['all', 'admin', 'authorize', 'search'].includes(name))).toEqual([
      'search',
    ])
  })

  it('serves the password grant to no such client', async () => {
    const { client_id, client_secret = '' } = await registered200(token)
    const form = { grant_type: 'password', username: user.username, password: user.password }
    expect(await answer(post('/api/oauth2/token', form, basic(client_id, client_secret)))).toEqual(
      oauth('unauthorized_client', 'Password grant is not allowed for third party clients', 401),
    )
  })

  it('registers a client that can get codes and answer with its secret either way', async () => {
    const client = await registered200(token)
    const { access_token, refresh_token = '' } = await tokensOf(client, token)
    const { client_id, client_secret = '' } = client
    const form = { grant_type: 'refresh_token', refresh_token, client_id, client_secret }
    expect({
      active: (await read(await introspect(client, access_token))).body,
      inBody: (await post('/oauth2/token', form)).status,
    }).toEqual({ active: expect.objectContaining({ active: true }), inBody: 200 })
  })

  // In Kustvakt's order: each case has the faults of all cases below it, too.
  const faulty = {
    url: 'https://localhost/about',
    redirect_uri: 'https://app.example/callback#x',
    refresh_token_expiry: 31_536_001,
    source: {},
  }
  const plugin = { ...confidential, type: 'PUBLIC', source: { path: 'x' } }
  it.each([
    ['no name', faulty, 'client_name is null'],
    ['a short name', { ...faulty, name: 'ab' }, 'client_name must contain at least 3 characters'],
    ['no type', { ...faulty, name: 'abc' }, 'client_type is null'],
    ['another type', { name: 'abc', type: 'public' }, 'client_type must be PUBLIC or CONFIDENTIAL'],
    ['no description', { ...faulty, name: 'abc', type: 'PUBLIC' }, 'client_description is null'],
    [
      'an empty description',
      { ...faulty, name: 'abc', type: 'PUBLIC', description: '' },
      'client_description is empty',
    ],
    ['a local URL', { ...confidential, type: 'PUBLIC', ...faulty }, 'Invalid URL'],
    [
      'a redirect URI with a fragment',
      { ...confidential, ...faulty, type: 'PUBLIC', url: confidential.url },
      'Invalid redirect URI',
    ],
    [
      'a lifetime for a public client',
      { ...plugin, refresh_token_expiry: 31_536_001 },
      'Custom refresh token expiry is only applicable for confidential clients',
    ],
    [
      'a lifetime of more than a year',
      { ...confidential, refresh_token_expiry: 31_536_001 },
      'Maximum refresh token expiry is 31536000 seconds (1 year)',
    ],
    [
      'a lifetime that is none',
      { ...confidential, refresh_token_expiry: '60' },
      'refresh_token_expiry must be a number of seconds',
    ],
    ['a public plugin', plugin, 'Only confidential plugins are supported.'],
    ['a plugin that is text', { ...confidential, source: 'x' }, 'source must be a JSON object'],
    [
      'a plugin of more than 8 KiB',
      { ...confidential, source: { x: 'x'.repeat(8 * 1024) } },
      'source must have at most 8192 bytes',
    ],
    ['a name that is no text', { ...confidential, name: 1 }, 'name must be a string'],
    ['a name without an end', { ...confidential, name: 'x'.repeat(201) }, 'Invalid client_name'],
  ])('refuses %s', async (_what, body, description) => {
    expect(await answer(register(token, body))).toEqual(oauth('invalid_request', description))
  })

  it('refuses a plugin without a URL in its own format', async () => {
    const { url: _, ...rest } = confidential
    expect(await answer(register(token, { ...rest, source: { path: 'x' } }))).toEqual(
      kustvakt(105, 'URL is required for plugins.', 'url'),
    )
  })

  it.each([
    ['http://app.example/about', 'Invalid URL'],
    ['https://user@app.example/about', 'Invalid URL'],
    ['javascript:alert(1)', 'Invalid URL'],
  ])('refuses the URL %s', async (url, description) => {
    expect(await answer(register(token, { ...confidential, url }))).toEqual(
      oauth('invalid_request', description),
    )
  })

  it.each(['http://localhost:8080/callback', 'http://127.0.0.1/callback'])(
    'takes the redirect URI %s',
    async (uri) => {
      expect((await register(token, { ...confidential, redirect_uri: uri })).status).toBe(200)
    },
  )

  it.each(['null', '[]', '"x"', '{', '{"name":"a","name":"b"}', '{"__proto__":{}}'])(
    'refuses the body %s and stores nothing',
    async (body) => {
      const before = await ownedBy(user.id)
      const { status } = await register(token, body)
      expect({ status, clients: await ownedBy(user.id) }).toEqual({ status: 400, clients: before })
    },
  )

  it('refuses a form with 415, and a body that is too large with 413', async () => {
    const form = await ask('/api/oauth2/client/register', { name: 'x' }, token)
    const large = await register(token, { ...confidential, x: 'x'.repeat(70_000) })
    expect({ form: form.status, large: large.status }).toEqual({ form: 415, large: 413 })
  })

  it('counts the registrations of a user, whatever address they come from', async () => {
    const server = new Server({ REGISTRATIONS_PER_ADDRESS: '1' })
    const { token: own } = await signedInUser(kalamar)
    const send = () => register(own, confidential, '/api/v1.0', server.fetch)
    expect({ first: (await send()).status, second: await answer(send()) }).toEqual({
      first: 200,
      second: oauth('too_many_requests', 'Rate limit exceeded', 429),
    })
  })

  it('says 503 while storage is away', async () => {
    const server = new Server()
    server.plan(always('fails', 'DB', 'batch'))
    const { status, headers: sent } = await register(token, confidential, '/api', server.fetch)
    expect({ status, retryAfter: sent.get('Retry-After') }).toEqual({
      status: 503,
      retryAfter: '2',
    })
  })

  it('does not vouch for the name of such a client on the consent page', async () => {
    const client = await registered200(token, { name: 'Your bank' })
    const agent = await signedIn(user)
    const wanted = { redirect_uri: redirectUri, scope: 'search' }
    const { html } = await agent.open(authorizePath(client, wanted))
    expect(html).toContain('Its name is not verified.')
  })

  it('O10: cron never removes the client of a user', async () => {
    const { client_id } = await registered200(token)
    const old = 'UPDATE clients SET created_at = 0, kept_until = 0 WHERE id = ?'
    await env.DB.prepare(old).bind(client_id).run()
    await new Server().cron()
    expect((await read(await admin('GET', `/clients/${client_id}`))).status).toBe(200)
  })
})

const ownedBy = (id: number) =>
  env.DB.prepare('SELECT COUNT(*) AS clients FROM clients WHERE owner_id = ?')
    .bind(id)
    .first<number>('clients')
