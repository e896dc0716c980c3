// What access tokens say, what comes with them, and the rows of new grants.
import { describe, expect, it } from 'vitest'
import {
  issue,
  lifetimesOf,
  prepareGrant,
  signAccessToken,
  withoutRefreshToken,
} from '../../../src/core/tokens/issuance.ts'
import { digestOf, instantOfId } from '../../../src/crypto/secret.ts'
import { coreServer, store, targetOf, unregistered } from '../../support/core-server.ts'
import { claimsOf } from '../../support/forge.ts'
import { issuer } from '../../support/http.ts'
import { newClient, now, storeUser } from '../../support/records.ts'

const { as } = coreServer({ now: now + 0.75 })
const client = newClient()
const user = await storeUser(store.userAdministration)
const signer = await as.signingKeys.signer('ES256', now)

const idOfToken = expect.stringMatching(/^[\da-f-]{36}$/)
const least = {
  ...{ sub: client.id, iss: issuer, aud: issuer, client_id: client.id },
  ...{ exp: now + 600, iat: now, jti: idOfToken },
}

describe('an access token', () => {
  const said = async (content: object = {}) => {
    const usual = { client, scope: [], targets: [], expiresAt: now + 600 }
    return claimsOf(await signAccessToken(as, { ...usual, ...content }, signer))
  }

  it('says nothing of what it does not have', async () => {
    expect({
      absent: await said(),
      empty: await said({ authorizationDetails: [] }),
    }).toEqual({ absent: least, empty: least })
  })

  it('says what it allows, of which grant it is, and what it is bound to', async () => {
    const content = {
      scope: ['read', 'write'],
      authorizationDetails: [{ type: 'payment' }],
      grantId: 'a grant',
      confirmation: { jkt: 'a key' },
      signedIn: { authTime: now - 0.5, amr: 'pwd', acr: 'urn:postern:acr:1' },
      more: { grant_client_id: 'another' },
    }
    expect(await said(content)).toEqual({
      ...least,
      ...{ scope: 'read write', authorization_details: [{ type: 'payment' }] },
      ...{ grant_id: 'a grant', cnf: { jkt: 'a key' }, grant_client_id: 'another' },
      ...{ auth_time: now - 1, amr: ['pwd'], acr: 'urn:postern:acr:1' },
    })
  })

  it('has the claims of its user, but none of those that only the server states', async () => {
    const claims = { role: 'admin', iss: 'https://other.example', sub: 'usr_2' }
    const { sub } = user
    expect(await said({ user: { sub, claims } })).toEqual({ ...least, sub, role: 'admin' })
  })

  it('names one resource as a text, and several as a list', async () => {
    const [one, two] = [unregistered('https://one.example'), unregistered('https://two.example')]
    expect({
      one: (await said({ targets: [one] }))['aud'],
      both: (await said({ targets: [one, two] }))['aud'],
    }).toEqual({ one: one.uri, both: [one.uri, two.uri] })
  })

  it('counts as issued no earlier than what it depends on, however late the clock is', async () => {
    const instant = async (issuedAfter?: number) =>
      instantOfId(String((await said({ issuedAfter }))['jti']))
    expect({
      alone: await instant(),
      later: await instant(now + 2.5),
      earlier: await instant(now - 2.5),
    }).toEqual({ alone: now + 0.75, later: now + 2.5, earlier: now + 0.75 })
  })
})

describe('an answer of the token endpoint', () => {
  const signIn = { authTime: now, amr: 'pwd', acr: null, sessionId: null, claimsRequest: null }
  const usual = { client, user, scope: ['openid'], targets: [], latest: now + 600, signIn }
  const names = async (more: object) => {
    const { idToken } = await issue(as, { ...usual, ...more })
    return idToken === undefined ? null : claimsOf(idToken)['sub']
  }

  it('has an ID token where the scope has openid, and a user has signed in', async () => {
    expect({
      all: await names({}),
      scope: await names({ scope: ['profile'] }),
      signIn: await names({ signIn: undefined }),
      user: await names({ user: undefined }),
    }).toEqual({ all: user.sub, scope: null, signIn: null, user: null })
  })

  it('says for how long the token is good: as long as its resource takes it', async () => {
    const targets = [targetOf({ resource: 'https://one.example/', access_token_ttl: 60 })]
    const [usually, there] = [await issue(as, usual), await issue(as, { ...usual, targets })]
    expect([usually, there].map((issued) => issued.expiresIn)).toEqual([600, 60])
    expect(claimsOf(there.accessToken)).toMatchObject({ sub: user.sub, exp: now + 60 })
  })
})

describe('the row of a new grant', () => {
  const basis = { scope: ['openid'], resource: [], authTime: now - 5, amr: ['pwd', 'otp'] }
  const prepared = (more: object, at = as, of = client) =>
    prepareGrant(at, of, user.id, { ...basis, withRefreshToken: true, ...more })

  it('without a refresh token ends with its access token', async () => {
    expect(await prepared({ withRefreshToken: false })).toEqual({
      grant: {
        ...{ id: expect.stringMatching(/^[\w-]{22}$/), clientId: client.id, userId: user.id },
        ...{ sessionId: null, scope: 'openid', resource: null, keyThumbprint: null },
        ...{ authTime: now - 5, amr: 'pwd otp', acr: null, claimsRequest: null },
        ...{ authorizationDetails: null, endsWith: null, offline: false, userAgent: null },
        ...{ createdAt: now + 0.75, idleExpiresAt: now + 600, absoluteExpiresAt: now + 600 },
        ...{ accessExpiresAt: now + 600, refreshDigest: null },
        operation: expect.stringMatching(/^[\w-]{22}$/),
      },
      refreshToken: undefined,
    })
  })

  it('has what the request asked for', async () => {
    const facts = {
      ...{ sessionId: 'a session', acr: 'urn:postern:acr:2', claimsRequest: '{}' },
      ...{ authorizationDetails: '[{"type":"payment"}]', endsWith: 'another' },
    }
    const resource = ['https://one.example', 'https://two.example']
    const scope = ['openid', 'offline_access']
    const { grant, refreshToken = '' } = await prepared({ ...facts, resource, scope })
    expect(grant).toMatchObject({
      ...facts,
      ...{ scope: 'openid offline_access', resource: 'https://one.example https://two.example' },
      ...{ offline: true, refreshDigest: await digestOf(refreshToken) },
    })
  })

  it('is idle as long as the settings say, but no longer than it lasts at all', async () => {
    const short = { ...client, metadata: { ...client.metadata, refresh_token_ttl: 30 } }
    const ends = async (of = client) => {
      const { idleExpiresAt, absoluteExpiresAt } = (await prepared({}, as, of)).grant
      return { idle: idleExpiresAt - as.now, all: absoluteExpiresAt - as.now }
    }
    expect({ usual: await ends(), short: await ends(short) }).toEqual({
      usual: { idle: 1_000, all: 5_000 },
      short: { idle: 30, all: 30 },
    })
  })
})

it('lifetimes are those of the client, else of the settings; an agent may retry for longer', () => {
  const { metadata } = client
  const own = { access_token_ttl: 1, refresh_token_ttl: 2, refresh_token_idle_ttl: 3 }
  const registeredItself = newClient({
    origin: 'dcr',
    metadata: { ...metadata, token_endpoint_auth_method: 'none' },
  })
  const of = (facts: object, one = client) =>
    lifetimesOf(as, { ...one, metadata: { ...one.metadata, ...facts } })
  const usual = { accessToken: 600, refreshToken: 5_000, refreshTokenIdle: 1_000 }
  expect({
    usual: of({}),
    own: of({ ...own, refresh_token_grace: 0 }),
    agent: of({}, registeredItself),
    ownAgent: of({ refresh_token_grace: 4 }, registeredItself),
  }).toEqual({
    usual: { ...usual, refreshTokenGrace: 60 },
    own: { accessToken: 1, refreshToken: 2, refreshTokenIdle: 3, refreshTokenGrace: 0 },
    agent: { ...usual, refreshTokenGrace: 300 },
    ownAgent: { ...usual, refreshTokenGrace: 4 },
  })
})

it('a face without refresh tokens leaves its client the other grant types', () => {
  const having = (...grant_types: typeof client.metadata.grant_types) => ({
    ...client,
    metadata: { ...client.metadata, grant_types },
  })
  const seen = withoutRefreshToken(having('password', 'refresh_token', 'client_credentials'))
  expect(seen).toEqual(having('password', 'client_credentials'))
})
