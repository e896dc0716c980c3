// RATE_LIMITS: an operator limits any endpoint by address, and what clients send that authenticate.
import { describe, expect, it } from 'vitest'
import { deployed } from '../support/deployment.ts'
import { type Environment, Server } from '../support/faults.ts'
import { basic, get, issuer, type Answerer, post } from '../support/http.ts'
import { admin, registerClient, registerPublicClient } from '../support/registry.ts'
import { clientCredentials } from '../support/tokens.ts'
import { from } from './address.ts'

const client = await registerClient()
const limited = (RATE_LIMITS: string, more: Environment = {}) =>
  new Server({ RATE_LIMITS, ...more })

const token = (to: Answerer, secret = 'a wrong secret') =>
  post('/oauth2/token', { grant_type: 'client_credentials' }, basic(client.client_id, secret), to)

/** What a refusal says, and nothing that differs each time. */
async function told(answer: Promise<Response>) {
  const { status, headers } = await answer
  const type = headers.get('Content-Type')?.split(';')[0]
  const waits = Number(headers.get('Retry-After'))
  return { status, type, waits: waits > 0 && waits <= 60, cache: headers.get('Cache-Control') }
}

describe('A limit by address', () => {
  it('refuses what is above it, until its window ends, and asks no storage', async () => {
    const server = limited('/oauth2/token=3/60')
    const statuses = []
    for (let round = 0; round < 5; round++) statuses.push((await token(server.fetch)).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    server.calls = []
    const refused = await token(server.fetch)
    expect(await refused.json()).toEqual({
      error: 'too_many_requests',
      error_description: 'too many requests, try again later',
    })
    expect(server.calls).toEqual([])
    // Another endpoint has its own count, or none.
    expect((await get('/.well-known/jwks.json', {}, server.fetch)).status).toBe(200)
  })

  it('counts addresses apart: IPv4 whole, IPv6 by its /64, in any spelling', async () => {
    const { fetch } = limited('/oauth2/token=1/60')
    const addresses = [
      '192.0.2.1',
      '192.0.2.2',
      '::ffff:192.0.2.1',
      '2001:db8:0:1::1',
      '2001:DB8:0000:0001:ffff::2',
      '2001:db8:0:2::1',
    ]
    const statuses = []
    for (const one of addresses) statuses.push((await token(from(one, fetch))).status)
    expect(statuses).toEqual([401, 401, 429, 401, 429, 401])
  })

  it('is answered in the format of each face', async () => {
    const paths = [
      '/oauth2/*',
      '/login',
      '/account',
      '/admin/v1/*',
      '/api/*',
      '/oauth/*',
      '/api.php',
    ]
    const { fetch } = limited(paths.map((path) => `${path}=1/60`).join())
    const requests: Record<string, () => Promise<Response>> = {
      token: () => token(fetch),
      authorize: () => get('/oauth2/authorize', {}, fetch),
      login: () => get('/login', {}, fetch),
      account: () => get('/account', {}, fetch),
      admin: () => admin('GET', '/users', undefined, fetch),
      'traffic-ops': () => post('/api/4.0/user/login', '{}', {}, fetch),
      'comic-clan': () => post('/oauth/token', {}, {}, fetch),
      cms: () => get('/api.php', {}, fetch),
    }
    const found: Record<string, unknown> = {}
    for (const [name, ask] of Object.entries(requests)) {
      await ask()
      found[name] = await told(ask())
    }
    const json = { status: 429, type: 'application/json', waits: true, cache: 'no-store' }
    const page = { ...json, type: 'text/html' }
    expect(found).toEqual({
      token: json,
      authorize: page,
      login: page,
      account: page,
      admin: { ...json, type: 'application/problem+json' },
      'traffic-ops': json,
      'comic-clan': json,
      cms: json,
    })
  })

  it('leaves discovery, keys and health alone, whatever it is for', async () => {
    const { fetch } = limited('/*=1/60')
    const paths = ['/.well-known/openid-configuration', '/.well-known/jwks.json', '/health/ready']
    const statuses = []
    for (const path of [...paths, ...paths, '/', '/']) {
      statuses.push((await get(path, {}, fetch)).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 303, 429])
  })

  it('can be read by a page that was refused: it says when to come again, and nothing else', async () => {
    const { fetch } = limited('/oauth2/token=1/60')
    const ask = async (origin: string) => {
      const form = { grant_type: 'refresh_token', refresh_token: 'none', client_id: 'nobody' }
      const { status, headers } = await post('/oauth2/token', form, { Origin: origin }, fetch)
      return {
        status,
        origin: headers.get('Access-Control-Allow-Origin'),
        exposed: headers.get('Access-Control-Expose-Headers')?.includes('retry-after'),
      }
    }
    const origin = 'https://app.example'
    const unknown = { status: 401, origin: null, exposed: undefined }
    expect(await ask(origin)).toEqual(unknown)
    expect(await ask(origin)).toEqual({ status: 429, origin, exposed: true })
    expect(await ask('null')).toEqual({ ...unknown, status: 429 })
    expect(await ask('http://app.example')).toEqual({ ...unknown, status: 429 })
  })

  it.each([
    ['HEAD', '/login', { method: 'HEAD' }],
    ['a query', '/login?a=1', {}],
    ['a fragment of a query', '/login?/oauth2/token', {}],
    ['another host name', '/login', { headers: { Host: 'other.example' } }],
    ['a method override', '/login', { headers: { 'X-HTTP-Method-Override': 'OPTIONS' } }],
    ['a forwarded address', '/login', { headers: { 'X-Forwarded-For': '192.0.2.99' } }],
  ])('is not evaded by %s', async (_how, path, init) => {
    const { fetch } = limited('/login=1/60')
    const ask = async () =>
      (await from('192.0.2.1', fetch)(new Request(issuer + path, init))).status
    expect(await ask()).not.toBe(429)
    expect(await ask()).toBe(429)
  })

  it.each(['/LOGIN', '/login/', '//login', '/log%69n', '/login%2f', '/./%2e/login/', '/login;a=1'])(
    'has no second spelling: there is nothing at %s',
    async (path) => {
      const { fetch } = limited('/login=1/60')
      const answer = await from('192.0.2.1', fetch)(new Request(issuer + path))
      expect(answer.status).toBe(404)
    },
  )

  it('does not count preflights', async () => {
    const { fetch } = limited('/oauth2/token=1/60')
    const headers = { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' }
    const preflight = { method: 'OPTIONS', headers }
    for (let round = 0; round < 3; round++) {
      const request = new Request('http://localhost:8787/oauth2/token', preflight)
      expect((await fetch(request)).status).toBe(204)
    }
    expect((await token(fetch)).status).toBe(401)
  })

  it('that fits first counts', async () => {
    const { fetch } = limited('/oauth2/token=2/60,/oauth2/*=1/60')
    const statuses = []
    for (let round = 0; round < 3; round++) statuses.push((await token(fetch)).status)
    for (let round = 0; round < 2; round++) {
      statuses.push((await post('/oauth2/revoke', {}, {}, fetch)).status)
    }
    expect(statuses).toEqual([401, 401, 429, 401, 429])
  })
})

describe('A limit by client', () => {
  it('counts what a client sends that has authenticated, wherever it comes from', async () => {
    const { fetch } = limited('client=2/60')
    const statuses = []
    for (const last of [1, 2, 3]) {
      const answer = await clientCredentials(client, {}, from(`192.0.2.${last}`, fetch))
      statuses.push(answer.status)
    }
    const other = await registerClient()
    statuses.push((await clientCredentials(other, {}, fetch)).status)
    expect(statuses).toEqual([200, 200, 429, 200])
  })

  it('cannot be used up by somebody who only knows its name', async () => {
    const { fetch } = limited('client=1/60')
    for (let round = 0; round < 3; round++) expect((await token(fetch)).status).toBe(401)
    expect((await clientCredentials(client, {}, fetch)).status).toBe(200)
    const spa = await registerPublicClient()
    const statuses = []
    for (let round = 0; round < 3; round++) {
      const form = { client_id: spa.client_id, grant_type: 'refresh_token', refresh_token: 'none' }
      statuses.push((await post('/oauth2/token', form, {}, fetch)).status)
    }
    expect(statuses).toEqual([400, 400, 400])
  })
})

describe('F36: a limit that a Rate Limiting binding counts', () => {
  const asking = (answer: () => Promise<{ success: boolean }>) => {
    const asked: string[] = []
    const limit = ({ key }: { key: string }) => {
      asked.push(key)
      return answer()
    }
    return { asked, server: limited('/oauth2/token=TOKEN_LIMIT', { TOKEN_LIMIT: { limit } }) }
  }

  it('refuses where the binding refuses', async () => {
    const { asked, server } = asking(() => Promise.resolve({ success: false }))
    expect(await told(token(from('2001:db8::1', server.fetch)))).toMatchObject({
      status: 429,
      waits: true,
    })
    expect(asked).toEqual(['/oauth2/token 2001:db8:0:0::/64'])
  })

  it('admits where the binding throws', async () => {
    const { server } = asking(() => Promise.reject(new Error('no limiter')))
    expect((await token(server.fetch)).status).toBe(401)
  })

  it('is a fault of the settings where the binding is absent', async () => {
    const { fetch } = limited('/oauth2/token=TOKEN_LIMIT,/oauth2/tokens=1/60')
    const answer = await get('/oauth2/token', {}, fetch)
    expect(answer.status).toBe(503)
    const ready = await get(
      '/health/ready',
      { Authorization: 'Bearer an-admin-token-for-the-tests-alone' },
      fetch,
    )
    expect(await ready.text()).toContain('RATE_LIMITS: there is nothing at /oauth2/tokens')
  })
})

it('A deployment has limits for the pages that anybody can ask for', async () => {
  const { fetch } = new Server(deployed)
  const items = await (
    await admin('GET', '/settings', undefined, fetch)
  ).json<{
    items: { name: string }[]
  }>()
  expect(items.items.find(({ name }) => name === 'RATE_LIMITS')).toEqual({
    name: 'RATE_LIMITS',
    value:
      '/oauth2/authorize=600/60,/oauth2/device_authorization=600/60,/oauth2/register*=120/60,/login*=600/60,/sign-up=120/60,/forgot=120/60',
    source: 'default',
  })
})
