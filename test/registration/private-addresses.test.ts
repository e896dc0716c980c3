// N170, ASVS 1.3.6: no address that a registration names leads the server into a private network.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deployment } from '../support/deployment.ts'
import { admin } from '../support/registry.ts'
import { registerAt } from './registrant.ts'

const urls = [
  'http://app.example/x',
  'https://127.0.0.1/x',
  'https://127.1/x',
  'https://0x7f.1/x',
  'https://2130706433/x',
  'https://１２７.0.0.1/x',
  'https://[::1]/x',
  'https://[::ffff:7f00:1]/x',
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.1/x',
  'https://100.64.0.1/x',
  'https://[fc00::1]/x',
  'https://[fe80::1]/x',
  'https://user@app.example/x',
  'https://metadata.google.internal/x',
  'https://printer.local/x',
  'https://app.example:22/x',
  // N173: this server itself.
  'https://id.example/.well-known/jwks.json',
]
const to = deployment({ REGISTRATION: 'open' })
const app = { client_name: 'An app', redirect_uris: ['https://app.example/cb'] }

const requests: string[] = []

beforeEach(() => {
  requests.length = 0
  vi.stubGlobal('fetch', async (input: RequestInfo | URL) => {
    requests.push(new Request(input).url)
    return new Response('[]')
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('N170, N173: an address in a registration', () => {
  const members: [string, (url: string) => object][] = [
    ['jwks_uri', (jwks_uri) => ({ jwks_uri, token_endpoint_auth_method: 'private_key_jwt' })],
    [
      'sector_identifier_uri',
      (sector_identifier_uri) => ({ sector_identifier_uri, subject_type: 'pairwise' }),
    ],
    ['backchannel_logout_uri', (backchannel_logout_uri) => ({ backchannel_logout_uri })],
  ]

  it.each(members.flatMap(([name, member]) => urls.map((url) => [name, url, member] as const)))(
    '%s: %s is 400 for whoever registers it, and no request leaves',
    async (_name, url, member) => {
      const self = await registerAt(to, { ...app, ...member(url) })
      const operator = await admin('POST', '/clients', { ...app, ...member(url) }, to)
      expect({ self: self.status, operator: operator.status, requests }).toEqual({
        self: 400,
        operator: 400,
        requests: [],
      })
    },
  )

  it.each(urls)('a provider at %s is 400, and no request leaves', async (url) => {
    const provider = { label: 'Up', client_id: 'x', client_secret: 'y' }
    const issuers = await admin('POST', '/providers', { ...provider, issuer: url }, to)
    const endpoints = await admin(
      'POST',
      '/providers',
      { ...provider, issuer: 'https://up.example', token_endpoint: url },
      to,
    )
    expect({ issuer: issuers.status, tokenEndpoint: endpoints.status, requests }).toEqual({
      issuer: 400,
      tokenEndpoint: 400,
      requests: [],
    })
  })
})
