// Certified clients as judges of the profile: one complete flow of each, with a required nonce, against
// the server as it is deployed.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { registerUser } from '../support/registry.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import { callback, signInAt } from '../openid/flow.ts'
import { registerFapiClient } from './client.ts'

const issuer = 'https://id.example'
const server = new Server({
  DEVELOPMENT: 'false',
  INSECURE_LOOPBACK_PROVIDERS: 'false',
  ISSUER: issuer,
  DPOP_NONCE: 'required',
})
const scope = 'openid profile email offline_access'
const user = await registerUser()
const agent = new UserAgent(server.fetch, issuer)
await signInAt(agent, await agent.open('/'), user)

const open = async ({ pathname, search }: URL): Promise<Place> => {
  const page = await agent.open(pathname + search)
  return page.away === null ? agent.submit(page, { decision: 'allow' }) : page
}

const customFetch = (url: string, init: oauth.CustomFetchOptions<string, unknown>) =>
  server.fetch(new Request(url, init as RequestInit))

describe('openid-client', () => {
  it.each(['ES256', 'PS256'])(
    'PAR, private_key_jwt of %s, DPoP: code, userinfo, refresh, introspection, revocation',
    async (alg) => {
      const { client, key } = await registerFapiClient({ trusted: false }, alg)
      const config = await openid.discovery(
        new URL(issuer),
        client.client_id,
        { id_token_signed_response_alg: 'ES256', dpop_bound_access_tokens: true },
        openid.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }),
        { [openid.customFetch]: customFetch },
      )
      const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
      const [pkceCodeVerifier, expectedState, expectedNonce] = [
        openid.randomPKCECodeVerifier(),
        openid.randomState(),
        openid.randomNonce(),
      ]
      const url = await openid.buildAuthorizationUrlWithPAR(
        config,
        {
          redirect_uri: callback,
          scope,
          state: expectedState,
          nonce: expectedNonce,
          code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
          code_challenge_method: 'S256',
        },
        { DPoP },
      )
      const { away } = await open(url)
      const checks = { pkceCodeVerifier, expectedState, expectedNonce }
      const tokens = await openid.authorizationCodeGrant(
        config,
        new URL(away ?? ''),
        checks,
        undefined,
        { DPoP },
      )
      const { refresh_token = '' } = tokens
      const refreshed = await openid.refreshTokenGrant(config, refresh_token, undefined, { DPoP })
      const { access_token } = refreshed
      const told = await openid.fetchUserInfo(config, access_token, user.sub, { DPoP })
      const introspected = await openid.tokenIntrospection(config, access_token)
      await openid.tokenRevocation(config, refresh_token)
      const jkt = await DPoP.calculateThumbprint()
      expect({
        asked: [...url.searchParams.keys()].sort(),
        types: [tokens.token_type, refreshed.token_type],
        stays: refreshed.refresh_token === refresh_token,
        sub: told.sub,
        introspected,
        after: await openid.tokenIntrospection(config, access_token),
      }).toEqual({
        asked: ['client_id', 'request_uri'],
        types: ['dpop', 'dpop'],
        stays: true,
        sub: user.sub,
        introspected: expect.objectContaining({ active: true, token_type: 'DPoP', cnf: { jkt } }),
        after: { active: false },
      })
    },
  )
})

describe('oauth4webapi', () => {
  it('PAR, private_key_jwt, DPoP: code, userinfo and refresh', async () => {
    const { client: made, key } = await registerFapiClient({ trusted: false })
    const options = { [oauth.customFetch]: customFetch }
    const found = await oauth.discoveryRequest(new URL(issuer), options)
    const as = await oauth.processDiscoveryResponse(new URL(issuer), found)
    const client: oauth.Client = {
      client_id: made.client_id,
      id_token_signed_response_alg: 'ES256',
    }
    const auth = oauth.PrivateKeyJwt({ key: key.privateKey, kid: key.kid })
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const bound = { ...options, DPoP }

    /** Asks, and once more with the nonce that the first answer brought, as the manual says. */
    async function withNonce<Result>(ask: () => Promise<Result>): Promise<Result> {
      try {
        return await ask()
      } catch (failure) {
        if (oauth.isDPoPNonceError(failure)) return ask()
        throw failure
      }
    }

    const [codeVerifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ]
    const parameters = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    })
    const { request_uri, expires_in } = await withNonce(async () => {
      const response = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, bound)
      return oauth.processPushedAuthorizationResponse(as, client, response)
    })
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri }).toString()
    const { away } = await open(url)
    const answer = oauth.validateAuthResponse(as, client, new URL(away ?? ''), state)
    const tokens = await withNonce(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        answer,
        callback,
        codeVerifier,
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
      expires_in,
      sub: told.sub,
      cnf: claimsOf(refreshed.access_token).cnf,
      stays: refreshed.refresh_token === tokens.refresh_token,
    }).toEqual({
      expires_in: 300,
      sub: user.sub,
      cnf: { jkt: await DPoP.calculateThumbprint() },
      stays: true,
    })
  })
})
