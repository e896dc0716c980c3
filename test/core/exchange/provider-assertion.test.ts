// Assertions of providers: whom the server believes, and which claims bind an assertion to this request.
import type { JWTPayload } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Client } from '../../../src/core/clients/storage.ts'
import { readProviderAssertion } from '../../../src/core/exchange/provider-assertion.ts'
import type { Confirmation } from '../../../src/core/tokens/storage.ts'
import { makeKey, signToken } from '../../federation/providers.ts'
import { coreServer, descriptionOf } from '../../support/core-server.ts'
import { issuer } from '../../support/http.ts'
import { newClient, now } from '../../support/records.ts'

const key = await makeKey()
const company = 'https://company.example'
const { metadata } = newClient()
const client = newClient({ id: 'an app' })
const open = newClient({ metadata: { ...metadata, token_endpoint_auth_method: 'none' } })

const providerOf = (facts: object = {}) => ({
  id: 'a provider',
  configuration: {
    ...{ issuer: company, assertions: true, assertion_clients: [client.id, open.id], ...facts },
  },
})

type Given = {
  claims?: JWTPayload
  header?: object
  of?: Client
  from?: string
  providers?: object[]
  confirmation?: Confirmation
  signedBy?: typeof key
}

async function read(given: Given = {}) {
  const {
    claims = {},
    header = {},
    of = client,
    from = company,
    providers = [providerOf()],
  } = given
  const source = { find: async () => [key.jwk], findAgain: async () => null }
  const { as } = coreServer({
    providers: { list: () => Promise.resolve(providers) },
    providerKeySets: () => source,
  })
  const usual = {
    ...{ iss: from, sub: 'somebody', aud: issuer, client_id: client.id, exp: now + 60, iat: now },
  }
  const typ = { typ: 'oauth-id-jag+jwt' }
  const text = await signToken(
    given.signedBy ?? key,
    { ...usual, ...claims },
    { ...typ, ...header },
  )
  return readProviderAssertion(as, of, { text, issuer: from, confirmation: given.confirmation })
}
const fault = (given: Given = {}) => descriptionOf(() => read(given))
const plain = (claims: JWTPayload = {}, header: object = { typ: 'JWT' }) =>
  fault({ header, claims: { client_id: undefined, ...claims } })

const untrusted = 'the assertion has an iss claim that is not trusted'
const notPresent = 'the assertion is of a provider whose assertions the client may not present'
const notAlone = 'the assertion has an aud claim that is not this server alone'
const notIssuer = 'the assertion has an aud claim that is not the issuer alone'
const notProved = 'the assertion has a cnf claim with a key that the request does not prove'

describe('an assertion of a provider', () => {
  it('names a user by the subject at that provider', async () => {
    const { claims, subject } = await read()
    expect({ sub: claims.sub, subject }).toEqual({
      sub: 'somebody',
      subject: { providerId: 'a provider', issuer: company, subject: 'somebody' },
    })
  })

  it('is of a provider that the operator trusts with the client, and never of this server', async () => {
    const by = (...providers: object[]) => fault({ providers })
    expect({
      none: await by(),
      other: await by(providerOf({ issuer: 'https://other.example' })),
      withoutAssertions: await by(providerOf({ assertions: false })),
      otherClient: await by(providerOf({ assertion_clients: ['another'] })),
      second: await by(providerOf({ assertion_clients: [] }), providerOf()),
      own: await fault({ from: issuer, providers: [providerOf({ issuer })] }),
    }).toEqual({
      ...{ none: untrusted, other: untrusted, withoutAssertions: untrusted },
      ...{
        otherClient: notPresent,
        second: 'none',
        own: 'the assertion was issued by this server',
      },
    })
  })

  it('is for confidential clients', async () => {
    expect(await fault({ of: open })).toBe(
      'assertions of providers are for confidential clients only',
    )
  })

  it('is signed by a key of its issuer, as a JWT, and in time', async () => {
    expect({
      key: await fault({ signedBy: { ...(await makeKey()), kid: key.kid } }),
      type: await fault({ header: { typ: 'at+jwt' } }),
      time: await fault({ claims: { exp: now - 60 } }),
    }).toEqual({
      key: 'the assertion is not signed by a key of its issuer',
      type: 'the assertion is not a JWT with an acceptable header (alg, typ)',
      time: 'the assertion has expired: see its exp claim',
    })
  })
})

describe('an identity assertion grant', () => {
  it('is for the issuer alone, the client that presents it, and no tenant', async () => {
    const by = (claims: JWTPayload) => fault({ claims })
    expect({
      aud: await by({ aud: [issuer, 'another'] }),
      endpoint: await by({ aud: `${issuer}/oauth2/token` }),
      client: await by({ client_id: 'another' }),
      tenant: await by({ tenant: 'a' }),
      audTenant: await by({ aud_tenant: 'a' }),
    }).toEqual({
      ...{ aud: notIssuer, endpoint: notIssuer },
      client: 'the assertion has a client_id claim that is not the authenticated client',
      tenant: 'the assertion is for a tenant that is unknown',
      audTenant: 'the assertion is for a tenant that is unknown',
    })
  })
})

describe('a plain assertion', () => {
  it('is for this server alone, by either name', async () => {
    expect({
      issuer: await plain(),
      endpoint: await plain({ aud: `${issuer}/oauth2/token` }),
      untyped: await plain({}, { typ: undefined }),
      other: await plain({ aud: 'another' }),
    }).toEqual({ issuer: 'none', endpoint: 'none', untyped: 'none', other: notAlone })
  })

  it.each(['client_id', 'nonce', 'at_hash', 'c_hash', 'events'])(
    'is no other token of the provider, with the claim %s',
    async (name) => {
      expect(await plain({ [name]: 'a' })).toBe(
        `the assertion is another kind of token: it has the claim ${name}`,
      )
    },
  )
})

describe('an assertion that is bound to a key', () => {
  const by = (cnf: unknown, confirmation?: Confirmation) =>
    fault({ claims: { cnf }, ...(confirmation === undefined ? {} : { confirmation }) })

  it('is presented with that key', async () => {
    const certificate = { 'x5t#S256': 'a' }
    expect({
      own: await by({ jkt: 'a' }, { jkt: 'a' }),
      certificate: await by(certificate, certificate),
      other: await by({ jkt: 'a' }, { jkt: 'b' }),
      otherKind: await by({ jkt: 'a' }, certificate),
      none: await by({ jkt: 'a' }),
      unknown: await by({ kid: 'a' }, { jkt: 'a' }),
      beside: await by({ jkt: 'a', kid: 'b' }, { jkt: 'a' }),
      unbound: await fault({ confirmation: { jkt: 'a' } }),
    }).toEqual({
      ...{ own: 'none', certificate: 'none', other: notProved, otherKind: notProved },
      ...{ none: notProved, unknown: notProved, beside: notProved, unbound: 'none' },
    })
  })
})
