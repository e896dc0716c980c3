// Registration as certified clients see it: oauth4webapi and openid-client judge the answers, and sign
// in with what they were given.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { issuer } from '../support/http.ts'
import { discoverAt, fetchFrom, optionsFor } from '../support/relying-party.ts'
import { registerUser } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'
import { callback, decide, signInAt } from '../openid/flow.ts'
import { initialAccessToken, manage, registeredClient } from './registrant.ts'

const server = new Server({ REGISTRATION: 'open' })

const discover = (options: oauth.DiscoveryRequestOptions): Promise<oauth.AuthorizationServer> =>
  discoverAt(issuer, { ...options, algorithm: 'oauth2' })

const metadata = {
  client_name: 'A judge',
  redirect_uris: [callback],
  scope: 'openid offline_access',
}

describe('oauth4webapi', () => {
  it('registers with an initial access token, reads and deletes', async () => {
    const strict = new Server()
    const { token } = await initialAccessToken()
    const options = { ...optionsFor(strict.fetch), initialAccessToken: token }
    const as = await discover(options)
    const answer = await oauth.dynamicClientRegistrationRequest(as, metadata, options)
    const client = await oauth.processDynamicClientRegistrationResponse(answer)
    const registered = registeredClient.parse(client)
    const read = await manage(strict.fetch, 'GET', registered)
    const deleted = await manage(strict.fetch, 'DELETE', registered)
    expect({ name: read.body['client_name'], deleted: deleted.status }).toEqual({
      name: 'A judge',
      deleted: 204,
    })
  })

  it('is told by a challenge that a token is missing', async () => {
    const options = optionsFor(new Server().fetch)
    const as = await discover(options)
    const answer = await oauth.dynamicClientRegistrationRequest(as, metadata, options)
    await expect(oauth.processDynamicClientRegistrationResponse(answer)).rejects.toBeInstanceOf(
      oauth.WWWAuthenticateChallengeError,
    )
  })
})

describe('openid-client', () => {
  it('registers, signs a user in, refreshes and revokes', async () => {
    const user = await registerUser()
    const config = await openid.dynamicClientRegistration(new URL(issuer), metadata, undefined, {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: fetchFrom(server.fetch),
    })
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const expectedState = openid.randomState()
    const { pathname, search } = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid offline_access',
      state: expectedState,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const agent = new UserAgent(server.fetch)
    const consent = await signInAt(agent, await agent.open(pathname + search), user)
    const { away } = await decide(agent, consent, 'allow')
    const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true }
    const tokens = await openid.authorizationCodeGrant(config, new URL(away ?? ''), checks)
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    await openid.tokenRevocation(config, refreshed.refresh_token ?? '')
    const after = await openid.tokenIntrospection(config, refreshed.access_token)
    expect({ sub: tokens.claims()?.sub, after }).toEqual({
      sub: user.sub,
      after: { active: false },
    })
  })
})
