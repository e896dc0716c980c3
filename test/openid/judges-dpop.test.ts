// Certified clients as judges of DPoP: oauth4webapi and openid-client, with a nonce that is required,
// against the server as it is deployed.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { claimsOf } from '../support/forge.ts'
import {
  checksOf,
  issuer,
  judgedServer,
  newRequest,
  redeemAs,
  refreshAs,
  secretOf,
  userInfoAs,
  withNonce,
} from '../support/judges.ts'
import { registerUser } from '../support/registry.ts'
import { registerSpa, registerWebClient } from './flow.ts'

const scope = 'openid profile email offline_access read'
const user = await registerUser()
const { allow, options, discover } = await judgedServer(user, { DPOP_NONCE: 'required' })

const algorithms = ['ES256', 'PS256', 'Ed25519', 'EdDSA'] as const

describe('oauth4webapi: DPoP with a required nonce', () => {
  it.each([
    ['a confidential client', registerWebClient],
    ['a public client', registerSpa],
  ])('code with dpop_jkt, userinfo and refresh of %s', async (_whose, register) => {
    const made = await register({ scope, dpop_bound_access_tokens: true })
    const as = await discover()
    const client: oauth.Client = {
      client_id: made.client_id,
      id_token_signed_response_alg: String(made.id_token_signed_response_alg),
    }
    const auth =
      made.client_secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secretOf(made))
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const party = { as, client, auth, options: { ...options, DPoP } }
    const { client_id } = client
    const dpop_jkt = await DPoP.calculateThumbprint()
    const { parameters, verifier, state, nonce } = await newRequest({ client_id, scope, dpop_jkt })
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams(parameters).toString()
    const answer = oauth.validateAuthResponse(as, client, await allow(url), state)
    const tokens = await redeemAs(party, answer, verifier, { expectedNonce: nonce })
    const told = await userInfoAs(party, tokens, user.sub)
    const refreshed = await refreshAs(party, tokens)
    expect({
      types: [tokens.token_type, refreshed.token_type],
      cnf: claimsOf(refreshed.access_token).cnf,
      sub: told.sub,
    }).toEqual({ types: ['dpop', 'dpop'], cnf: { jkt: dpop_jkt }, sub: user.sub })
  })

  it.each(algorithms)('client_credentials with a key of %s', async (alg) => {
    const metadata = { grant_types: ['client_credentials'], redirect_uris: [] }
    const made = await registerWebClient(metadata)
    const as = await discover()
    const client: oauth.Client = { client_id: made.client_id }
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(alg))
    const tokens = await withNonce(async () => {
      const response = await oauth.clientCredentialsGrantRequest(
        as,
        client,
        oauth.ClientSecretBasic(secretOf(made)),
        new URLSearchParams({ scope: 'read' }),
        { ...options, DPoP },
      )
      return oauth.processClientCredentialsResponse(as, client, response)
    })
    expect(claimsOf(tokens.access_token).cnf).toEqual({ jkt: await DPoP.calculateThumbprint() })
  })

  it('a resource server validates the token and the proof', async () => {
    const metadata = { grant_types: ['client_credentials'], redirect_uris: [] }
    const made = await registerWebClient(metadata)
    const as = await discover()
    const client: oauth.Client = { client_id: made.client_id }
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const auth = oauth.ClientSecretBasic(secretOf(made))
    const { access_token } = await withNonce(async () => {
      const form = new URLSearchParams({ scope: 'read' })
      const asked = { ...options, DPoP }
      const response = await oauth.clientCredentialsGrantRequest(as, client, auth, form, asked)
      return oauth.processClientCredentialsResponse(as, client, response)
    })
    const seen: Request[] = []
    await oauth.protectedResourceRequest(
      access_token,
      'GET',
      new URL('https://api.example/things'),
      undefined,
      undefined,
      {
        DPoP,
        [oauth.customFetch]: async (url, init) => {
          seen.push(new Request(url, init as RequestInit))
          return new Response('{}')
        },
      },
    )
    const [request = new Request('https://nothing.example')] = seen
    const checks = { ...options, requireDPoP: true }
    expect(await oauth.validateJwtAccessToken(as, request, issuer, checks)).toMatchObject({
      cnf: { jkt: await DPoP.calculateThumbprint() },
    })
  })
})

describe('openid-client: DPoP with a required nonce', () => {
  it('code, userinfo, refresh, introspection and client_credentials', async () => {
    const made = await registerWebClient({
      scope,
      token_endpoint_auth_method: undefined,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      dpop_bound_access_tokens: true,
    })
    const config = await openid.discovery(
      new URL(issuer),
      made.client_id,
      { client_secret: secretOf(made), dpop_bound_access_tokens: true },
      undefined,
      options,
    )
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const dpop_jkt = await DPoP.calculateThumbprint()
    const request = await newRequest({ scope, dpop_jkt })
    const tokens = await openid.authorizationCodeGrant(
      config,
      await allow(openid.buildAuthorizationUrl(config, request.parameters)),
      checksOf(request),
      undefined,
      { DPoP },
    )
    const refreshed = await openid.refreshTokenGrant(
      config,
      tokens.refresh_token ?? '',
      undefined,
      { DPoP },
    )
    const { access_token } = refreshed
    const told = await openid.fetchUserInfo(config, access_token, user.sub, { DPoP })
    const machine = await openid.clientCredentialsGrant(config, { scope: 'read' }, { DPoP })
    expect({
      types: [tokens.token_type, refreshed.token_type, machine.token_type],
      sub: told.sub,
      introspection: await openid.tokenIntrospection(config, access_token),
    }).toEqual({
      types: ['dpop', 'dpop', 'dpop'],
      sub: user.sub,
      introspection: expect.objectContaining({
        active: true,
        token_type: 'DPoP',
        cnf: { jkt: dpop_jkt },
      }),
    })
  })
})
