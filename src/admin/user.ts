// A user on the wire: the members that create or change one, and the members of a response.
import * as z from 'zod/mini'
import { isLongEnough, shortestPassword } from '../core/people/account.ts'
import { emailFault, loginNameFault } from '../core/people/login-name.ts'
import type { User } from '../core/people/storage.ts'
import { utf8 } from '../crypto/encoding.ts'
import { longestPassword } from '../crypto/password.ts'
import { passwordKindOf } from '../crypto/stored-password.ts'
import { isFreeClaim } from '../protocol/claims.ts'
import { managedBy } from '../protocol/managed-by.ts'
import { once } from '../protocol/once.ts'
import { isScope } from '../protocol/scope.ts'

/** One line of text, of at most so many characters. */
export const line = (most: number) =>
  z
    .string()
    .check(
      z.minLength(1, 'must not be empty'),
      z.maxLength(most, `must have at most ${most} characters`),
      z.regex(/^\P{Cc}*$/u, 'must have no control characters'),
    )

const without = (faultOf: (text: string) => string | null) =>
  z.string().check(
    z.superRefine((text, context) => {
      const fault = faultOf(text)
      if (fault !== null) context.addIssue({ code: 'custom', message: fault })
    }),
  )

/** A username. */
export const username = once(() => without(loginNameFault))
/** An e-mail address. */
export const email = once(() => without(emailFault))

const password = once(() =>
  z.string().check(
    z.refine(isLongEnough, `must have at least ${shortestPassword} characters`),
    z.refine(
      (text) => utf8(text).length <= longestPassword,
      `must have at most ${longestPassword} bytes`,
    ),
  ),
)

/** Scope names. */
export const scope = once(() =>
  z
    .string()
    .check(z.maxLength(4000), z.refine(isScope, 'must be scope names separated by one space each')),
)

const claimName = once(() =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(100),
      z.refine(isFreeClaim, 'is a claim that only the server sets'),
    ),
)

/** Claims about a user that an operator may set. */
export const claims = once(() => z.record(claimName(), z.unknown()))

/** The body that creates a user. */
export const userMembers = once(() =>
  z.strictObject({
    username: username(),
    email: z.nullish(email()),
    email_verified: z.optional(z.boolean()),
    password: z.nullish(password()),
    name: z.nullish(line(200)),
    role: z.nullish(line(100)),
    scope: z.nullish(scope()),
    claims: z.optional(claims()),
    disabled: z.optional(z.boolean()),
    managed_by: z.nullish(managedBy()),
  }),
)

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const userPatch = once(() =>
  z.extend(z.partial(userMembers()), {
    email_verified: z.nullish(z.boolean()),
    claims: z.nullish(claims()),
    disabled: z.nullish(z.boolean()),
    keep_provider_links: z
      .optional(z.array(z.string()).check(z.maxLength(100)))
      .check(
        z.describe('ids of provider links from the last 30 days that a new password does not end'),
      ),
  }),
)

export type UserPatch = z.infer<ReturnType<typeof userPatch>>

/** A user in a response; of the password, only its kind. */
export const userAnswer = once(() =>
  z.object({
    id: z.int().check(z.minimum(1)),
    sub: z.string(),
    username: z.string(),
    email: z.nullable(z.string()),
    email_verified: z.boolean(),
    name: z.nullable(z.string()),
    role: z.nullable(z.string()),
    scope: z
      .nullable(z.string())
      .check(z.describe('the most that the user can grant; null = unrestricted')),
    claims: z.record(z.string(), z.unknown()),
    disabled: z.boolean(),
    password: z
      .string()
      .check(
        z.describe(
          'none, own, reset (a new one must be set), or the algorithm of an imported hash',
        ),
      ),
    last_signed_in_at: z
      .nullable(z.int())
      .check(z.describe('to within a day; null = never, or not since this is noted')),
    source_id: z.nullable(z.string()).check(z.describe('the namespace of external_id')),
    external_id: z
      .nullable(z.string())
      .check(z.describe('the id in the system that the user was imported from')),
    import_id: z.nullable(z.string()).check(z.describe('the import that created the user')),
    managed_by: z
      .nullable(z.string())
      .check(z.describe('the applied configuration that the user belongs to')),
    created_at: z.int(),
    updated_at: z.int(),
  }),
)

/** Returns a user in its wire format. */
export const shownUser = (user: User): z.infer<ReturnType<typeof userAnswer>> => ({
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
  last_signed_in_at: user.lastSignedInAt === 0 ? null : Math.floor(user.lastSignedInAt),
  source_id: user.sourceId,
  external_id: user.externalId,
  import_id: user.importId,
  managed_by: user.managedBy,
  created_at: Math.floor(user.createdAt),
  updated_at: Math.floor(user.updatedAt),
})
