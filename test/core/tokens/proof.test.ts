// Proofs of possession, each rule by itself: one member of a valid proof differs.
import { describe, expect, it } from 'vitest'
import {
  boundCertificate,
  proveKey,
  requireBinding,
  requireConfirmation,
  tokenTypeOf,
} from '../../../src/core/tokens/proof.ts'
import { proofNonce } from '../../../src/crypto/proof-nonce.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { coreServer, refusalOf } from '../../support/core-server.ts'
import { newProofKey, proofOf, type ProofFacts } from '../../support/dpop.ts'
import { issuer } from '../../support/http.ts'
import { newClient, now } from '../../support/records.ts'

const key = await newProofKey()
const { metadata } = newClient()
const clientOf = (change: object = {}) => newClient({ metadata: { ...metadata, ...change } })
const path = '/oauth2/token'

type Given = { settings?: object; metadata?: object; accessToken?: string; facts?: ProofFacts }

/** What a proof for this moment proves, but for what is given. */
async function proved({
  settings = {},
  metadata: change = {},
  accessToken,
  facts = {},
}: Given = {}) {
  const { as } = coreServer({}, settings)
  const text = await proofOf(key, { jti: 'a jti', iat: now, ...facts })
  return proveKey(as, clientOf(change), { text, method: 'POST', path }, accessToken)
}
const refusal = (given: Given) => refusalOf(() => proved(given))
const none = 'none'
const invalid = 'invalid_dpop_proof'
const useNonce = 'use_dpop_nonce'

describe('a proof', () => {
  it('proves its key, and spends its jti for that key at that endpoint', async () => {
    const { confirmation, spending } = await proved()
    expect({ confirmation, spending: { ...spending, refusal: spending.refusal().code } }).toEqual({
      confirmation: { jkt: key.thumbprint },
      spending: {
        digest: await digestOf(
          JSON.stringify(['proof of possession', path, key.thumbprint, 'a jti']),
        ),
        expiresAt: now + 360,
        onlyIfGranted: true,
        refusal: invalid,
      },
    })
  })

  it('is for the method', async () => {
    expect(await refusal({ facts: { htm: 'GET' } })).toBe(invalid)
  })

  it('is for the endpoint, under the issuer or the host for certificates', async () => {
    const htu = (value: string, settings = {}) => refusal({ facts: { htu: value }, settings })
    const mtls = 'https://mtls.example/oauth2/token'
    expect({
      query: await htu(`${issuer}${path}?a#b`),
      path: await htu(`${issuer}/oauth2/introspect`),
      origin: await htu(`https://other.example${path}`),
      none: await htu('none'),
      mtls: await htu(mtls, { mtlsHost: 'mtls.example' }),
      issuerBeside: await htu(`${issuer}${path}`, { mtlsHost: 'mtls.example' }),
      noMtls: await htu(mtls),
      undefinedHost: await htu(`https://undefined${path}`),
    }).toEqual({
      ...{ query: none, path: invalid, origin: invalid, none: invalid },
      ...{ mtls: none, issuerBeside: none, noMtls: invalid, undefinedHost: invalid },
    })
  })

  it('is for the access token, where there is one', async () => {
    const accessToken = 'a token'
    expect({
      own: await refusal({ accessToken, facts: { ath: await digestOf(accessToken) } }),
      other: await refusal({ accessToken, facts: { ath: await digestOf('another') } }),
      missing: await refusal({ accessToken }),
      needless: await refusal({ facts: { ath: 'any' } }),
    }).toEqual({ own: none, other: invalid, missing: invalid, needless: none })
  })

  it('is of these minutes', async () => {
    expect({
      old: await refusal({ facts: { iat: now - 301 } }),
      ahead: await refusal({ facts: { iat: now + 61 } }),
    }).toEqual({ old: invalid, ahead: invalid })
  })

  it('has a nonce of this server where the client or the server demands one, and no other', async () => {
    const { as } = coreServer()
    const nonce = await proofNonce(as.keys, now)
    const required = { dpopNonce: 'required' }
    expect({
      offered: await refusal({}),
      required: await refusal({ settings: required }),
      byClient: await refusal({ metadata: { dpop_nonce: 'required' } }),
      clientFirst: await refusal({ settings: required, metadata: { dpop_nonce: 'offered' } }),
      own: await refusal({ settings: required, facts: { nonce } }),
      other: await refusal({ facts: { nonce: 'another' } }),
    }).toEqual({
      ...{ offered: none, required: useNonce, byClient: useNonce },
      ...{ clientFirst: none, own: none, other: useNonce },
    })
  })
})

describe('a certificate', () => {
  it('binds the tokens of a client that is registered for it', () => {
    const bound = clientOf({ tls_client_certificate_bound_access_tokens: true })
    const { as } = coreServer({ certificate: { thumbprint: 'a thumbprint' } })
    expect({
      bound: boundCertificate(as, bound),
      unregistered: boundCertificate(as, clientOf()),
      without: boundCertificate(coreServer().as, bound),
    }).toEqual({
      bound: { 'x5t#S256': 'a thumbprint' },
      unregistered: undefined,
      without: undefined,
    })
  })
})

describe('what a client is registered for', () => {
  const byKey = { jkt: 'a key' }
  const byCertificate = { 'x5t#S256': 'a certificate' }

  it('the profile fapi2 takes either', async () => {
    const by = (change: object, confirmation?: Parameters<typeof requireBinding>[1]) =>
      refusalOf(() => requireBinding(clientOf(change), confirmation))
    const profile = { profile: 'fapi2' }
    expect({
      none: await by(profile),
      key: await by(profile, byKey),
      certificate: await by(profile, byCertificate),
      others: await by({}),
    }).toEqual({ none: invalid, key: none, certificate: none, others: none })
  })

  it('DPoP takes a key, certificates take either', async () => {
    const by = (change: object, confirmation?: Parameters<typeof requireConfirmation>[1]) =>
      refusalOf(() => requireConfirmation(clientOf(change), confirmation))
    const dpop = { dpop_bound_access_tokens: true }
    const mtls = { tls_client_certificate_bound_access_tokens: true }
    expect({
      dpop: [await by(dpop), await by(dpop, byCertificate), await by(dpop, byKey)],
      mtls: [await by(mtls), await by(mtls, byKey), await by(mtls, byCertificate)],
      neither: await by({}),
    }).toEqual({
      dpop: [invalid, invalid, none],
      mtls: ['invalid_request', none, none],
      neither: none,
    })
  })
})

describe('the type of a token', () => {
  it('is DPoP for a key, else Bearer', () => {
    expect({
      key: tokenTypeOf({ jkt: 'a key' }),
      certificate: tokenTypeOf({ 'x5t#S256': 'a certificate' }),
      none: tokenTypeOf(undefined),
    }).toEqual({ key: 'DPoP', certificate: 'Bearer', none: 'Bearer' })
  })
})
