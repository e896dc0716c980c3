// The module of the OpenID Connect Config OP certification plan, black box.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { authorizePath, registerWebClient } from './flow.ts'

const issuer = 'https://id.example'
const server = new Server({
  DEVELOPMENT: 'false',
  INSECURE_LOOPBACK_PROVIDERS: 'false',
  ISSUER: issuer,
})
const fetch = (request: Request): Promise<Response> =>
  server.fetch(new Request(request.url.replace('http://localhost:8787', issuer), request))

type Metadata = Record<string, string | string[] | boolean | undefined>

const discovered = async (): Promise<Metadata> =>
  (await get('/.well-known/openid-configuration', {}, fetch)).json()

describe('oidcc-discovery-endpoint-verification', () => {
  it('is JSON with the issuer exactly as it is in ID tokens', async () => {
    const answer = await get('/.well-known/openid-configuration', {}, fetch)
    expect({ status: answer.status, type: answer.headers.get('Content-Type') }).toEqual({
      status: 200,
      type: 'application/json',
    })
    expect(await answer.json()).toMatchObject({ issuer })
  })

  it('has every member that OpenID Discovery requires', async () => {
    expect(await discovered()).toMatchObject({
      authorization_endpoint: `${issuer}/oauth2/authorize`,
      token_endpoint: `${issuer}/oauth2/token`,
      userinfo_endpoint: `${issuer}/oauth2/userinfo`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['code'],
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
    })
  })

  it('names https addresses only', async () => {
    const endpoints = Object.entries(await discovered()).filter(([name]) =>
      /(_endpoint|_uri)$/.test(name),
    )
    expect(endpoints.filter(([, url]) => !String(url).startsWith(`${issuer}/`))).toEqual([])
  })

  it('says what it takes and what it does not take, so that nobody has to try', async () => {
    expect(await discovered()).toMatchObject({
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
    })
  })

  it('names only addresses that there are', async () => {
    const endpoints = Object.entries(await discovered()).filter(([name]) =>
      /(_endpoint|_uri)$/.test(name),
    )
    const answers = await Promise.all(
      endpoints.map(async ([name, url]) => {
        const { status } = await fetch(new Request(String(url), { method: 'TRACE' }))
        return { name, status }
      }),
    )
    expect(answers).toEqual(endpoints.map(([name]) => ({ name, status: 405 })))
  })

  it('the JWKS holds public signing keys, each with its own kid', async () => {
    const { keys }: { keys: Record<string, string>[] } = await (
      await get('/.well-known/jwks.json', {}, fetch)
    ).json()
    const signing = keys.filter(({ use }) => use === 'sig')
    expect(signing.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256'])
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
    const secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']
    expect(keys.filter((key) => secrets.some((member) => member in key))).toEqual([])
  })

  it('N179: no header of a request changes it, nor where a page leads', async () => {
    const client = await registerWebClient()
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'host=evil.example;proto=http',
      'X-Original-URL': '/admin/v1/users',
    }
    const metadata = await get('/.well-known/openid-configuration', headers, fetch)
    expect(await metadata.text()).not.toContain('evil.example')
    const page = await get(authorizePath(client), headers, fetch)
    expect(page.headers.get('Location')).toMatch(/^\/login\?screen=/)
  })
})
