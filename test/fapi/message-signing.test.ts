// Signed requests, answers and introspection of a client with `profile: "fapi2"`. FAPI 2.0 Message
// Signing 5.3, 5.4, 5.5.
import { describe, expect, it } from 'vitest'
import { makeKey, seconds } from '../federation/providers.ts'
import {
  authorizePath,
  granted,
  outcome,
  refusedWith,
  signedIn,
  verifiedJwt,
} from '../openid/flow.ts'
import { issuer, postern, refusal } from '../support/http.ts'
import { parPath, referenceOf, referredPath } from '../support/pushed.ts'
import { requestObject } from '../support/request-objects.ts'
import { registerUser } from '../support/registry.ts'
import { postFapi, registerFapiClient, type FapiClient } from './client.ts'

const client = await registerFapiClient()
const agent = await signedIn(await registerUser())

/** Pushes a signed request, but for `claims`. */
const pushSigned = async (claims: object = {}, of: FapiClient = client): Promise<Response> =>
  postFapi(of, parPath, { request: await requestObject(of, { nbf: seconds(), ...claims }) })

const open = async (answer: Promise<Response>, { client: of }: FapiClient = client) =>
  agent.open(referredPath(of, await referenceOf(answer)))

const invalid = { status: 400, error: 'invalid_request_object' }

describe('5.3.1: signed requests', () => {
  it.each(['ES256', 'EdDSA', 'PS256'])('a pushed object signed with %s', async (alg) => {
    const own = await registerFapiClient({}, alg)
    expect(outcome(await open(pushSigned({}, own), own))).toEqual(granted())
  })

  it('RS256 is refused, with a key that PS256 may use', async () => {
    const [signing, own] = [await makeKey('RS256'), await makeKey('ES256')]
    const { alg: _any, ...jwk } = signing.jwk
    const made = await registerFapiClient({ jwks: { keys: [own.jwk, jwk] } })
    const request = await requestObject({ client: made.client, key: signing }, { nbf: seconds() })
    expect(await refusal(postFapi({ ...made, key: own }, parPath, { request }))).toEqual(invalid)
  })

  it.each([
    ['nbf an hour ago, exp an hour after it', { nbf: seconds() - 3_590, exp: seconds() + 10 }],
    ['aud in an array with others', { aud: ['https://other.example', issuer] }],
  ])('%s', async (_what, claims) => {
    expect(outcome(await open(pushSigned(claims)))).toEqual(granted())
  })

  it.each([
    ['JR2: nbf over an hour ago', { nbf: seconds() - 3_700, exp: seconds() + 60 }],
    ['JR2: no nbf', { nbf: undefined }],
    ['JR2: no exp', { exp: undefined }],
    ['JR2: exp over an hour after nbf', { nbf: seconds(), exp: seconds() + 3_700 }],
  ])('%s', async (_what, claims) => {
    expect(await refusal(pushSigned(claims))).toEqual(invalid)
  })

  it('an object that was not pushed is refused, as all that was not pushed', async () => {
    const request = await requestObject(client, { nbf: seconds() })
    const place = await agent.open(authorizePath(client.client, { request }))
    expect(outcome(place)).toEqual(refusedWith('invalid_request'))
  })
})

describe('5.4, 5.5: what we sign', () => {
  it('JM2: answers with ES256', async () => {
    const { response, ...others } = outcome(await open(pushSigned({ response_mode: 'jwt' })))
    const { header } = await verifiedJwt(String(response))
    expect({ ...others, alg: header.alg }).toEqual({
      status: 303,
      to: 'https://client.example/cb',
      alg: 'ES256',
    })
  })

  it('IN1: introspection with ES256', async () => {
    const accepting = (request: Request): Promise<Response> => {
      request.headers.set('Accept', 'application/token-introspection+jwt')
      return postern(request)
    }
    const form = { token: 'unknown' }
    const answer = await postFapi(client, '/oauth2/introspect', form, { to: accepting })
    const text = new TextDecoder().decode(await answer.arrayBuffer())
    const { header } = await verifiedJwt(text)
    expect(header).toMatchObject({ alg: 'ES256', typ: 'token-introspection+jwt' })
  })
})
