// Which claims about a user a scope releases. OpenID Connect Core 5.1, 5.4.

/** A user's facts, in the claim names of OpenID Connect Core 5.1, and the user's free claims. */
export type UserFacts = {
  username: string
  name: string | null
  email: string | null
  emailVerified: boolean
  role: string | null
  updatedAt: number
  claims: Readonly<Record<string, unknown>>
}

const claimsOfScope = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const

/** Claims that only the server may state. A user's free claims cannot replace them. */
const reserved = [
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'azp',
  'at_hash',
  'c_hash',
  's_hash',
  'sid',
  'client_id',
  'scope',
  'authorization_details',
  'cnf',
  'act',
  'may_act',
  'grant_id',
  'grant_client_id',
  'username',
  'email',
  'email_verified',
  'preferred_username',
  'updated_at',
]

/** Returns whether an operator may give a user a claim with this name. */
export const isFreeClaim = (name: string): boolean => !reserved.includes(name)

/** Every claim that a scope can release (`claims_supported`, OpenID Connect Discovery 3). */
export const claimsSupported: readonly string[] = ['sub', ...Object.values(claimsOfScope).flat()]

/** The scopes that release claims (OpenID Connect Core 5.4). */
export const claimScopes: readonly string[] = Object.keys(claimsOfScope)

/** The scopes of every server (OpenID Connect Core 3.1.2.1, 5.4, 11), whatever it protects. */
export const standardScopes: readonly string[] = ['openid', ...claimScopes, 'offline_access']

/** Returns the claims that these scopes release (OpenID Connect Core 5.4). */
export const claimsOf = (scopes: readonly string[]): string[] =>
  scopes.flatMap((name) => (isClaimScope(name) ? claimsOfScope[name] : []))

// The `in` operator would also find `constructor`, which is a valid scope.
const isClaimScope = (name: string): name is keyof typeof claimsOfScope =>
  Object.hasOwn(claimsOfScope, name)

/** Returns every fact of the user by claim name. Unknown facts are left out, never null. */
function factsByClaim(user: UserFacts): Record<string, unknown> {
  const free = Object.entries(user.claims).filter(([name]) => isFreeClaim(name))
  return {
    ...Object.fromEntries(free),
    ...(user.name === null ? {} : { name: user.name }),
    ...(user.role === null || 'roles' in user.claims ? {} : { roles: [user.role] }),
    preferred_username: user.username,
    ...(user.email === null ? {} : { email: user.email, email_verified: user.emailVerified }),
    updated_at: Math.floor(user.updatedAt),
  }
}

/**
 * Returns the claims that the granted scope releases, plus the `named` ones (OpenID Connect Core
 * 5.4, 5.5).
 */
export function releasedClaims(
  user: UserFacts,
  scope: readonly string[],
  named: readonly string[],
): Record<string, unknown> {
  const released = new Set([...claimsOf(scope), ...named])
  const facts = factsByClaim(user)
  return Object.fromEntries(Object.entries(facts).filter(([name]) => released.has(name)))
}
