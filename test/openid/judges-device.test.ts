// Certified clients as judges of device authorization: oauth4webapi and openid-client, against the
// server as it is deployed.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { issuer, judgedServer, secretOf } from '../support/judges.ts'
import { registerUser, type TestClient } from '../support/registry.ts'
import { allowDevice, answerDevice, enterCode, registerDevice } from './device-flow.ts'

const scope = 'openid profile offline_access read'
const user = await registerUser()
const { agent, options, discover } = await judgedServer(user)

describe('oauth4webapi', () => {
  it.each([
    ['a public client', 'none', () => oauth.None()],
    [
      'a confidential client',
      'client_secret_basic',
      (made: TestClient) => oauth.ClientSecretBasic(secretOf(made)),
    ],
  ])('codes, a pending poll, tokens and an ID token of %s', async (_whose, method, authOf) => {
    const made = await registerDevice({ token_endpoint_auth_method: method })
    const as = await discover()
    const client: oauth.Client = { client_id: made.client_id, require_auth_time: true }
    const auth = authOf(made)
    const asked = await oauth.deviceAuthorizationRequest(as, client, auth, { scope }, options)
    const codes = await oauth.processDeviceAuthorizationResponse(as, client, asked)
    expect(codes.verification_uri).toBe(`${issuer}/device`)

    const poll = () => oauth.deviceCodeGrantRequest(as, client, auth, codes.device_code, options)
    await expect(oauth.processDeviceCodeResponse(as, client, await poll())).rejects.toMatchObject({
      error: 'authorization_pending',
      status: 400,
    })
    await allowDevice(agent, codes.user_code)
    const answer = await poll()
    const tokens = await oauth.processDeviceCodeResponse(as, client, answer)
    await oauth.validateApplicationLevelSignature(as, answer, options)
    expect({ scope: tokens.scope, sub: oauth.getValidatedIdTokenClaims(tokens)?.sub }).toEqual({
      scope,
      sub: user.sub,
    })
  })
})

describe('openid-client', () => {
  async function configure(): Promise<openid.Configuration> {
    const made = await registerDevice()
    const config = await openid.discovery(
      new URL(issuer),
      made.client_id,
      undefined,
      openid.None(),
      options,
    )
    openid.enableNonRepudiationChecks(config)
    return config
  }

  // The library waits for the interval before its first poll, by a real clock.
  it('polls until the user has allowed the device', { timeout: 20_000 }, async () => {
    const config = await configure()
    const codes = await openid.initiateDeviceAuthorization(config, { scope })
    expect({ ...codes }).toMatchObject({ expires_in: 600, interval: 5 })
    await allowDevice(agent, codes.user_code)
    const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 })
    const sub = tokens.claims()?.sub ?? ''
    expect(sub).toBe(user.sub)
    expect(await openid.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub })
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(refreshed.scope).toBe(scope)
  })

  it('is told that the user denied it', { timeout: 20_000 }, async () => {
    const config = await configure()
    const codes = await openid.initiateDeviceAuthorization(config, { scope })
    await answerDevice(agent, await enterCode(agent, codes.user_code), 'deny')
    await expect(
      openid.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 }),
    ).rejects.toMatchObject({ error: 'access_denied' })
  })
})
