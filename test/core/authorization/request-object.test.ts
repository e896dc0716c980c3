// Request objects: which of them count, for how long, and what is a parameter in them.
import { describe, expect, it } from 'vitest'
import {
  requireSignature,
  signedParameters,
} from '../../../src/core/authorization/request-object.ts'
import { OAuthError } from '../../../src/protocol/error.ts'
import { makeKey, signToken } from '../../federation/providers.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { signInClient } from '../../support/goals.ts'
import { now } from '../../support/records.ts'

const [key, otherKey] = [await makeKey(), await makeKey()]
const jwks = { keys: [{ ...key.jwk, kty: 'EC' }] }
const client = signInClient({ jwks })
const fapi = signInClient({ jwks, profile: 'fapi2' })
const strict = signInClient({ jwks, require_signed_request_object: true })
const as = requestToCore({ now, issuer: 'https://id.example', ownIssuers: ['https://id.example'] })

/** The parameters that count, or the words of the refusal. */
async function counting(of: typeof client, sent: Record<string, string>) {
  try {
    return Object.fromEntries(await signedParameters(as, of, new Map(Object.entries(sent))))
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    return thrown.message
  }
}
const objectOf = (of: typeof client, claims: object, header: object = {}, by = key) => {
  const about = { iss: of.id, aud: 'https://id.example', client_id: of.id }
  return signToken(by, { ...about, ...claims }, header)
}
const signed = async (claims: object, of = client, header: object = {}, by = key) =>
  counting(of, { request: await objectOf(of, claims, header, by), beside: 'a' })

const own = { client_id: client.id }
const refused = (words: string) => `invalid_request_object: the request object ${words}`

describe('RFC 9101 6.3: the parameters that count', () => {
  it('are the claims, but for those about the object; nothing beside it', async () => {
    const about = { sub: 'another', exp: now + 60, nbf: now, iat: now, jti: 'a' }
    const parameters = {
      state: 'a state',
      max_age: 60,
      claims: { userinfo: {} },
      resource: ['https://a.example/'],
      ui_locales: ['de'],
    }
    expect(await signed({ ...about, ...parameters })).toEqual({
      ...own,
      state: 'a state',
      max_age: '60',
      claims: '{"userinfo":{}}',
      resource: 'https://a.example/',
      ui_locales: '["de"]',
    })
  })

  it('are those that were sent where there is no object, if the client need not sign', async () => {
    const words = 'invalid_request: the client must sign its authorization requests (RFC 9101)'
    const by = (of: typeof client, request?: string) => () => requireSignature(of, request)
    expect({
      unsigned: await counting(client, { state: 'a' }),
      reference: await counting(client, { request: 'a', request_uri: 'b' }),
      strict: await counting(strict, { state: 'a' }),
    }).toEqual({
      unsigned: { state: 'a' },
      reference: { request: 'a', request_uri: 'b' },
      strict: words,
    })
    expect(by(strict)).toThrow(words)
    expect(by(strict, 'an object')).not.toThrow()
    expect(by(client)).not.toThrow()
  })

  it.each<[string, object]>([
    ['has a parameter without a value', { state: null }],
    ['is not signed by a registered key of the client', { state: '\ud800' }],
    ['has a missing, malformed or forbidden claim: request', { request: 'a' }],
    ['has a missing, malformed or forbidden claim: request_uri', { request_uri: 'a' }],
    ['has a missing, malformed or forbidden claim: exp', { exp: 'a' }],
    ['has a missing, malformed or forbidden claim: iss', { iss: undefined }],
    ['has a missing, malformed or forbidden claim: client_id', { client_id: undefined }],
    ['has an iss claim that is not the client_id', { iss: 'another' }],
    ['has an aud claim without the issuer', { aud: 'https://other.example' }],
    ['has an aud claim without the issuer', { aud: [] }],
    ['is a client assertion: its sub claim is the client_id', { sub: client.id }],
  ])('no object that %s', async (words, claims) =>
    expect(await signed(claims)).toBe(refused(words)),
  )

  it('are those of the client that asks, signed by a key of its own', async () => {
    expect({
      otherClient: await signed({ client_id: 'another' }),
      otherAudience: await signed({ aud: ['https://other.example', 'https://id.example'] }),
      otherKey: await signed({}, client, {}, otherKey),
      otherKind: await signed({}, client, { typ: 'at+jwt' }),
      ownKind: await signed({}, client, { typ: 'oauth-authz-req+jwt' }),
      noKeys: await signed({}, signInClient()),
      noToken: await counting(client, { request: 'none' }),
      long: await signed({ state: 'a'.repeat(9_000) }),
    }).toEqual({
      otherClient: 'invalid_request_object: the client_id is not that of the request object',
      otherAudience: own,
      otherKey: refused('is not signed by a registered key of the client'),
      otherKind: refused('is not a JWT with an acceptable header (alg, typ)'),
      ownKind: own,
      noKeys: 'request_not_supported: the client has registered no key to sign a request with',
      noToken: refused('is not a JWT with an acceptable header (alg, typ)'),
      long: 'invalid_request: the request is longer than 8192 bytes',
    })
  })
})

describe('the times of a request object', () => {
  it.each([
    ['exp', now - 5, now - 4, 'has expired: see its exp claim'],
    ['nbf', now + 61, now + 60, 'is not valid yet: see its nbf claim'],
    ['iat', now + 61, now + 60, 'has an iat claim in the future'],
  ])('%s: to the second', async (name, wrong, right, words) => {
    expect({
      wrong: await signed({ [name]: wrong }),
      right: await signed({ [name]: right }),
    }).toEqual({ wrong: refused(words), right: own })
  })

  it('FAPI 2.0 Message Signing 5.3.1: an hour at most, since nbf and until exp', async () => {
    const words = refused('is good for more than an hour: see its nbf and exp claims')
    const of = (nbf: number | undefined, exp: number | undefined) => signed({ nbf, exp }, fapi)
    const right = { client_id: fapi.id }
    expect({
      hour: await of(now, now + 3_600),
      longer: await of(now, now + 3_601),
      before: await of(now - 3_600, now),
      longBefore: await of(now - 3_601, now - 1),
      withoutStart: await of(undefined, now + 60),
      withoutEnd: await of(now, undefined),
      usual: await signed({ nbf: now, exp: now + 9_999 }),
    }).toEqual({
      hour: right,
      longer: words,
      before: right,
      longBefore: words,
      withoutStart: words,
      withoutEnd: words,
      usual: own,
    })
  })
})
