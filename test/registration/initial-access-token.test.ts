// Initial access tokens: who may register what, and how often. RFC 7591 1.2, 3; rows N127, O02, O03.
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Server } from '../support/faults.ts'
import { bearer, read } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import { clientCredentials } from '../support/tokens.ts'
import { backToNow, pass } from '../openid/flow.ts'
import { initialAccessToken, manage, registerAt, registered201 } from './registrant.ts'

afterEach(backToNow)

const server = new Server()
const app = { redirect_uris: ['https://app.example/cb'] }

const register = (token: string, metadata: object = app) =>
  registerAt(server.fetch, metadata, bearer(token))

const usesOf = async (id: string) => {
  const answer = await admin('GET', `/registration-tokens/${id}`)
  return (await answer.json<{ uses: number }>()).uses
}

describe('An initial access token', () => {
  it('lets its bearer register, and counts', async () => {
    const { token, id } = await initialAccessToken()
    const statuses = [(await register(token)).status, (await register(token)).status]
    expect({ statuses, uses: await usesOf(id) }).toEqual({ statuses: [201, 201], uses: 2 })
  })

  it('O03: of 50 registrations at once with max_uses 1 one is made', async () => {
    const { token, id } = await initialAccessToken({ max_uses: 1 })
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(token)))
    const statuses = answers.map(({ status }) => status).sort()
    expect({ statuses, uses: await usesOf(id) }).toEqual({
      statuses: [201, ...Array.from({ length: 49 }, () => 401)],
      uses: 1,
    })
  })

  it('that has expired is 401', async () => {
    const { token } = await initialAccessToken({ expires_in: 60 })
    pass(61)
    expect((await register(token)).status).toBe(401)
  })

  it('that was deleted is 401', async () => {
    const { token, id } = await initialAccessToken()
    await admin('DELETE', `/registration-tokens/${id}`)
    const deleted = await register(token)
    expect({ status: deleted.status, error: deleted.body['error'] }).toEqual({
      status: 401,
      error: 'invalid_token',
    })
  })

  it('is no key to the operator', async () => {
    const { token } = await initialAccessToken()
    const answer = await server.fetch(
      new Request('http://localhost:8787/admin/v1/clients', { headers: bearer(token) }),
    )
    expect(answer.status).toBe(401)
  })

  it('lets a client have client_credentials', async () => {
    const { token } = await initialAccessToken()
    const { body } = await register(token, { grant_types: ['client_credentials'], scope: 'read' })
    const client = {
      client_id: String(body['client_id']),
      client_secret: String(body['client_secret']),
    }
    const answer = await clientCredentials(client, { scope: 'read' }, server.fetch)
    expect({ types: body['response_types'], status: answer.status }).toEqual({
      types: [],
      status: 200,
    })
  })
})

describe('O02: its limits cannot be widened', () => {
  const limits = {
    scope: 'openid profile',
    redirect_hosts: ['app.example', 'localhost'],
    grant_types: ['authorization_code'],
  }
  const within = {
    scope: 'openid',
    grant_types: ['authorization_code'],
    redirect_uris: ['https://app.example/cb', 'http://localhost:1/cb'],
  }

  it('what lies within them is registered', async () => {
    const { token } = await initialAccessToken(limits)
    expect((await register(token, within)).status).toBe(201)
  })

  it.each([
    ['a scope beyond', { scope: 'openid email' }, 'invalid_client_metadata'],
    ['the default scope', { scope: undefined }, 'invalid_client_metadata'],
    [
      'a grant type beyond',
      { grant_types: ['authorization_code', 'refresh_token'] },
      'invalid_client_metadata',
    ],
    ['another host', { redirect_uris: ['https://evil.example/cb'] }, 'invalid_redirect_uri'],
    ['a host under it', { redirect_uris: ['https://x.app.example/cb'] }, 'invalid_redirect_uri'],
    [
      'another host after a logout',
      { post_logout_redirect_uris: ['https://evil.example/'] },
      'invalid_client_metadata',
    ],
  ])('%s: 400, and the use is not counted', async (_what, extra, error) => {
    const { token, id } = await initialAccessToken(limits)
    const { status, body } = await register(token, { ...within, ...extra })
    expect({ status, error: body['error'], uses: await usesOf(id) }).toEqual({
      status: 400,
      error,
      uses: 0,
    })
  })

  it('not by a PUT either, even if the token is gone', async () => {
    const { token, id } = await initialAccessToken(limits)
    const { body } = await register(token, within)
    await admin('DELETE', `/registration-tokens/${id}`)
    const client = {
      client_id: String(body['client_id']),
      registration_access_token: String(body['registration_access_token']),
      registration_client_uri: String(body['registration_client_uri']),
    }
    const document = { ...within, client_id: client.client_id, scope: 'openid email' }
    const { status } = await manage(server.fetch, 'PUT', client, document)
    expect(status).toBe(400)
  })

  it('a client that nobody vouches for does not get client_credentials by a PUT', async () => {
    const open = new Server({ REGISTRATION: 'open' })
    const client = await registered201(open.fetch)
    const document = {
      client_id: client.client_id,
      ...app,
      grant_types: ['authorization_code', 'client_credentials'],
    }
    const { body } = await manage(open.fetch, 'PUT', client, document)
    expect(body['grant_types']).toEqual(['authorization_code'])
  })
})

describe('/admin/v1/registration-tokens', () => {
  const shown = {
    id: expect.stringMatching(/^[\w-]{22}$/),
    label: 'CI',
    max_uses: 3,
    scope: 'openid',
    uses: 0,
    created_at: expect.any(Number),
    expires_at: expect.any(Number),
    last_used_at: null,
  }

  it('shows the text once', async () => {
    const sent = { label: 'CI', max_uses: 3, scope: 'openid', expires_in: 60 }
    const created = await read(await admin('POST', '/registration-tokens', sent))
    expect(created).toEqual({
      status: 201,
      body: { ...shown, token: expect.stringMatching(/^iat_[\w-]{43}$/) },
    })
    const { id } = z.object({ id: z.string() }).parse(created.body)
    expect(await read(await admin('GET', `/registration-tokens/${id}`))).toEqual({
      status: 200,
      body: shown,
    })
  })

  it('lists page by page', async () => {
    await initialAccessToken()
    await initialAccessToken()
    const answer = await admin('GET', '/registration-tokens?limit=1')
    const { items, next_cursor } = await answer.json<{ items: object[]; next_cursor: string }>()
    const next = await admin('GET', `/registration-tokens?limit=1&cursor=${next_cursor}`)
    expect({ items: items.length, next: next.status }).toEqual({ items: 1, next: 200 })
  })

  it.each([
    ['no label', {}],
    ['an unknown member', { label: 'x', maxuses: 1 }],
    ['max_uses 0', { label: 'x', max_uses: 0 }],
    ['the password grant', { label: 'x', grant_types: ['password'] }],
    ['a URL as a host', { label: 'x', redirect_hosts: ['https://app.example'] }],
  ])('%s: 400', async (_what, body) => {
    expect((await admin('POST', '/registration-tokens', body)).status).toBe(400)
  })

  it('does not know what is not there', async () => {
    const answers = [
      await admin('GET', '/registration-tokens/nothing'),
      await admin('DELETE', `/registration-tokens/${'x'.repeat(22)}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404])
  })
})
