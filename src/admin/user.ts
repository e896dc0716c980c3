// A user on the wire: the members that create or change one, and the members of a response.
import { isLongEnough, shortestPassword } from '../core/people/chosen-password.ts'
import { emailFault, loginNameFault } from '../core/people/login-name.ts'
import type { User } from '../core/people/storage.ts'
import { utf8 } from '../crypto/encoding.ts'
import { longestPassword } from '../crypto/password.ts'
import { passwordKindOf } from '../crypto/stored-password.ts'
import { isFreeClaim } from '../protocol/claims.ts'
import { managedBy } from '../protocol/managed-by.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { isScope } from '../protocol/scope.ts'

/** One line of text, of at most so many characters. */
export const line = (most: number) =>
  v.pipe(
    v.string(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(most, `must have at most ${most} characters`),
    v.regex(/^\P{Cc}*$/u, 'must have no control characters'),
  )

const without = (faultOf: (text: string) => string | null) => v.pipe(v.string(), v.noFault(faultOf))

/** A username. */
export const username = once(() => without(loginNameFault))
/** An e-mail address. */
export const email = once(() => without(emailFault))

const password = once(() =>
  v.pipe(
    v.string(),
    v.check(isLongEnough, `must have at least ${shortestPassword} characters`),
    v.check(
      (text) => utf8(text).length <= longestPassword,
      `must have at most ${longestPassword} bytes`,
    ),
  ),
)

/** Scope names. */
export const scope = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(4000),
    v.check(isScope, 'must be scope names separated by one space each'),
  ),
)

const claimName = once(() =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(100),
    v.check(isFreeClaim, 'is a claim that only the server sets'),
  ),
)

/** Claims about a user that an operator may set. */
export const claims = once(() => v.record(claimName(), v.unknown()))

/** The body that creates a user. */
export const userMembers = once(() =>
  v.strictObject({
    username: username(),
    email: v.nullish(email()),
    email_verified: v.optional(v.boolean()),
    password: v.nullish(password()),
    name: v.nullish(line(200)),
    role: v.nullish(line(100)),
    scope: v.nullish(scope()),
    claims: v.optional(claims()),
    disabled: v.optional(v.boolean()),
    managed_by: v.nullish(managedBy()),
  }),
)

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const userPatch = once(() =>
  v.strictObject({
    ...v.partial(userMembers()).entries,
    email_verified: v.nullish(v.boolean()),
    claims: v.nullish(claims()),
    disabled: v.nullish(v.boolean()),
    keep_provider_links: v.pipe(
      v.optional(v.pipe(v.array(v.string()), v.maxLength(100))),
      v.description('ids of provider links from the last 30 days that a new password does not end'),
    ),
  }),
)

export type UserPatch = v.InferOutput<ReturnType<typeof userPatch>>

/** A user in a response; of the password, only its kind. */
export const userAnswer = once(() =>
  v.object({
    id: v.pipe(v.int(), v.minValue(1)),
    sub: v.string(),
    username: v.string(),
    email: v.nullable(v.string()),
    email_verified: v.boolean(),
    name: v.nullable(v.string()),
    role: v.nullable(v.string()),
    scope: v.pipe(
      v.nullable(v.string()),
      v.description('the most that the user can grant; null = unrestricted'),
    ),
    claims: v.record(v.string(), v.unknown()),
    disabled: v.boolean(),
    password: v.pipe(
      v.string(),
      v.description(
        'none, own, reset (a new one must be set), or the algorithm of an imported hash',
      ),
    ),
    totp: v.pipe(v.boolean(), v.description('whether the user has an authenticator app')),
    passkey: v.pipe(v.boolean(), v.description('whether the user has a passkey')),
    last_signed_in_at: v.pipe(
      v.nullable(v.int()),
      v.description('to within a day; null = never, or not since this is noted'),
    ),
    source_id: v.pipe(v.nullable(v.string()), v.description('the namespace of external_id')),
    external_id: v.pipe(
      v.nullable(v.string()),
      v.description('the id in the system that the user was imported from'),
    ),
    import_id: v.pipe(v.nullable(v.string()), v.description('the import that created the user')),
    managed_by: v.pipe(
      v.nullable(v.string()),
      v.description('the applied configuration that the user belongs to'),
    ),
    delete_at: v.pipe(
      v.nullable(v.int()),
      v.description('when the account is deleted, as its person asked; null = nobody asked'),
    ),
    created_at: v.int(),
    updated_at: v.int(),
  }),
)

/** Returns a user in its wire format. */
export const shownUser = (user: User): v.InferOutput<ReturnType<typeof userAnswer>> => ({
  id: user.id,
  sub: user.sub,
  username: user.username,
  email: user.email,
  email_verified: user.emailVerified,
  name: user.name,
  role: user.role,
  scope: user.scope,
  claims: user.claims,
  disabled: user.disabledAt !== null,
  password: passwordKindOf(user.passwordHash),
  totp: user.sealedTotp !== null,
  passkey: user.userHandle !== null,
  last_signed_in_at: user.lastSignedInAt === 0 ? null : Math.floor(user.lastSignedInAt),
  source_id: user.sourceId,
  external_id: user.externalId,
  import_id: user.importId,
  managed_by: user.managedBy,
  delete_at: user.deleteAt === null ? null : Math.floor(user.deleteAt),
  created_at: Math.floor(user.createdAt),
  updated_at: Math.floor(user.updatedAt),
})
