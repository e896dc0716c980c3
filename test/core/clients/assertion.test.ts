// Assertions: for how long one is good, what spends it, and whose proof it is.
import { describe, expect, it } from 'vitest'
import {
  type AssertionClaims,
  algorithmsOf,
  assertionAlgorithms,
  endpointAudiences,
  isSoleAudience,
  proveByAssertion,
  readAssertion,
  spendingOf,
} from '../../../src/core/clients/assertion.ts'
import type { RegisteredMetadata } from '../../../src/core/clients/metadata.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import { invalidClient } from '../../../src/protocol/error.ts'
import { makeKey, signToken } from '../../federation/providers.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { newClient, now } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'

const [key, otherKey] = [await makeKey(), await makeKey()]
const registered = { ...key.jwk, kty: 'EC' }
const usual = newClient()
const clientOf = (metadata: Partial<RegisteredMetadata> = {}): Client => ({
  ...usual,
  metadata: {
    ...usual.metadata,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [registered] },
    ...metadata,
  },
})
const client = clientOf()
const as = requestToCore({ now, issuer: 'https://id.example', ownIssuers: ['https://id.example'] })
const claims: AssertionClaims = {
  iss: client.id,
  sub: client.id,
  aud: 'https://id.example',
  exp: now + 60,
  jti: 'an identifier',
}

describe('RFC 7523 3: the times of an assertion', () => {
  const keys = { find: async () => [registered], findAgain: async () => null }
  const faultOf = async (times: Partial<AssertionClaims>) => {
    const text = await signToken(key, { ...claims, ...times })
    const read = await readAssertion(as, text, { algorithms: ['ES256'], types: [] }, keys)
    return 'fault' in read ? read.fault : read
  }

  it.each([
    ['exp', now - 5, now - 4, 'has expired: see its exp claim'],
    ['exp', now + 3_661, now + 3_660, 'has an exp claim more than an hour ahead'],
    ['nbf', now + 61, now + 60, 'is not valid yet: see its nbf claim'],
    ['iat', now + 61, now + 60, 'has an iat claim in the future'],
  ])('%s: to the second', async (name, wrong, right, fault) => {
    expect({
      wrong: await faultOf({ [name]: wrong }),
      right: await faultOf({ [name]: right }),
    }).toEqual({ wrong: fault, right: { claims: { ...claims, [name]: right }, type: undefined } })
  })

  it('a name is one character at least, and 2000 at most', async () => {
    const longest = 'a'.repeat(2000)
    expect({
      longest: await faultOf({ jti: longest }),
      longer: await faultOf({ jti: `${longest}a` }),
      empty: await faultOf({ sub: '' }),
    }).toEqual({
      longest: { claims: { ...claims, jti: longest }, type: undefined },
      longer: 'has a missing or malformed claim: jti',
      empty: 'has a missing or malformed claim: sub',
    })
  })
})

describe('what spends an assertion', () => {
  const refusal = () => invalidClient('used')
  const digestOf = async (
    text: string,
    facts: Partial<AssertionClaims>,
    purpose: 'client assertion' | 'assertion' = 'assertion',
  ) => (await spendingOf(purpose, text, { ...claims, ...facts }, refusal)).digest

  it('is its issuer and its jti, for one purpose, whoever signed what', async () => {
    const digest = await digestOf('a.b.c', {})
    expect({
      otherText: await digestOf('d.e.f', { sub: 'another' }),
      distinct: new Set([
        digest,
        await digestOf('a.b.c', { iss: 'another' }),
        await digestOf('a.b.c', { jti: 'another' }),
        await digestOf('a.b.c', {}, 'client assertion'),
      ]).size,
    }).toEqual({ otherText: digest, distinct: 4 })
  })

  it('is what was signed where it has no jti, and not the signature', async () => {
    const jti = undefined
    const digest = await digestOf('a.b.c', { jti })
    expect({
      otherSignature: await digestOf('a.b.d', { jti }),
      otherContent: (await digestOf('a.d.c', { jti })) === digest,
    }).toEqual({ otherSignature: digest, otherContent: false })
  })

  it('is remembered for a minute longer than the assertion is good', async () => {
    expect(await spendingOf('assertion', 'a.b.c', claims, refusal)).toEqual({
      digest: expect.any(String),
      expiresAt: claims.exp + 60,
      refusal,
    })
  })
})

describe('a client assertion', () => {
  const proof = (whose: typeof client, facts: Partial<AssertionClaims> = {}, by = key) =>
    refusalOf(async () => proveByAssertion(as, whose, await signToken(by, { ...claims, ...facts })))
  const right = { clientSecret: undefined, spends: [expect.any(Object)] }
  const refused = { error: 'invalid_client', reason: 'assertion_wrong' }

  it('is signed by a registered key of the client, who is its issuer and its subject', async () => {
    expect({
      right: await proof(client),
      otherKey: await proof(client, {}, otherKey),
      noKeys: await proof(clientOf({ jwks: undefined })),
      otherIssuer: await proof(client, { iss: 'another' }),
      otherSubject: await proof(client, { sub: 'another' }),
      withoutIdentifier: await proof(client, { jti: undefined }),
      expired: await proof(client, { exp: now - 5 }),
    }).toEqual({
      right,
      otherKey: null,
      noKeys: null,
      otherIssuer: refused,
      otherSubject: refused,
      withoutIdentifier: refused,
      expired: refused,
    })
  })

  it('is made out to the issuer alone; for fapi2 as text, for some clients to the token endpoint', async () => {
    const endpoint = 'https://id.example/oauth2/token'
    const listed = { aud: ['https://id.example'] }
    const old = clientOf({ assertion_audience: 'token_endpoint' })
    const fapi = clientOf({ profile: 'fapi2' })
    expect({
      listed: await proof(client, listed),
      endpoint: await proof(client, { aud: endpoint }),
      endpointOfOld: await proof(old, { aud: endpoint }),
      issuerOfOld: await proof(old),
      listedOfFapi: await proof(fapi, listed),
      textOfFapi: await proof(fapi),
    }).toEqual({
      listed: right,
      endpoint: refused,
      endpointOfOld: right,
      issuerOfOld: right,
      listedOfFapi: refused,
      textOfFapi: right,
    })
  })

  it('CA6: is a JWT of its own kind, or of none in particular', async () => {
    const typed = async (typ: string) =>
      refusalOf(async () => proveByAssertion(as, client, await signToken(key, claims, { typ })))
    expect({
      jwt: await typed('JWT'),
      own: await typed('client-authentication+jwt'),
      other: await typed('at+jwt'),
      none: await refusalOf(() => proveByAssertion(as, client, 'none')),
    }).toEqual({ jwt: right, own: right, other: refused, none: refused })
  })

  it('says when it was used before, and is spent once', async () => {
    const proved = await proveByAssertion(as, client, await signToken(key, claims))
    const [spending] = proved?.spends ?? []
    expect(spending?.refusal().reason).toBe('assertion_used')
  })
})

it('FAPI 2.0 5.4.1: any algorithm of ours, but RS256 for fapi2; the registered one alone', () => {
  expect({
    any: algorithmsOf(client, undefined),
    fapi: algorithmsOf(clientOf({ profile: 'fapi2' }), undefined),
    registered: algorithmsOf(client, 'PS256'),
  }).toEqual({
    any: assertionAlgorithms,
    fapi: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    registered: ['PS256'],
  })
})

it('RFC 10070 4: an audience is one of our names and nobody else', () => {
  const names = ['a', 'b']
  const audiences = ['a', 'c', ['b'], ['a', 'b'], ['a', 'c'], ['c'], []]
  expect({
    sole: audiences.filter((aud) => isSoleAudience(aud, names)),
    ofEndpoint: endpointAudiences(as),
  }).toEqual({
    sole: ['a', ['b']],
    ofEndpoint: ['https://id.example', 'https://id.example/oauth2/token'],
  })
})
