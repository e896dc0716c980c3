import { describe, expect, it } from 'vitest'
import {
  claimsOf,
  claimsSupported,
  isFreeClaim,
  releasedClaims,
  standardScopes,
  type UserFacts,
} from '../../src/protocol/claims.ts'

const dory: UserFacts = {
  username: 'dory',
  name: 'Dory',
  email: 'dory@example.com',
  emailVerified: true,
  role: 'editor',
  updatedAt: 1000.7,
  claims: { locale: 'en', team: 'blue', phone_number: '+1' },
}

describe('OpenID Connect Core 5.4: claims that a scope releases', () => {
  it.each([
    ['openid', {}],
    ['profile', { name: 'Dory', preferred_username: 'dory', updated_at: 1000, locale: 'en' }],
    ['email', { email: 'dory@example.com', email_verified: true }],
    ['phone', { phone_number: '+1' }],
    ['address', {}],
    ['constructor', {}],
    ['__proto__', {}],
  ])('%s releases its claims and no others', (scope, expected) =>
    expect(releasedClaims(dory, [scope], [])).toEqual(expected),
  )

  it('releases what is named beside the scope', () =>
    expect(releasedClaims(dory, [], ['team', 'roles'])).toEqual({
      team: 'blue',
      roles: ['editor'],
    }))

  it('leaves out what is not known, and never says null', () => {
    const nobody = { ...dory, name: null, email: null, role: null, claims: {} }
    expect(releasedClaims(nobody, ['profile', 'email'], ['roles'])).toEqual({
      preferred_username: 'dory',
      updated_at: 1000,
    })
  })

  it.each([
    'iss',
    'sub',
    'aud',
    'exp',
    'client_id',
    'scope',
    'cnf',
    'authorization_details',
    'nonce',
    'email',
    'sid',
    'act',
  ])('does not let a user’s own claim stand in for %s', (name) => {
    const claims = { [name]: 'forged' }
    const released = releasedClaims({ ...dory, email: null, claims }, ['email'], [name])
    expect({ isFree: isFreeClaim(name), released }).toEqual({ isFree: false, released: {} })
  })

  it('are none for a scope of the operator’s own', () =>
    expect(claimsOf(['openid', 'documents:read'])).toEqual([]))

  // The table of OpenID Connect Core 5.1.
  it('together with sub are the standard claims, each once', () =>
    expect(claimsSupported.toSorted()).toEqual(
      [
        ...['sub', 'name', 'given_name', 'family_name', 'middle_name', 'nickname'],
        ...['preferred_username', 'profile', 'picture', 'website', 'email', 'email_verified'],
        ...['gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number'],
        ...['phone_number_verified', 'address', 'updated_at'],
      ].toSorted(),
    ))

  it('OpenID Connect Core 3.1.2.1, 5.4, 11: belong to the scopes of every server', () =>
    expect(standardScopes).toEqual([
      'openid',
      'profile',
      'email',
      'address',
      'phone',
      'offline_access',
    ]))

  it('releases nothing by names that an object inherits', () =>
    expect(releasedClaims(dory, [], ['__proto__', 'constructor', 'toString'])).toEqual({}))
})
