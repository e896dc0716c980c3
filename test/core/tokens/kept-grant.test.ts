// What KV keeps of a grant and of its client for the time when D1 does not answer, and of which grants.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import { keepGrant } from '../../../src/core/tokens/kept-grant.ts'
import { openOutageRecords } from '../../../src/store/outage-records.ts'
import { kept, openedRecord } from '../../support/outage.ts'
import { testKeys } from '../../support/settings.ts'

const keys = testKeys()
const records = openOutageRecords(env.KV)
const now = Math.floor(Date.now() / 1000)

let puts: string[] = []
let refused: string[] = []
let store = {}
let grantId = ''

// Each test with a store of its own, as another isolate has it.
beforeEach(() => {
  puts = []
  refused = []
  grantId = crypto.randomUUID()
  const put = (key: string, text: string, lifetime: number) => {
    puts.push(key.split(':', 1)[0] ?? '')
    return refused.includes(key) ? Promise.resolve(false) : records.put(key, text, lifetime)
  }
  store = { outageRecords: { put, read: records.read.bind(records) } }
})

/** A server at an instant, whose waiting work the test awaits. */
function serverAt(at: number, outageRefresh = true) {
  const waiting: Promise<unknown>[] = []
  const as: AuthorizationServer = Object.assign(Object.create(null), {
    ...{ keys, store, now: at, settings: { outageRefresh } },
    waitUntil: (work: Promise<unknown>) => waiting.push(work),
  })
  return { as, waiting }
}

const metadata = {
  client_name: 'A client',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['https://client.example/cb'],
  post_logout_redirect_uris: ['https://client.example/out'],
  scope: 'openid read',
  logo_uri: 'https://client.example/logo',
}
const clientId = crypto.randomUUID()
const clientOf = (change: object = {}, more: object = {}) => ({
  ...{ id: clientId, secretDigest: 'a', softwareStatement: 'b', registrationLimits: 'c' },
  ...{ registrationTokenDigest: 'd', previousRegistrationTokenDigest: 'e', updatedAt: 1 },
  ...more,
  metadata: { ...metadata, ...change },
})
const grantOf = (change: object = {}) => ({
  ...{ id: grantId, clientId, scope: 'openid read', resource: null, keyThumbprint: null },
  ...{
    authTime: 5,
    amr: '["pwd"]',
    acr: '1',
    createdAt: 6,
    endsWith: null,
    sessionId: 'a session',
  },
  ...{ offline: true, authorizationDetails: null, idleExpiresAt: now + 300 },
  ...{ absoluteExpiresAt: now + 200, accessExpiresAt: now + 60 },
  ...change,
})
const usual = () => ({
  client: clientOf(),
  user: { sub: 'usr_1', scope: null, updatedAt: 7, username: 'somebody', passwordHash: 'secret' },
  grant: grantOf(),
  currentDigest: 'current',
  targets: [],
  sessionExpiresAt: now + 100,
})

/** Keeps the grant, and returns what was put. */
async function keep(change: object = {}, at = now, isOn = true): Promise<string[]> {
  const { as, waiting } = serverAt(at, isOn)
  puts = []
  keepGrant(as, Object.assign(Object.create(null), usual(), change))
  await Promise.all(waiting)
  return puts.toSorted()
}

const recordOfGrant = () => openedRecord(`grant:${grantId}`)

describe('the record of a grant', () => {
  it('has digests, what access tokens say, and no more', async () => {
    await keep({ previousDigest: 'previous', targets: [{ uri: 'a:b', metadata: null }] })
    expect(await recordOfGrant()).toEqual({
      version: 1,
      currentDigest: 'current',
      previousDigest: 'previous',
      targets: [{ uri: 'a:b', metadata: null }],
      ...{ clientId, scope: 'openid read', resource: null, keyThumbprint: null },
      ...{ authTime: 5, amr: '["pwd"]', acr: '1', createdAt: 6 },
      user: {
        ...{ sub: 'usr_1', scope: null, updatedAt: 7 },
        stated: { sub: 'usr_1', claims: {} },
      },
      isWhole: true,
      keptAt: now,
      expiresAt: now + 200,
    })
  })

  it('says whether the request has narrowed the resources', async () => {
    await keep({ isNarrowed: true })
    expect((await recordOfGrant()).isWhole).toBe(false)
  })

  it.each([
    ['its idle expiry', { idleExpiresAt: now + 150 }, 150],
    ['its absolute expiry', { idleExpiresAt: now + 900 }, 200],
    ['its session, unless it outlives it', { offline: false }, 100],
    ['no session where it has none', { offline: false, sessionId: null }, 200],
  ])('ends with %s, in KV, too', async (_what, change, seconds) => {
    await keep({ grant: grantOf(change) })
    const { keys: names } = await env.KV.list({ prefix: `grant:${grantId}` })
    expect((await recordOfGrant()).expiresAt).toBe(now + seconds)
    const left = (names[0]?.expiration ?? 0) - Date.now() / 1000
    expect(left).toBeGreaterThan(50)
    expect(left).toBeLessThanOrEqual(seconds + 1)
  })

  it.each([
    ['without a refresh token', () => ({ currentDigest: null })],
    ['that ends with another grant', () => ({ grant: grantOf({ endsWith: 'another' }) })],
    ['with authorization details', () => ({ grant: grantOf({ authorizationDetails: '[]' }) })],
    [
      'of a session that has ended',
      () => ({ grant: grantOf({ offline: false }), sessionExpiresAt: null }),
    ],
  ])('is not put of one %s', async (_which, change) => {
    expect(await keep(change())).toEqual(['client'])
  })
})

describe('nothing is put', () => {
  it('where the operator has turned that off', async () => {
    expect(await keep({}, now, false)).toEqual([])
  })

  it('of a client that always signs assertions; of one that may, it is', async () => {
    const signs = { token_endpoint_auth_method: 'private_key_jwt' }
    const mayAlso = {
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    }
    expect({
      always: await keep({ client: clientOf(signs) }),
      may: await keep({ client: clientOf(mayAlso) }),
    }).toEqual({ always: [], may: ['client', 'grant'] })
  })
})

describe('the record of a client', () => {
  it('has what authenticates it, shapes its tokens, and says whose pages may read the answer', async () => {
    await keep()
    const { logo_uri: _, ...needed } = metadata
    expect(await openedRecord(`client:${clientId}`)).toEqual({
      version: 1,
      client: {
        ...{ id: clientId, secretDigest: 'a', softwareStatement: null, registrationLimits: null },
        ...{ registrationTokenDigest: null, previousRegistrationTokenDigest: null, updatedAt: 1 },
        metadata: { ...needed, post_logout_redirect_uris: [] },
      },
    })
  })

  it('is put once a day, and when the client has changed', async () => {
    expect({
      first: await keep(),
      again: await keep(),
      almostADay: await keep({}, now + 86_399),
      aDay: await keep({}, now + 86_400),
      changed: await keep({ client: clientOf({}, { updatedAt: 2 }) }, now + 86_401),
      unchanged: await keep({ client: clientOf({}, { updatedAt: 2 }) }, now + 86_402),
    }).toEqual({
      first: ['client', 'grant'],
      again: ['grant'],
      almostADay: ['grant'],
      aDay: ['client', 'grant'],
      changed: ['client', 'grant'],
      unchanged: ['grant'],
    })
  })

  it('is put again where KV has not taken it', async () => {
    refused = [`client:${clientId}`]
    expect(await keep()).toEqual(['client', 'grant'])
    refused = []
    expect(await keep()).toEqual(['client', 'grant'])
    expect(await kept(`client:${clientId}`)).not.toBe(null)
  })
})
