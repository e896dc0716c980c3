// What tokens are bound to.
import { expect, it } from 'vitest'
import { boundKey, isProvedKey, proves } from '../../../src/core/tokens/confirmation.ts'
import { newClient } from '../../support/records.ts'

const [key, certificate] = [{ jkt: 'a' }, { 'x5t#S256': 'a' }]

it('a proved key is one of DPoP', () => {
  expect([key, certificate, null, undefined].map(isProvedKey)).toEqual([true, false, false, false])
})

it('the very key or certificate is proved, and no other of the same thumbprint', () => {
  const by = (proved: Parameters<typeof proves>[0]) => [
    proves(proved, key),
    proves(proved, certificate),
  ]
  expect({
    key: by(key),
    certificate: by(certificate),
    otherKey: by({ jkt: 'b' }),
    otherCertificate: by({ 'x5t#S256': 'b' }),
    none: by(undefined),
  }).toEqual({
    key: [true, false],
    certificate: [false, true],
    otherKey: [false, false],
    otherCertificate: [false, false],
    none: [false, false],
  })
})

it('the refresh token of a public client is bound to what it proved', () => {
  const { metadata, ...client } = newClient()
  const of = (method: 'none' | 'client_secret_basic') => {
    const owner = { ...client, metadata: { ...metadata, token_endpoint_auth_method: method } }
    return [key, certificate, undefined].map((proved) => boundKey(owner, proved))
  }
  expect({ public: of('none'), confidential: of('client_secret_basic') }).toEqual({
    public: ['a', 'a', null],
    confidential: [null, null, null],
  })
})
