// Certified clients as judges of the profile: one complete flow of each, with a required nonce, against
// the server as it is deployed.
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
  userInfoAs,
  withNonce,
} from '../support/judges.ts'
import { registerUser } from '../support/registry.ts'
import { registerFapiClient } from './client.ts'

const scope = 'openid profile email offline_access'
const user = await registerUser()
const { allow, options, discover } = await judgedServer(user, { DPOP_NONCE: 'required' })

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
        options,
      )
      const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
      const request = await newRequest({ scope })
      const url = await openid.buildAuthorizationUrlWithPAR(config, request.parameters, { DPoP })
      const tokens = await openid.authorizationCodeGrant(
        config,
        await allow(url),
        checksOf(request),
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
    const as = await discover()
    const client: oauth.Client = {
      client_id: made.client_id,
      id_token_signed_response_alg: 'ES256',
    }
    const auth = oauth.PrivateKeyJwt({ key: key.privateKey, kid: key.kid })
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const party = { as, client, auth, options: { ...options, DPoP } }
    const { client_id } = client
    const { parameters, verifier, state, nonce } = await newRequest({ client_id, scope })
    const pushed = new URLSearchParams(parameters)
    const { request_uri, expires_in } = await withNonce(async () => {
      const response = await oauth.pushedAuthorizationRequest(
        as,
        client,
        auth,
        pushed,
        party.options,
      )
      return oauth.processPushedAuthorizationResponse(as, client, response)
    })
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id, request_uri }).toString()
    const answer = oauth.validateAuthResponse(as, client, await allow(url), state)
    const tokens = await redeemAs(party, answer, verifier, { expectedNonce: nonce })
    const told = await userInfoAs(party, tokens, user.sub)
    const refreshed = await refreshAs(party, tokens)
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
