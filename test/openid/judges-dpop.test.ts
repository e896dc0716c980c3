// Certified clients as judges of DPoP: oauth4webapi and openid-client, with a nonce that is required,
// against the server as it is deployed.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { claimsOf } from '../support/forge.ts'
import { Server } from '../support/faults.ts'
import { registerUser, type TestClient } from '../support/registry.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import { callback, registerSpa, registerWebClient, signInAt } from './flow.ts'

const issuer = 'https://id.example'
const server = new Server({
  DEVELOPMENT: 'false',
  INSECURE_LOOPBACK_PROVIDERS: 'false',
  ISSUER: issuer,
  DPOP_NONCE: 'required',
})
const scope = 'openid profile email offline_access read'
const user = await registerUser()
const agent = new UserAgent(server.fetch, issuer)
await signInAt(agent, await agent.open('/'), user)

const open = async ({ pathname, search }: URL): Promise<Place> => {
  const page = await agent.open(pathname + search)
  return page.away === null ? agent.submit(page, { decision: 'allow' }) : page
}

const customFetch = (url: string, init: oauth.CustomFetchOptions<string, unknown>) =>
  server.fetch(new Request(url, init as RequestInit))

const secretOf = ({ client_secret = '' }: TestClient): string => client_secret
const algorithms = ['ES256', 'PS256', 'Ed25519', 'EdDSA'] as const

describe('oauth4webapi: DPoP with a required nonce', () => {
  const options = { [oauth.customFetch]: customFetch }

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const answer = await oauth.discoveryRequest(new URL(issuer), options)
    return oauth.processDiscoveryResponse(new URL(issuer), answer)
  }

  /** Asks, and once more with the nonce that the first answer brought, as the library's manual says. */
  async function withNonce<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (failure) {
      if (oauth.isDPoPNonceError(failure)) return ask()
      throw failure
    }
  }

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
    const bound = { ...options, DPoP }
    const [verifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ]
    const url = new URL(as.authorization_endpoint ?? '')
    const dpop_jkt = await DPoP.calculateThumbprint()
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope,
      state,
      nonce,
      dpop_jkt,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString()
    const { away } = await open(url)
    const answer = oauth.validateAuthResponse(as, client, new URL(away ?? ''), state)
    const tokens = await withNonce(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        answer,
        callback,
        verifier,
        bound,
      )
      return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce })
    })
    const told = await withNonce(async () => {
      const response = await oauth.userInfoRequest(as, client, tokens.access_token, bound)
      return oauth.processUserInfoResponse(as, client, user.sub, response)
    })
    const refreshed = await withNonce(async () => {
      const { refresh_token = '' } = tokens
      const response = await oauth.refreshTokenGrantRequest(as, client, auth, refresh_token, bound)
      return oauth.processRefreshTokenResponse(as, client, response)
    })
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
      { [openid.customFetch]: customFetch },
    )
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const [pkceCodeVerifier, expectedState] = [
      openid.randomPKCECodeVerifier(),
      openid.randomState(),
    ]
    const { away } = await open(
      openid.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope,
        state: expectedState,
        dpop_jkt: await DPoP.calculateThumbprint(),
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      }),
    )
    const tokens = await openid.authorizationCodeGrant(
      config,
      new URL(away ?? ''),
      { pkceCodeVerifier, expectedState },
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
        cnf: { jkt: await DPoP.calculateThumbprint() },
      }),
    })
  })
})
