import { describe, expect, it } from 'vitest'
import {
  clientMetadata,
  isResourceIndicator,
  registerMetadata,
} from '../../../src/core/clients/metadata.ts'
import * as v from '../../../src/protocol/schema.ts'

const registered = (sent: object) => registerMetadata(v.parse(clientMetadata(), sent))

describe('RFC 7591 2: client metadata', () => {
  it('fills in the defaults of RFC 7591 and OpenID Registration', () => {
    const sent = { redirect_uris: ['https://a.example/cb'] }
    expect(registered(sent)).toEqual({
      metadata: {
        redirect_uris: ['https://a.example/cb'],
        post_logout_redirect_uris: [],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        token_endpoint_auth_method_named: false,
        application_type: 'web',
        scope: 'openid profile email offline_access',
        subject_type: 'public',
        id_token_signed_response_alg: 'RS256',
        trusted: false,
        require_pkce: true,
        introspection: 'any',
      },
    })
  })

  it('without refresh tokens there is no offline_access in the default scope', () => {
    const sent = { redirect_uris: ['https://a.example/cb'], grant_types: ['authorization_code'] }
    expect(registered(sent)).toMatchObject({ metadata: { scope: 'openid profile email' } })
  })

  it.each([
    ['the code grant without a redirect URI', {}, 'redirect_uris'],
    [
      'client credentials for a public client',
      { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
      'grant_types',
    ],
    [
      'a public client without PKCE',
      { grant_types: ['password'], token_endpoint_auth_method: 'none', require_pkce: false },
      'require_pkce',
    ],
  ])('refuses %s', (_what, sent, field) => expect(registered(sent)).toMatchObject({ field }))

  it.each([
    ['an unknown member', { client_nam: 'x' }],
    ['an unknown grant type', { grant_types: ['implicit'] }],
    ['no grant type', { grant_types: [] }],
    ['a grant type that an object would inherit', { grant_types: ['constructor'] }],
    ['an unknown authentication method', { token_endpoint_auth_method: 'secret' }],
    ['a response type with a token', { response_types: ['token'] }],
    ['a redirect URI with a fragment', { redirect_uris: ['https://a.example/#x'] }],
    ['a logo that is code', { logo_uri: 'javascript:alert(1)' }],
    ['a site that hides its host', { client_uri: 'https://bank.example@evil.example/' }],
    ['a logo on plain http', { logo_uri: 'http://a.example/logo.png' }],
    ['an unknown form of ID tokens', { id_token_claims: 'short' }],
    ['a malformed scope', { scope: 'a  b' }],
    ['an empty scope', { scope: '' }],
    ['a lifetime of nothing', { access_token_ttl: 0 }],
    ['a lifetime of half a second', { access_token_ttl: 0.5 }],
    ['a lifetime in words', { access_token_ttl: '600' }],
    ['a grace beyond five minutes', { refresh_token_grace: 301 }],
    ['a negative grace', { refresh_token_grace: -1 }],
    ['an origin with a path', { allowed_cors_origins: ['https://a.example/'] }],
    ['the origin null', { allowed_cors_origins: ['null'] }],
    ['a resource with a fragment', { resources: ['https://a.example/#x'] }],
    ['10 kB of a name', { client_name: 'x'.repeat(10_000) }],
    ['null', null],
    ['an array', []],
  ])('refuses %s', (_what, sent) => expect(v.safeParse(clientMetadata(), sent).success).toBe(false))
})

describe('RFC 8707 2: resource indicators', () => {
  it.each(['https://api.example', 'https://api.example/v1?x=1', 'urn:example:api'])(
    '%s is one',
    (uri) => expect(isResourceIndicator(uri)).toBe(true),
  )

  it.each(['', '/v1', 'api.example', 'https://api.example/#x', 'https://a.example/ b', 'https://'])(
    '%j is none',
    (uri) => expect(isResourceIndicator(uri)).toBe(false),
  )
})
