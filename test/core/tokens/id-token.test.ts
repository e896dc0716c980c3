// What an ID token says, and which texts are one that came back.
import { describe, expect, it } from 'vitest'
import { readIdTokenHint, signIdToken } from '../../../src/core/tokens/id-token.ts'
import { type TokenType, signJwt } from '../../../src/crypto/jwt.ts'
import { coreServer, store } from '../../support/core-server.ts'
import { claimsOf } from '../../support/forge.ts'
import { issuer } from '../../support/http.ts'
import { newClient, now, storeUser } from '../../support/records.ts'

const { as } = coreServer()
const client = newClient()
const user = await storeUser(store.userAdministration, { name: 'Dory' })

describe('an ID token', () => {
  // The access token of the example in OpenID Connect Core A.3, and its at_hash.
  const token = {
    accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y',
    expiresAt: now + 600,
    scope: ['openid'],
  }
  const signIn = { authTime: now - 5.5, amr: 'pwd otp', acr: 'urn:postern:acr:2' }
  const grant = { ...signIn, sessionId: null, claimsRequest: null }
  const usual = {
    ...{ iss: issuer, sub: user.sub, aud: client.id, exp: now + 600, iat: now },
    ...{ auth_time: now - 6, amr: ['pwd', 'otp'], acr: 'urn:postern:acr:2' },
    at_hash: '77QmUPtjPfzWtF2AnpK9RQ',
  }
  const said = async (facts: object = {}, more: object = {}, metadata: object = {}) => {
    const of = { ...client, metadata: { ...client.metadata, ...metadata } }
    return claimsOf(await signIdToken(as, of, user, { ...grant, ...facts }, { ...token, ...more }))
  }

  it('has neither a nonce nor a session where there is none', async () => {
    expect(await said()).toEqual(usual)
  })

  it('has the nonce of the request, and the session of the grant', async () => {
    const found = await said({ sessionId: 'a session' }, { nonce: 'a nonce' })
    expect(found).toEqual({ ...usual, nonce: 'a nonce', sid: 'a session' })
  })

  it('has the claims of the scope, unless its client wants the named ones alone', async () => {
    const scope = { scope: ['openid', 'profile'] }
    const profile = { name: 'Dory', preferred_username: user.username, updated_at: now - 100 }
    const minimal = { id_token_claims: 'minimal' }
    const named = { ...minimal, claims: { id_token: ['name'] } }
    const claimsRequest = JSON.stringify({ id_token: { preferred_username: null } })
    const may = { ...minimal, scope: 'openid profile' }
    expect({
      all: await said({}, scope),
      minimal: await said({}, scope, minimal),
      registered: await said({}, scope, named),
      requested: await said({ claimsRequest }, scope, may),
    }).toEqual({
      all: { ...usual, ...profile },
      minimal: usual,
      registered: { ...usual, name: 'Dory' },
      requested: { ...usual, preferred_username: user.username },
    })
  })
})

describe('a hint', () => {
  const claims = {
    ...{ iss: issuer, sub: 'usr_1', aud: client.id, sid: 'a session' },
    ...{ auth_time: now - 5, exp: now - 1 },
  }
  const read = async (others: object = {}, typ: TokenType = 'JWT', at = as) => {
    const signer = await as.signingKeys.signer('ES256', now)
    return readIdTokenHint(at, await signJwt(signer, typ, { ...claims, ...others }))
  }
  const hint = { subject: 'usr_1', audience: client.id, sessionId: 'a session' }

  it('may have expired, and be of any issuer that is ours', async () => {
    const former = 'https://former.example'
    const moved = coreServer({ ownIssuers: [issuer, former] }).as
    expect({
      expired: await read(),
      former: await read({ iss: former }, 'JWT', moved),
    }).toEqual({ expired: hint, former: hint })
  })

  it.each([undefined, 1])('has no session where its sid is %o', async (sid) => {
    expect(await read({ sid })).toEqual({ ...hint, sessionId: undefined })
  })

  it.each([
    ['iss', 'https://other.example'],
    ['iss', undefined],
    ['sub', undefined],
    ['sub', 1],
    ['aud', undefined],
    ['aud', [client.id]],
    ['auth_time', undefined],
  ])('is none with another %s: %o', async (name, value) => {
    expect(await read({ [name]: value })).toBeNull()
  })

  it('is no token of another kind', async () => {
    expect(await read({}, 'at+jwt')).toBeNull()
  })

  it('that names no key costs no look at the keys', async () => {
    const blind = coreServer({ signingKeys: null }).as
    expect(await readIdTokenHint(blind, 'no.id.token')).toBeNull()
  })
})
