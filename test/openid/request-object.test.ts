// Signed requests (RFC 9101) at the authorization endpoint and at PAR: which count, and what counts in
// them.
import { CompactEncrypt, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { ScriptedProvider, makeKey, seconds, signToken } from '../federation/providers.ts'
import { assertionOf, tokenWith } from '../support/assertions.ts'
import { issuer, read } from '../support/http.ts'
import { push, referenceOf, referredPath } from '../support/pushed.ts'
import { registerUser } from '../support/registry.ts'
import { registerSigner, requestObject, signedPath } from '../support/request-objects.ts'
import { tokensOf } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import {
  authorizationRequest,
  authorizePath,
  backToNow,
  callback,
  codeOf,
  granted,
  outcome,
  pass,
  redeem,
  refusedWith,
  signedIn,
  signInAt,
  verifiedIdToken,
  verifiedJwt,
} from './flow.ts'

afterEach(backToNow)

const signer = await registerSigner()
const { client, key } = signer
const { client_id } = client
const stranger = { client, key: await makeKey('ES256', key.kid) }
const strict = await registerSigner({ require_signed_request_object: true })
const user = await registerUser()
const agent = await signedIn(user)

const notWorking = { status: 400, page: 'This link does not work · Postern' }
const unknownApp = { status: 400, page: 'This app is not known here · Postern' }
const backAtApp = { status: 400, page: 'Please go back to the app · Postern' }

/** Beside the object: proves where a refusal may go. */
const beside = { redirect_uri: callback, state: 'a state' }

const open = async (request: string, more: object = beside) =>
  outcome(await agent.open(signedPath(signer, request, { ...more })))

const pushed = async (request: string) => {
  const form = Object.fromEntries(
    Object.keys(authorizationRequest(client)).map((name) => [name, undefined]),
  )
  return read(await push(client, { ...form, request }))
}

const refusedByPar = {
  status: 400,
  body: { error: 'invalid_request_object', error_description: expect.any(String) },
}

describe('RFC 9101 6.3: the parameters of the object count', () => {
  it('JR1: a signed request is answered like any other', async () => {
    expect(await open(await requestObject(signer), {})).toEqual(granted())
  })

  it.each(['ES256', 'EdDSA', 'PS256', 'RS256'])('is signed with %s', async (alg) => {
    const other = await registerSigner({}, alg)
    const path = signedPath(other, await requestObject(other))
    expect(outcome(await agent.open(path))).toEqual(granted())
  })

  it.each([
    ['the type JWT, as before RFC 9101', { typ: 'JWT' }],
    ['the full media type', { typ: 'application/oauth-authz-req+jwt' }],
    ['no type', { typ: undefined }],
    ['no kid, of a client with one key', { kid: undefined }],
  ])('may have %s', async (_what, header) => {
    expect(await open(await requestObject(signer, {}, header))).toEqual(granted())
  })

  it('M070: parameters beside the object are not used, nor are those that it lacks', async () => {
    const request = await requestObject(signer, { state: undefined, nonce: undefined })
    const more = {
      redirect_uri: 'https://evil.example/cb',
      scope: 'openid email',
      state: 'of somebody else',
      nonce: 'of somebody else',
      claims: '{"id_token":{"email":null}}',
      response_mode: 'fragment',
      prompt: 'login',
      registration: '{}',
    }
    const place = await agent.open(signedPath(signer, request, more))
    const tokens = await tokensOf(redeem(client, codeOf(place)))
    const { payload } = await verifiedIdToken(tokens)
    expect({ outcome: outcome(place), scope: tokens.scope, payload }).toEqual({
      outcome: { status: 303, to: callback, code: expect.any(String), iss: issuer },
      scope: 'openid',
      payload: expect.not.objectContaining({ nonce: expect.anything(), email: expect.anything() }),
    })
  })

  it('M070: what stands beside the object cannot complete it', async () => {
    const request = await requestObject(signer, { redirect_uri: undefined })
    const page = { status: 400, page: 'We will not send you there · Postern' }
    expect(await open(request)).toEqual(page)
  })

  it('numbers, claims and several resources are the parameters that they stand for', async () => {
    const resource = ['https://a.example/', 'https://b.example/']
    const other = await registerSigner({ resources: resource })
    const claims = { id_token: { email: null } }
    const object = { claims, resource, max_age: 3_600, scope: 'openid read' }
    const place = await agent.open(signedPath(other, await requestObject(other, object)))
    const tokens = await tokensOf(redeem(other.client, codeOf(place)))
    const { payload } = await verifiedIdToken(tokens)
    const { aud } = (await verifiedJwt(tokens.access_token)).payload
    expect({ aud, email: payload['email'] }).toEqual({ aud: resource, email: user.email })
  })

  it('may be for several servers (FAPI 2.0 Message Signing 5.3.1)', async () => {
    const aud = ['https://other.example', issuer]
    expect(await open(await requestObject(signer, { aud }))).toEqual(granted())
  })

  it('errors in its parameters go to the address inside', async () => {
    const request = await requestObject(signer, { prompt: 'none login' })
    expect(await open(request, {})).toEqual(refusedWith('invalid_request'))
  })

  it('an address inside that is not registered is followed no more than one outside', async () => {
    const request = await requestObject(signer, { redirect_uri: 'https://evil.example/cb' })
    const page = { status: 400, page: 'We will not send you there · Postern' }
    expect(await open(request)).toEqual(page)
  })

  it('may be posted to the authorization endpoint', async () => {
    const form = { client_id, request: await requestObject(signer) }
    expect(outcome(await agent.post('/oauth2/authorize', form))).toEqual(granted())
  })

  it('may be pushed, and the parameters beside it do not count (RFC 9126 3)', async () => {
    const request = await requestObject(signer)
    const reference = await referenceOf(push(client, { request, state: 'other', scope: 'read' }))
    const place = await agent.open(referredPath(client, reference))
    const tokens = await tokensOf(redeem(client, codeOf(place)))
    expect({ outcome: outcome(place), scope: tokens.scope }).toEqual({
      outcome: granted(),
      scope: 'openid',
    })
  })
})

describe('RFC 9101 6: what is no request object of the client', () => {
  const none = (claims: object): string =>
    new UnsecuredJWT({
      ...authorizationRequest(client),
      iss: client_id,
      aud: issuer,
      ...claims,
    }).encode()

  it.each<[string, () => string | Promise<string>]>([
    ['M067: unsigned', () => none({})],
    ['M067: signed by another key', () => requestObject(stranger)],
    ['M067: of another issuer', () => requestObject(signer, { iss: 'somebody' })],
    ['M067: of no issuer', () => requestObject(signer, { iss: undefined })],
    ['M067: for another server', () => requestObject(signer, { aud: 'https://other.example' })],
    ['M067: for nobody', () => requestObject(signer, { aud: undefined })],
    ['M067: expired', () => requestObject(signer, { exp: seconds() - 10 })],
    ['JR2: not valid yet', () => requestObject(signer, { nbf: seconds() + 120 })],
    ['JR2: of the future', () => requestObject(signer, { iat: seconds() + 120 })],
    ['JR2: without client_id inside', () => requestObject(signer, { client_id: undefined })],
    [
      'JR2: with a client_id that is no text',
      () => requestObject(signer, { exp: 'soon' as never }),
    ],
    ['JR2: with another object inside', () => requestObject(signer, { request: 'a.b.c' })],
    ['JR2: with a request_uri inside', () => requestObject(signer, { request_uri: 'urn:x' })],
    ['JR2: with null for a parameter', () => requestObject(signer, { state: null })],
    ['JR2: with half a character', () => requestObject(signer, { state: '\ud800' })],
    ['M068: that is a client assertion', () => assertionOf(signer, { client_id })],
    ['M068: that is a proof of possession', () => requestObject(signer, {}, { typ: 'dpop+jwt' })],
    ['M069: encrypted, with raw JSON inside', encrypted],
    ['M069: nested three deep', nested],
    ['that is no JWT', () => 'request'],
  ])('%s', async (_what, make) => {
    const request = await make()
    expect({
      besideAddress: await open(request),
      alone: await open(request, {}),
      pushed: await pushed(request),
    }).toEqual({
      besideAddress: refusedWith('invalid_request_object'),
      alone: notWorking,
      pushed: refusedByPar,
    })
  })

  async function encrypted(): Promise<string> {
    const { publicKey } = await crypto.subtle
      .generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
      .then((pair) => ('publicKey' in pair ? pair : Promise.reject(new Error('no pair'))))
    const claims = { ...authorizationRequest(client), iss: client_id, aud: issuer }
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', typ: 'oauth-authz-req+jwt' })
      .encrypt(publicKey)
  }

  async function nested(): Promise<string> {
    const [inner, header] = [await requestObject(signer), { cty: 'JWT' }]
    const middle = await signToken(key, { ...{ request: inner } }, header)
    return signToken(key, { request: middle }, header)
  }

  it('M067: an algorithm that differs from the registered one', async () => {
    const [one, other] = [await makeKey('ES256'), await makeKey('RS256')]
    const jwks = { keys: [one.jwk, other.jwk] }
    const made = await registerSigner({ jwks, request_object_signing_alg: 'ES256' })
    const outcomeWith = async (signing: typeof one) => {
      const signed = { client: made.client, key: signing }
      return outcome(await agent.open(signedPath(signed, await requestObject(signed), beside)))
    }
    expect({ registered: await outcomeWith(one), other: await outcomeWith(other) }).toEqual({
      registered: granted(),
      other: refusedWith('invalid_request_object'),
    })
  })

  it('M067: client_id outside is missing, unknown or differs: a page, and no address', async () => {
    const request = await requestObject(signer)
    const other = await registerSigner()
    const outcomeWith = async (client_id: string | undefined) =>
      outcome(await agent.open(signedPath(signer, request, { ...beside, client_id })))
    expect({
      missing: await outcomeWith(undefined),
      unknown: await outcomeWith('nobody'),
      differs: await outcomeWith(other.client.client_id),
    }).toEqual({ missing: unknownApp, unknown: unknownApp, differs: notWorking })
  })

  it('M067: another client cannot push it', async () => {
    const { client: other } = await registerSigner()
    expect(await read(await push(other, { request: await requestObject(signer) }))).toEqual(
      refusedByPar,
    )
  })

  it('M068: a request object is no client assertion', async () => {
    const own = await registerSigner({
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'client_credentials'],
    })
    const sub = own.client.client_id
    expect({
      object: (await tokenWith(await requestObject(own, { sub }))).status,
      retyped: (await tokenWith(await requestObject(own, {}, { typ: 'JWT' }))).status,
      assertion: (await tokenWith(await assertionOf(own))).status,
    }).toEqual({ object: 401, retyped: 401, assertion: 200 })
  })

  it('a client without keys is told that it cannot send any', async () => {
    const made = await registerSigner({ jwks: undefined })
    const signed = { client: made.client, key }
    const path = signedPath(signed, await requestObject(signed), beside)
    expect(outcome(await agent.open(path))).toEqual(refusedWith('request_not_supported'))
  })

  it('keys that the client publishes are fetched; where that fails, nobody is blamed', async () => {
    const host = new ScriptedProvider()
    await host.answer('/keys', { status: 500 })
    const made = await registerSigner({ jwks: undefined, jwks_uri: host.url('/keys') })
    const path = signedPath({ client: made.client, key }, await requestObject({ ...made, key }))
    const failed = await agent.open(path)
    await host.answer('/keys', { body: { keys: [key.jwk] } })
    pass(60)
    expect({
      failed: failed.status,
      retry: failed.headers.has('Retry-After'),
      then: outcome(await agent.open(path)),
    }).toEqual({ failed: 503, retry: true, then: granted() })
  })

  it('JR3: an object is not fetched from an address, whatever comes with it', async () => {
    const request_uri = 'https://client.example/object'
    expect({
      alone: outcome(await agent.open(authorizePath(client, { request_uri }))),
      both: await open(await requestObject(signer), { ...beside, request_uri }),
    }).toEqual({
      alone: refusedWith('request_uri_not_supported'),
      both: refusedWith('request_uri_not_supported'),
    })
  })

  it('a repeated object is none', async () => {
    const path = signedPath(signer, await requestObject(signer), beside)
    const twice = `${path}&request=${await requestObject(signer)}`
    expect(outcome(await agent.open(twice))).toEqual(refusedWith('invalid_request'))
  })

  it('parameters that take more than 8192 bytes are refused inside as they are outside', async () => {
    const request = await requestObject(signer, { state: 'ä'.repeat(1_500) })
    expect(await open(request)).toEqual(refusedWith('invalid_request'))
  })
})

describe('JR4: require_signed_request_object', () => {
  it('refuses what is not signed, at both endpoints', async () => {
    expect({
      authorize: outcome(await agent.open(authorizePath(strict.client))),
      pushed: await read(await push(strict.client)),
    }).toEqual({
      authorize: refusedWith('invalid_request'),
      pushed: {
        status: 400,
        body: { error: 'invalid_request', error_description: expect.any(String) },
      },
    })
  })

  it('takes what is signed, at both endpoints', async () => {
    const request = await requestObject(strict)
    const reference = await referenceOf(push(strict.client, { request }))
    expect({
      authorize: outcome(await agent.open(signedPath(strict, request))),
      pushed: outcome(await agent.open(referredPath(strict.client, reference))),
    }).toEqual({ authorize: granted(), pushed: granted() })
  })

  it('needs keys', async () => {
    await expect(
      registerSigner({ jwks: undefined, require_signed_request_object: true }),
    ).rejects.toThrow('jwks')
  })

  it('parameters out of a signed request are no request of the browser: the way on is the app', async () => {
    const path = signedPath(strict, await requestObject(strict))
    const fresh = new UserAgent()
    const { path: screen } = await fresh.open(path)
    const other = new UserAgent()
    const withoutCookies = outcome(await other.open(screen))
    await other.open('/')
    const elsewhere = outcome(await other.open(screen))
    pass(3_700)
    expect({ withoutCookies, elsewhere, tooLate: outcome(await fresh.open(screen)) }).toEqual({
      withoutCookies: backAtApp,
      elsewhere: backAtApp,
      tooLate: backAtApp,
    })
  })
})

describe('a screen carries the parameters, not the object', () => {
  it('a person may take longer than the object lasts', async () => {
    const fresh = new UserAgent()
    const page = await fresh.open(signedPath(signer, await requestObject(signer)))
    pass(120)
    expect(outcome(await signInAt(fresh, page, user))).toEqual(granted())
  })

  it('the same object counts again, in another tab or after going back', async () => {
    const path = signedPath(signer, await requestObject(signer))
    const fresh = new UserAgent()
    await fresh.open(path)
    const page = await fresh.open(path)
    const first = outcome(await signInAt(fresh, page, user))
    expect({ first, again: outcome(await fresh.open(path)) }).toEqual({
      first: granted(),
      again: granted(),
    })
  })

  it('a client that need not sign has its request begun anew without the object', async () => {
    const fresh = new UserAgent()
    const { path } = await fresh.open(signedPath(signer, await requestObject(signer)))
    const other = new UserAgent()
    await other.open('/')
    const page = await other.open(path)
    expect(outcome(await signInAt(other, page, user))).toEqual(granted())
  })
})
