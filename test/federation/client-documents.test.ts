// How client ID metadata documents are fetched: what of them is refused, how long they are kept, and how
// little a stranger can make the server do. Client ID Metadata Document draft-02, 3 to 5 and 8.6.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import {
  authorizePath,
  backToNow,
  decide,
  outcome,
  pass,
  signedIn,
  type Extra,
} from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { issuer, type Answerer } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import { DocumentHost, callback, documentOf } from './client-documents.ts'
import { makeKey } from './providers.ts'

afterEach(backToNow)

/** An isolate that has fetched nothing yet. */
const newIsolate = (settings: Record<string, string> = {}): Answerer => new Server(settings).fetch

/** A fresh browser that an app sends. */
const ask = (client_id: string, to: Answerer, extra: Extra = {}): Promise<Place> =>
  new UserAgent(to).open(authorizePath({ client_id }, { redirect_uri: callback, ...extra }))

const signIn = { status: 200, page: 'Sign in · Postern' }
const unusable = { status: 400, page: 'We cannot tell which app this is · Postern' }
const unknown = { status: 400, page: 'This app is not known here · Postern' }

describe('The address of a document', () => {
  const path = '/a/client-document'
  it.each<[string, (address: string) => string]>([
    ['a slash more', (address) => `${address}/`],
    ['another case', (address) => address.replace(path, path.toUpperCase())],
    ['an encoded character', (address) => address.replace('t-d', 't%2Dd')],
    ['another host', (address) => address.replace('127.0.0.1', 'localhost')],
    ['a port', (address) => address.replace(/:(\d+)/, ':0$1')],
    ['a query', (address) => `${address}?a=b`],
  ])('M042: is the client_id in the document, without %s', async (_, changed) => {
    const host = new DocumentHost({ path })
    await host.describe({ client_id: changed(host.address) })
    const place = await ask(host.address, newIsolate())
    expect(outcome(place)).toEqual(unusable)
  })

  it.each<[string, (address: string) => string]>([
    ['a fragment', (address) => `${address}#key`],
    ['user information', (address) => address.replace('//', '//user@')],
    ['/../', (address) => `${address}/../client.json`],
    ['/%2e%2e/', (address) => `${address}/%2e%2e/client.json`],
    ['a backslash', (address) => `${address}\\`],
    ['a tab', (address) => `${address}\t`],
    ['a bare ?', (address) => `${address}?`],
    ['a bare #', (address) => `${address}#`],
    ['a bare @', (address) => address.replace('//', '//@')],
    ['http', () => 'http://app.example/client.json'],
  ])('M043: with %s is refused, and no request goes out', async (_, changed) => {
    const host = new DocumentHost()
    await host.describe()
    const address = changed(host.address)
    const place = await ask(address, newIsolate())
    expect({ ...outcome(place), requests: await host.requests() }).toEqual({
      ...unknown,
      requests: 0,
    })
  })

  it('M043: is none of this server', async () => {
    const server = new Server()
    const asked: string[] = []
    const place = await ask(`${issuer}/client.json`, (request) => {
      asked.push(new URL(request.url).pathname)
      return server.fetch(request)
    })
    expect({ ...outcome(place), asked }).toEqual({ ...unusable, asked: ['/oauth2/authorize'] })
  })

  it('CM1: must be https in a deployment', async () => {
    const host = new DocumentHost()
    await host.describe()
    const server = new Server({
      DEVELOPMENT: undefined,
      INSECURE_LOOPBACK_PROVIDERS: undefined,
      ISSUER: 'https://id.example',
    })
    const agent = new UserAgent(server.fetch, 'https://id.example')
    const client = { client_id: host.address }
    const place = await agent.open(authorizePath(client, { redirect_uri: callback }))
    expect({ ...outcome(place), requests: await host.requests() }).toEqual({
      ...unknown,
      requests: 0,
    })
  })
})

describe('A document that cannot be used', () => {
  const text = (address: string): string => JSON.stringify(documentOf(address))
  const padded = (address: string, bytes: number): string => text(address).padEnd(bytes)
  const json = { 'Content-Type': 'application/json' }

  it.each<[string, (address: string) => Parameters<DocumentHost['serve']>[0]]>([
    ['a redirect', () => ({ status: 301, headers: { Location: '/elsewhere' } })],
    ['204', () => ({ status: 204 })],
    ['404', (address) => ({ status: 404, body: documentOf(address) })],
    ['500', (address) => ({ status: 500, body: documentOf(address) })],
    ['HTML', () => ({ headers: { 'Content-Type': 'text/html' }, body: '<p>Are you human?</p>' })],
    ['5,121 bytes', (address) => ({ headers: json, body: padded(address, 5_121) })],
    ['a gzip bomb', () => ({ headers: json, body: ' ', times: 1_000_000, gzip: true })],
    ['a byte a second', (address) => ({ headers: json, body: text(address), drip: 1_000 })],
    ['an array', (address) => ({ body: [documentOf(address)] })],
    ['a NUL', (address) => ({ body: { ...documentOf(address), client_name: 'a\0b' } })],
    [
      'half of a character',
      (address) => ({ body: { ...documentOf(address), client_name: 'a\ud83d' } }),
    ],
    [
      'a duplicate member',
      (address) => ({ headers: json, body: text(address).replace('{', '{"client_name":"Other",') }),
    ],
    ['a document cut off', (address) => ({ headers: json, body: text(address).slice(0, -9) })],
    ['a connection that breaks', () => ({ drops: true })],
  ])('M044: %s is an error page, is not kept, and works once it is right', async (_, script) => {
    const host = new DocumentHost()
    const to = newIsolate()
    await host.serve(script(host.address))
    const before = outcome(await ask(host.address, to))
    await host.describe()
    const after = outcome(await ask(host.address, to))
    expect({ before, after }).toEqual({ before: unusable, after: signIn })
  })

  it('CM2: has more than 5,120 bytes', async () => {
    const host = new DocumentHost()
    await host.serve({ headers: json, body: padded(host.address, 5_120) })
    expect(outcome(await ask(host.address, newIsolate()))).toEqual(signIn)
  })

  it.each<[string, (key: object) => object]>([
    ['client_secret', () => ({ client_secret: 'a secret that everybody can read' })],
    ['client_secret_expires_at', () => ({ client_secret_expires_at: 0 })],
    ['client_secret_post', () => ({ token_endpoint_auth_method: 'client_secret_post' })],
    ['client_secret_jwt', () => ({ token_endpoint_auth_method: 'client_secret_jwt' })],
    [
      'client_secret_basic in a list',
      () => ({ token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'] }),
    ],
    ['no method that is known', () => ({ token_endpoint_auth_method: 'magic' })],
    ['a private key', (key) => ({ jwks: { keys: [{ ...key, d: 'AAAA' }] } })],
    ['a shared key', () => ({ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } })],
    ['no key for private_key_jwt', () => ({ token_endpoint_auth_method: 'private_key_jwt' })],
    ['keys at a private address', () => ({ jwks_uri: 'https://10.0.0.1/jwks.json' })],
    ['no name', () => ({ client_name: undefined })],
    ['no redirect', () => ({ redirect_uris: undefined })],
    ['a redirect to nowhere', () => ({ redirect_uris: [callback, 'javascript:alert(1)'] })],
  ])('M045, CM3: has %s', async (_, members) => {
    const host = new DocumentHost()
    const { jwk } = await makeKey()
    await host.describe(members(jwk))
    expect(outcome(await ask(host.address, newIsolate()))).toEqual(unusable)
  })
})

describe('A document is kept', () => {
  const fetchesAfter = async (seconds: number, headers: Record<string, string>) => {
    const host = new DocumentHost()
    await host.describe({}, { headers })
    const to = newIsolate()
    await ask(host.address, to)
    pass(seconds)
    await ask(host.address, to)
    return host.fetches()
  }

  it.each<[string, number, Record<string, string>, number]>([
    ['for a minute, whatever HTTP says', 59, { 'Cache-Control': 'no-store' }, 1],
    ['no longer than HTTP says', 61, {}, 2],
    ['for as long as HTTP says', 299, { 'Cache-Control': 'max-age=300' }, 1],
    ['no longer than its age allows', 101, { 'Cache-Control': 'max-age=300', Age: '200' }, 2],
    ['for a day at most', 86_401, { 'Cache-Control': 'max-age=604800' }, 2],
  ])('CM2: %s', async (_, seconds, headers, fetches) => {
    expect(await fetchesAfter(seconds, headers)).toBe(fetches)
  })

  it('CM2: one request serves all who wait for it', async () => {
    const host = new DocumentHost()
    await host.describe({}, { delay: 300 })
    const to = newIsolate()
    const places = await Promise.all([1, 2, 3, 4].map(() => ask(host.address, to)))
    expect({ places: places.map(outcome), fetches: await host.fetches() }).toEqual({
      places: [signIn, signIn, signIn, signIn],
      fetches: 1,
    })
  })
})

describe('Strangers', () => {
  const tables = async (): Promise<string[]> => {
    const { results } = await env.DB.prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    ).all<{ name: string }>()
    return results.map(({ name }) => name)
  }

  const rows = async (): Promise<Record<string, unknown>> => {
    const counts = (await tables()).map((name) =>
      env.DB.prepare(`SELECT '${name}' AS name, COUNT(*) AS count FROM "${name}"`),
    )
    const answers = await env.DB.batch<{ name: string; count: number }>(counts)
    return Object.fromEntries(
      answers.flatMap(({ results }) => results.map(({ name, count }) => [name, count])),
    )
  }

  it('M049: cause at most 30 fetches a minute and host, and no row at all', async () => {
    const host = new DocumentHost({ path: '/0' })
    const other = new DocumentHost({ host: 'localhost' })
    await host.describe()
    await other.describe()
    const to = newIsolate()
    const before = await rows()
    const statuses = new Set<number>()
    for (let count = 1; count <= 1_000; count++) {
      const address = count === 1 ? host.address : host.url(`/${count}`)
      const place = await ask(address, to)
      statuses.add(place.status)
    }
    const limited = await ask(host.url('/1001'), to)
    expect({
      statuses: [...statuses].toSorted(),
      fetches: await host.requests(),
      known: outcome(await ask(host.address, to)),
      limited: { ...outcome(limited), retry: limited.headers.has('Retry-After') },
      other: outcome(await ask(other.address, to)),
      rows: await rows(),
    }).toEqual({
      statuses: [200, 400, 429],
      fetches: 20,
      known: signIn,
      limited: { status: 429, page: 'Too many tries · Postern', retry: true },
      other: signIn,
      rows: before,
    })
  })

  it('M049: do not lock out an app of the same host that somebody has let in', async () => {
    const host = new DocumentHost()
    await host.describe()
    const agent = await signedIn(await registerUser())
    await decide(
      agent,
      await agent.open(authorizePath(host.client, { redirect_uri: callback })),
      'allow',
    )
    const to = newIsolate()
    for (let count = 0; count < 20; count++) await ask(host.url(`/${count}`), to)
    expect({
      stranger: (await ask(host.url('/20'), to)).status,
      known: outcome(await ask(host.address, to)),
    }).toEqual({ stranger: 429, known: signIn })
  })

  it('M049: wait a minute for more', async () => {
    const host = new DocumentHost()
    await host.describe()
    const to = newIsolate()
    for (let count = 0; count < 20; count++) await ask(host.url(`/${count}`), to)
    const limited = (await ask(host.address, to)).status
    pass(61)
    expect({ limited, later: (await ask(host.address, to)).status }).toEqual({
      limited: 429,
      later: 200,
    })
  })
})

describe('The operator', () => {
  const discovered = async (to: Answerer) => {
    const path = '/.well-known/oauth-authorization-server'
    const metadata: object = await (await to(new Request(issuer + path))).json()
    return Reflect.get(metadata, 'client_id_metadata_document_supported')
  }

  it.each<[string, Record<string, string>, unknown]>([
    ['turns documents off by CIMD', { CIMD: 'off' }, undefined],
    ['names their hosts by CIMD_HOSTS', { CIMD_HOSTS: 'localhost, *.example' }, true],
  ])('%s: then no request goes out', async (_, settings, supported) => {
    const host = new DocumentHost()
    await host.describe()
    const to = newIsolate(settings)
    expect({
      ...outcome(await ask(host.address, to)),
      requests: await host.requests(),
      supported: await discovered(to),
    }).toEqual({ ...unknown, requests: 0, supported })
  })

  it('names their hosts by globs', async () => {
    const host = new DocumentHost()
    await host.describe()
    const to = newIsolate({ CIMD_HOSTS: 'app.example,127.*.1' })
    expect({ ...outcome(await ask(host.address, to)), supported: await discovered(to) }).toEqual({
      ...signIn,
      supported: true,
    })
  })

  it('is told of settings that cannot be meant', () => {
    const outcome = configurationFrom({
      ...testSettings,
      CIMD: 'true',
      CIMD_HOSTS: 'https://claude.ai',
    })
    expect('faults' in outcome && outcome.faults.filter((fault) => /^CIMD/.test(fault))).toEqual([
      'CIMD: must be one of on, off',
      'CIMD_HOSTS: must be host names, in which * stands for any characters',
    ])
  })
})
