// FA1, FA2: `profile: "fapi2"` in the registration of a client. FAPI 2.0 5.3, 5.4.
import { afterEach, describe, expect, it } from 'vitest'
import { assertionOf, postWith, registerKeyClient } from '../support/assertions.ts'
import { boundTokensOf, newProofKey } from '../support/dpop.ts'
import { read, refusal } from '../support/http.ts'
import { admin, patchClient, registerUser } from '../support/registry.ts'
import { userinfo } from '../support/tokens.ts'
import { makeKey } from '../federation/providers.ts'
import {
  backToNow,
  callback,
  codeFor,
  codeForm,
  codeOf,
  granted,
  outcome,
  pass,
  signedIn,
} from '../openid/flow.ts'
import { fapiPath, redeemFapi, refreshFapi, registerFapiClient, type FapiClient } from './client.ts'

afterEach(backToNow)

const { jwk } = await makeKey()

const right = {
  profile: 'fapi2',
  token_endpoint_auth_method: 'private_key_jwt',
  redirect_uris: [callback],
  jwks: { keys: [jwk] },
}

/** The members that a refusal names. */
async function faultsOf(answer: Promise<Response>): Promise<unknown> {
  const { status, body } = await read(await answer)
  const { errors = [] }: { errors?: { field: string }[] } = Object(body)
  return { status, fields: errors.map(({ field }) => field) }
}

const rsaOf1024Bits = async (): Promise<object> => (await newProofKey('PS256 of 1024 bits')).jwk

describe('FA1: a registration that contradicts the profile', () => {
  it('is made where it contradicts nothing, with ES256 for ID tokens', async () => {
    const { status, body } = await read(await admin('POST', '/clients', right))
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { profile: 'fapi2', id_token_signed_response_alg: 'ES256' },
    })
  })

  it.each([
    [
      'a secret method',
      'token_endpoint_auth_method',
      { token_endpoint_auth_method: 'client_secret_basic' },
    ],
    ['none', 'token_endpoint_auth_method', { token_endpoint_auth_method: 'none' }],
    [
      'no method, which means a secret',
      'token_endpoint_auth_method',
      { token_endpoint_auth_method: undefined },
    ],
    [
      'RS256 for assertions',
      'token_endpoint_auth_signing_alg',
      { token_endpoint_auth_signing_alg: 'RS256' },
    ],
    ['the old audience', 'assertion_audience', { assertion_audience: 'token_endpoint' }],
    ['the password grant', 'grant_types', { grant_types: ['authorization_code', 'password'] }],
    ['a scheme of an app', 'redirect_uris', { redirect_uris: ['com.example.app:/cb'] }],
    [
      'plain requests',
      'require_pushed_authorization_requests',
      { require_pushed_authorization_requests: false },
    ],
    ['requests without PKCE', 'require_pkce', { require_pkce: false }],
    ['rotation', 'refresh_token_rotation', { refresh_token_rotation: true }],
    [
      'RS256 for ID tokens',
      'id_token_signed_response_alg',
      { id_token_signed_response_alg: 'RS256' },
    ],
    [
      'PS256 for ID tokens, which the server does not sign',
      'id_token_signed_response_alg',
      { id_token_signed_response_alg: 'PS256' },
    ],
    [
      'RS256 for userinfo',
      'userinfo_signed_response_alg',
      { userinfo_signed_response_alg: 'RS256' },
    ],
    [
      'RS256 for request objects',
      'request_object_signing_alg',
      { request_object_signing_alg: 'RS256' },
    ],
    [
      'RS256 for answers',
      'authorization_signed_response_alg',
      { authorization_signed_response_alg: 'RS256' },
    ],
    [
      'RS256 for introspection',
      'introspection_signed_response_alg',
      { introspection_signed_response_alg: 'RS256' },
    ],
    ['an unknown profile', 'profile', { profile: 'fapi1' }],
  ])('M098: %s is 400 and names %s', async (_what, field, metadata) => {
    expect(await faultsOf(admin('POST', '/clients', { ...right, ...metadata }))).toEqual({
      status: 400,
      fields: [field],
    })
  })

  it.each([
    [
      'an http redirect',
      async () => ({ redirect_uris: ['http://client.example/cb'] }),
      /^redirect_uris/,
    ],
    ['RSA of 1024 bits', async () => ({ jwks: { keys: [await rsaOf1024Bits()] } }), /^jwks/],
  ])('M098: %s is 400 for any client, and names the member', async (_what, metadata, field) => {
    const sent = { ...right, ...(await metadata()) }
    expect(await faultsOf(admin('POST', '/clients', sent))).toEqual({
      status: 400,
      fields: [expect.stringMatching(field)],
    })
  })

  it('a loopback redirect of an app on the device is taken', async () => {
    const sent = { ...right, redirect_uris: ['http://127.0.0.1/cb'] }
    expect((await admin('POST', '/clients', sent)).status).toBe(201)
  })
})

describe('FA2: PATCHing the profile on', () => {
  /** A client with keys and without the profile. */
  const registerPlain = async (metadata: object = {}): Promise<FapiClient> => ({
    ...(await registerKeyClient({
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      scope: 'openid offline_access',
      id_token_signed_response_alg: 'ES256',
      ...metadata,
    })),
    proofKey: await newProofKey(),
  })

  it('is refused where the registration contradicts it, and names the member', async () => {
    const { client } = await registerPlain({ id_token_signed_response_alg: 'RS256' })
    const path = `/clients/${client.client_id}`
    expect(await faultsOf(admin('PATCH', path, { profile: 'fapi2' }))).toEqual({
      status: 400,
      fields: ['id_token_signed_response_alg'],
    })
  })

  it('ends the grants of before, with their tokens, and codes on their way', async () => {
    const agent = await signedIn(await registerUser())
    const plain = await registerPlain()
    const used = await codeFor(agent, plain.client)
    const unused = await codeFor(agent, plain.client)
    const answer = await postWith(await assertionOf(plain), '/oauth2/token', codeForm(used))
    const { access_token, refresh_token } = await answer.json<Record<string, string>>()
    expect((await userinfo(access_token ?? '')).status).toBe(200)
    await patchClient(plain.client, { profile: 'fapi2' })
    expect({
      userinfo: (await userinfo(access_token ?? '')).status,
      refresh: await refusal(refreshFapi(plain, refresh_token ?? '')),
      code: await refusal(redeemFapi(plain, unused)),
    }).toEqual({
      userinfo: 401,
      refresh: { status: 400, error: 'invalid_grant' },
      code: { status: 400, error: 'invalid_grant' },
    })
    pass(1)
    const place = await agent.open(await fapiPath(plain))
    expect(outcome(place)).toEqual(granted())
    await boundTokensOf(redeemFapi(plain, codeOf(place)))
  })

  it('another change of a client that has it ends nothing', async () => {
    const agent = await signedIn(await registerUser())
    const client = await registerFapiClient()
    const code = codeOf(
      await agent.open(await fapiPath(client, { scope: 'openid offline_access' })),
    )
    const { refresh_token } = await boundTokensOf(redeemFapi(client, code))
    await patchClient(client.client, { client_name: 'Another name', profile: 'fapi2' })
    await boundTokensOf(refreshFapi(client, refresh_token))
  })
})
