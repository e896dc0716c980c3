// The client authentication methods: what each reads of a request, and what it takes for a proof.
import { describe, expect, it } from 'vitest'
import {
  isSelfDescribedApp,
  isUnnamed,
  requireGrantType,
} from '../../../src/core/clients/authentication.ts'
import type { RegisteredMetadata } from '../../../src/core/clients/metadata.ts'
import type { ClientCredentials } from '../../../src/core/clients/methods/method.ts'
import { clientMethods, workingMethodNames } from '../../../src/core/clients/methods/methods.ts'
import { none } from '../../../src/core/clients/methods/none.ts'
import { privateKeyJwt } from '../../../src/core/clients/methods/private-key-jwt.ts'
import { secretBasic } from '../../../src/core/clients/methods/secret-basic.ts'
import { secretPost } from '../../../src/core/clients/methods/secret-post.ts'
import { selfSignedTlsClientAuth } from '../../../src/core/clients/methods/self-signed-tls-client-auth.ts'
import { tlsClientAuth } from '../../../src/core/clients/methods/tls-client-auth.ts'
import {
  defaultSigningAlgorithm,
  isFapi2,
  isFapiAlgorithm,
} from '../../../src/core/clients/profile.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { newClient } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'

const as = requestToCore()
const client = newClient()
const nothing: ClientCredentials = { clientId: client.id, clientSecret: undefined }

const registered = (metadata: Partial<RegisteredMetadata>): Client => ({
  ...client,
  metadata: { ...client.metadata, ...metadata },
})

const bodyOf = (form: Record<string, string>) => ({
  authorization: null,
  parameters: new Map(Object.entries(form)),
})

it('which methods share a secret, and which of them work without certificates', () => {
  expect({
    sharing: clientMethods.filter(({ sharesSecret }) => sharesSecret).map(({ name }) => name),
    withoutCertificates: workingMethodNames(false),
    withCertificates: workingMethodNames(true),
  }).toEqual({
    sharing: ['client_secret_basic', 'client_secret_post'],
    withoutCertificates: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    withCertificates: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'none',
    ],
  })
})

describe('client_secret_basic reads', () => {
  const read = (authorization: string | null) =>
    refusalOf(async () => secretBasic.read({ authorization, parameters: new Map() }))
  const header = (text: string) => `Basic ${btoa(text)}`

  it('id and secret, split at the first colon, with the padding or without', async () => {
    expect({
      none: await read(null),
      short: await read(header('a:b')),
      colons: await read(header('a:b:c\n')),
      padded: await read('Basic YTpiYw=='),
      unpadded: await read('Basic YTpiYw'),
      empty: await read(header('a:')),
      encoded: await read(header('a%3A:b%3A')),
      unencoded: await read(header('a:b%')),
    }).toEqual({
      none: null,
      short: { clientId: 'a', clientSecret: 'b' },
      colons: { clientId: 'a', clientSecret: 'b:c\n' },
      padded: { clientId: 'a', clientSecret: 'bc' },
      unpadded: { clientId: 'a', clientSecret: 'bc' },
      empty: { clientId: 'a', clientSecret: undefined },
      encoded: { clientId: 'a:', clientSecret: 'b:', clientSecretAsSent: 'b%3A' },
      unencoded: { clientId: 'a', clientSecret: 'b%' },
    })
  })

  it.each([
    ['another scheme before', `Digest ${header('a:b')}`],
    ['something behind', `${header('a:b')}, realm`],
    ['wrong padding', 'Basic YTpi='],
    ['bytes that are no UTF-8', `Basic ${btoa('a:\xff')}`],
    ['no colon', header('ab')],
    ['no id', header(':b')],
    ['an id that cannot be decoded', header('a%:b')],
  ])('no header with %s', async (_what, authorization) => {
    expect(await read(authorization)).toEqual({
      error: 'invalid_client',
      reason: 'header_malformed',
    })
  })
})

describe('what the form brings', () => {
  it('is a secret, or the name of a client alone', () => {
    expect({
      post: secretPost.read(bodyOf({ client_id: 'a', client_secret: 'b' })),
      postWithout: secretPost.read(bodyOf({ client_id: 'a' })),
      none: none.read(bodyOf({ client_id: 'a' })),
      noneWithout: none.read(bodyOf({})),
    }).toEqual({
      post: { clientId: 'a', clientSecret: 'b' },
      postWithout: null,
      none: { clientId: 'a', clientSecret: undefined },
      noneWithout: null,
    })
  })

  it('is an assertion with its type, of the client that the form names', async () => {
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const assertion = `e30.${btoa('{"sub":"a"}').replaceAll('=', '')}.e30`
    const read = (form: Record<string, string>) =>
      refusalOf(async () => privateKeyJwt.read(bodyOf(form)))
    const both = { client_assertion: assertion, client_assertion_type: type }
    const refused = { error: 'invalid_client', reason: 'assertion_wrong' }
    expect({
      both: await read(both),
      neither: await read({ client_id: 'a' }),
      named: await read({ ...both, client_id: 'a' }),
      another: await read({ ...both, client_id: 'b' }),
      typeAlone: await read({ client_assertion_type: type }),
      assertionAlone: await read({ client_assertion: assertion }),
      anotherType: await read({ ...both, client_assertion_type: 'saml' }),
      subjectless: await read({ ...both, client_assertion: 'e30.e30.e30' }),
    }).toEqual({
      both: { clientId: 'a', clientSecret: undefined, assertion },
      neither: null,
      named: { clientId: 'a', clientSecret: undefined, assertion },
      another: refused,
      typeAlone: refused,
      assertionAlone: refused,
      anotherType: refused,
      subjectless: refused,
    })
  })
})

describe('what proves nobody', () => {
  it('the name alone, where there is no client or more than the name was sent', async () => {
    expect({
      name: await none.prove(client, nothing, as),
      nobody: await none.prove(null, nothing, as),
      secret: await none.prove(client, { ...nothing, clientSecret: 'a' }, as),
      assertion: await none.prove(client, { ...nothing, assertion: 'a' }, as),
    }).toEqual({ name: { clientSecret: undefined }, nobody: null, secret: null, assertion: null })
  })

  it('a method of which nothing was sent', async () => {
    const proofs = [secretBasic, secretPost, privateKeyJwt, tlsClientAuth, selfSignedTlsClientAuth]
    const prove = (whose: typeof client | null) =>
      Promise.all(proofs.map((method) => method.prove(whose, nothing, as)))
    expect({ client: await prove(client), nobody: await prove(null) }).toEqual({
      client: proofs.map(() => null),
      nobody: proofs.map(() => null),
    })
  })

  it('an assertion of nobody, or of a client of another method', async () => {
    const sent = { ...nothing, assertion: 'e30.e30.e30' }
    const other = { ...client, metadata: { ...client.metadata, jwks: { keys: [] } } }
    expect({
      nobody: await privateKeyJwt.prove(null, sent, as),
      other: await privateKeyJwt.prove(other, sent, as),
    }).toEqual({ nobody: null, other: null })
  })
})

describe('a certificate proves', () => {
  const certificate = { thumbprint: 'another', subject: 'CN=a', isIssued: true }
  const named = registered({ tls_client_auth_subject_dn: 'cn=a' })
  const byName = (whose: typeof client | null, shown: Partial<typeof certificate> | null = {}) =>
    tlsClientAuth.prove(
      whose,
      nothing,
      requestToCore({ certificate: shown === null ? null : { ...certificate, ...shown } }),
    )

  it('by its name, if an authority has issued it and the client has registered the name', async () => {
    expect({
      right: await byName(named),
      other: await byName(named, { subject: 'CN=b' }),
      unreadable: await byName(named, { subject: 'a' }),
      bothUnreadable: await byName(registered({ tls_client_auth_subject_dn: 'a' }), {
        subject: 'a',
      }),
      selfIssued: await byName(named, { isIssued: false }),
      none: await byName(named, null),
      unregistered: await byName(client),
      nobody: await byName(null),
    }).toEqual({
      right: { clientSecret: undefined },
      other: null,
      unreadable: null,
      bothUnreadable: null,
      selfIssued: null,
      none: null,
      unregistered: null,
      nobody: null,
    })
  })

  it('by its bytes, if they are the first certificate of a registered key', async () => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array([1, 2, 3])))
    const thumbprint = btoa(String.fromCharCode(...digest))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
    const own = requestToCore({ certificate: { ...certificate, thumbprint, isIssued: false } })
    const proof = (x5c: unknown) => {
      const jwks = { keys: [{ kty: 'EC', x5c }] }
      return selfSignedTlsClientAuth.prove(registered({ jwks }), nothing, own)
    }
    expect({
      first: await proof(['AQID']),
      second: await proof(['AQIE', 'AQID']),
      unreadable: await proof(['?']),
      text: await proof('AQID'),
      none: await proof(undefined),
      withoutKeys: await selfSignedTlsClientAuth.prove(client, nothing, own),
      nobody: await selfSignedTlsClientAuth.prove(null, nothing, own),
    }).toEqual({
      first: { clientSecret: undefined },
      second: null,
      unreadable: null,
      text: null,
      none: null,
      withoutKeys: null,
      nobody: null,
    })
  })
})

it('FAPI 2.0 5.4.1: a client of the profile fapi2 gets no RS256, and signs with none', () => {
  const profile = 'fapi2'
  expect({
    isFapi2: [isFapi2({ metadata: { profile } }), isFapi2({ metadata: {} })],
    signsWith: ['RS256', 'PS256', 'ES256', 'EdDSA'].filter(isFapiAlgorithm),
    gets: [defaultSigningAlgorithm({ profile }), defaultSigningAlgorithm({})],
  }).toEqual({
    isFapi2: [true, false],
    signsWith: ['PS256', 'ES256', 'EdDSA'],
    gets: ['ES256', 'RS256'],
  })
})

describe('what a client may ask for', () => {
  const refusal = (metadata: Partial<RegisteredMetadata>, grant: 'password' | 'refresh_token') =>
    refusalOf(async () => requireGrantType(registered(metadata), grant))
  const unauthorized = { error: 'unauthorized_client', reason: undefined }

  it('are the grants that it is registered for; passwords only if it is trusted', async () => {
    const grant_types: RegisteredMetadata['grant_types'] = ['password', 'refresh_token']
    expect({
      registered: await refusal({ grant_types, trusted: true }, 'password'),
      untrusted: await refusal({ grant_types, trusted: false }, 'password'),
      another: await refusal({ grant_types, trusted: false }, 'refresh_token'),
      unregistered: await refusal({ grant_types: ['password'], trusted: true }, 'refresh_token'),
    }).toEqual({
      registered: undefined,
      untrusted: unauthorized,
      another: undefined,
      unregistered: unauthorized,
    })
  })
})

it('a request is unnamed if it brings no id, no secret and no assertion', () => {
  const nothing = { clientId: undefined, clientSecret: undefined }
  expect({
    nothing: isUnnamed(nothing),
    id: isUnnamed({ ...nothing, clientId: 'a' }),
    secret: isUnnamed({ ...nothing, clientSecret: 'a' }),
    assertion: isUnnamed({ ...nothing, assertion: 'a' }),
  }).toEqual({ nothing: true, id: false, secret: false, assertion: false })
})

it('an app of agents is public, and registered itself or has a document', () => {
  const isApp = (client: Client, origin: string) => isSelfDescribedApp({ ...client, origin })
  const publicClient = registered({ token_endpoint_auth_method: 'none' })
  expect({
    registered: isApp(publicClient, 'dcr'),
    described: isApp(publicClient, 'cimd'),
    created: isApp(publicClient, 'operator'),
    confidential: isApp(registered({ token_endpoint_auth_method: 'client_secret_basic' }), 'dcr'),
  }).toEqual({ registered: true, described: true, created: false, confidential: false })
})
