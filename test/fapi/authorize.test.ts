// The modules of fapi2-security-profile-final-test-plan about discovery, the request and its answer.
import { afterEach, describe, expect, it } from 'vitest'
import { boundTokensOf } from '../support/dpop.ts'
import { get, issuer, postern, refusal } from '../support/http.ts'
import {
  authorizePath,
  backToNow,
  callback,
  codeOf,
  decide,
  granted,
  outcome,
  pass,
  refusedWith,
  verifiedIdToken,
} from '../openid/flow.ts'
import {
  fapiCode,
  fapiPath,
  profileParties,
  pushFapi,
  redeemFapi,
  registerFapiClient,
  userinfoFapi,
} from './client.ts'

afterEach(backToNow)

const { client, other, user, agent } = await profileParties()
const goBack = { status: 400, page: 'Please go back to the app · Postern' }

describe('FAPI 2.0 5.3.2.2: the request and its answer', () => {
  it('fapi2-security-profile-final-discovery-end-point-verification: what the profile needs is announced', async () => {
    expect(await (await get('/.well-known/openid-configuration')).json()).toMatchObject({
      issuer,
      pushed_authorization_request_endpoint: `${issuer}/oauth2/par`,
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      code_challenge_methods_supported: ['S256'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
      response_types_supported: ['code'],
    })
  })

  it('fapi2-security-profile-final-happy-flow: push, sign in, code, bound tokens, an ID token of ES256', async () => {
    const place = await agent.open(await fapiPath(client))
    expect(outcome(place)).toEqual(granted())
    const answer = await redeemFapi(client, codeOf(place))
    const tokens = await answer.clone().json<{ id_token: string }>()
    const { access_token } = await boundTokensOf(answer)
    const { header, payload } = await verifiedIdToken(tokens)
    expect({
      alg: header.alg,
      nonce: payload.nonce,
      userinfo: await userinfoFapi(client, access_token),
    }).toEqual({ alg: 'ES256', nonce: 'a nonce', userinfo: 200 })
  })

  it('fapi2-security-profile-final-user-rejects-authentication: access_denied at the client', async () => {
    const asking = await registerFapiClient({ trusted: false })
    const page = await agent.open(await fapiPath(asking))
    expect(outcome(await decide(agent, page, 'deny'))).toEqual(refusedWith('access_denied'))
  })

  it('fapi2-security-profile-final-ensure-authorization-request-without-state-success', async () => {
    const place = await agent.open(await fapiPath(client, { state: undefined }))
    const { state: _, ...withoutState } = granted()
    expect(outcome(place)).toEqual(withoutState)
  })

  it.each([
    ['fapi2-security-profile-final-ensure-authorization-request-without-nonce-success', undefined],
    [
      'fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success',
      'n'.repeat(64),
    ],
    ['fapi2-security-profile-final-ensure-authorization-request-with-long-nonce', 'n'.repeat(384)],
  ])('%s: the ID token has the nonce whole', async (_module, nonce) => {
    const answer = redeemFapi(client, await fapiCode(client, agent, { nonce }))
    const { payload } = await verifiedIdToken(await (await answer).json())
    expect(payload.nonce).toBe(nonce)
  })

  it('fapi2-security-profile-final-ensure-authorization-request-with-long-state: comes back whole', async () => {
    const state = 's'.repeat(1_024)
    expect(outcome(await agent.open(await fapiPath(client, { state })))).toEqual(granted({ state }))
  })

  it('fapi2-security-profile-final-ensure-other-scope-order-succeeds', async () => {
    const code = await fapiCode(client, agent, { scope: 'email openid profile' })
    expect(await (await redeemFapi(client, code)).json()).toMatchObject({
      scope: 'email openid profile',
    })
  })

  it('fapi2-security-profile-final-test-claims-parameter-identity-claims: in the ID token and userinfo', async () => {
    const claims = JSON.stringify({ id_token: { email: { essential: true } } })
    const code = await fapiCode(client, agent, { claims })
    const { payload } = await verifiedIdToken(await (await redeemFapi(client, code)).json())
    expect(payload.email).toBe(user.email)
  })

  it.each([
    [
      'fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object',
      'nonce',
    ],
    [
      'fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object',
      'state',
    ],
  ])('%s: what was pushed counts', async (_module, name) => {
    const path = await fapiPath(client)
    const place = await agent.open(`${path}&${name}=another`)
    expect(outcome(place)).toEqual(granted())
    const { payload } = await verifiedIdToken(
      await (await redeemFapi(client, codeOf(place))).json(),
    )
    expect(payload.nonce).toBe('a nonce')
  })

  it('fapi2-security-profile-final-state-only-outside-request-object-not-used', async () => {
    const path = await fapiPath(client, { state: undefined })
    const { state: _, ...withoutState } = granted()
    expect(outcome(await agent.open(`${path}&state=outside`))).toEqual(withoutState)
  })

  it.each([
    'fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails',
    'fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request',
  ])('%s: although only one is registered, and for a request without openid, too', async () => {
    const extra = { redirect_uri: undefined, scope: 'read' }
    expect(await refusal(pushFapi(client, extra))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri: it is refused when pushed', async () => {
    const redirect_uri = `${callback}?unregistered=1`
    expect(await refusal(pushFapi(client, { redirect_uri }))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails', async () => {
    expect({
      plain: outcome(await agent.open(authorizePath(client.client))),
      // M099: an unsigned object changes nothing.
      unsigned: outcome(await agent.open(authorizePath(client.client, { request: 'e30.e30.' }))),
    }).toEqual({
      plain: refusedWith('invalid_request'),
      unsigned: refusedWith('invalid_request'),
    })
  })

  it.each([
    ['fapi2-security-profile-final-ensure-response-type-code-idtoken-fails', 'code id_token'],
    ['fapi2-security-profile-final-ensure-response-type-token-fails', 'token'],
  ])('%s', async (_module, response_type) => {
    expect(await refusal(pushFapi(client, { response_type }))).toEqual({
      status: 400,
      error: 'unsupported_response_type',
    })
  })

  it('an answer in the fragment is refused', async () => {
    expect(await refusal(pushFapi(client, { response_mode: 'fragment' }))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('FA3: no origin may read the authorization endpoint', async () => {
    const path = await fapiPath(client)
    const Origin = new URL(callback).origin
    const preflight = new Request(issuer + path, { method: 'OPTIONS', headers: { Origin } })
    const answers = [await get(path, { Origin }), await postern(preflight)]
    const headers = answers.flatMap((answer) => [...answer.headers.keys()])
    expect(headers.filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('RFC 9126: pushed requests of the profile', () => {
  it('fapi2-security-profile-final-par-without-duplicate-parameters: client_id and request_uri alone', async () => {
    expect(outcome(await agent.open(await fapiPath(client)))).toEqual(granted())
  })

  it('fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds', async () => {
    const asking = await registerFapiClient({ trusted: false })
    const path = await fapiPath(asking)
    await agent.open(path)
    const page = await agent.open(path)
    expect(outcome(await decide(agent, page, 'allow'))).toEqual(granted())
  })

  it('fapi2-security-profile-final-par-attempt-reuse-request_uri: an error page after the code', async () => {
    const path = await fapiPath(client)
    expect(outcome(await agent.open(path))).toEqual(granted())
    expect(outcome(await agent.open(path))).toEqual(goBack)
  })

  it('fapi2-security-profile-final-par-attempt-to-use-expired-request_uri: an error page', async () => {
    const path = await fapiPath(client)
    pass(301)
    expect(outcome(await agent.open(path))).toEqual(goBack)
  })

  it('fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client: an error page', async () => {
    const path = await fapiPath(client)
    const stolen = path.replace(client.client.client_id, other.client.client_id)
    expect(outcome(await agent.open(stolen))).toEqual(goBack)
  })

  it('fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param', async () => {
    const request_uri = 'urn:ietf:params:oauth:request_uri:whatever'
    expect(await refusal(pushFapi(client, { request_uri }))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it('fapi2-security-profile-final-par-attempt-invalid-http-method: 405', async () => {
    const put = new Request(`${issuer}/oauth2/par`, { method: 'PUT' })
    expect({
      GET: (await get('/oauth2/par')).status,
      PUT: (await postern(put)).status,
    }).toEqual({ GET: 405, PUT: 405 })
  })

  it.each([
    [
      'fapi2-security-profile-final-par-ensure-pkce-required',
      { code_challenge: undefined, code_challenge_method: undefined },
    ],
    ['fapi2-security-profile-final-par-plain-pkce-rejected', { code_challenge_method: 'plain' }],
  ])('%s', async (_module, extra) => {
    expect(await refusal(pushFapi(client, extra))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })
})
