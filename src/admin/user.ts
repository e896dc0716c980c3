// A user on the wire: what may be sent to make or change one, and what is shown.
import * as z from 'zod'
import { shortestPassword } from '../core/account.ts'
import { loginNameFault } from '../core/login-name.ts'
import type { User } from '../core/records.ts'
import { utf8 } from '../crypto/encoding.ts'
import { longestPassword } from '../crypto/password.ts'
import { isFreeClaim } from '../protocol/claims.ts'
import { isScope } from '../protocol/scope.ts'

const line = (most: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/^\P{Cc}*$/u, 'must have no control characters')

const loginName = z.string().superRefine((name, context) => {
  const fault = loginNameFault(name)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
})

const email = loginName.refine((address) => /^[^@\s]+@[^@\s]+$/.test(address), 'is not an address')

const password = z
  .string()
  .refine(
    (text) => [...text].length >= shortestPassword,
    `must have at least ${shortestPassword} characters`,
  )
  .refine(
    (text) => utf8(text).length <= longestPassword,
    `must have at most ${longestPassword} bytes`,
  )

const scope = z
  .string()
  .max(4000)
  .refine(isScope, 'must be scope names separated by one space each')

const claims = z.record(
  z.string().min(1).max(100).refine(isFreeClaim, 'is a claim that the server states itself'),
  z.unknown(),
)

/** A user about to be made. */
export const newUser = z.strictObject({
  username: loginName,
  email: email.nullish(),
  email_verified: z.boolean().optional(),
  password: password.nullish(),
  name: line(200).nullish(),
  role: line(100).nullish(),
  scope: scope.nullish(),
  claims: claims.optional(),
  disabled: z.boolean().optional(),
})

/** A merge patch (RFC 7396): absent = as it was, null = removed. */
export const userPatch = newUser.partial().extend({
  email_verified: z.boolean().nullish(),
  claims: claims.nullish(),
  disabled: z.boolean().nullish(),
})

export type UserPatch = z.infer<typeof userPatch>

/** A user on the wire: never anything about the password. */
export const userAnswer = z.object({
  id: z.int().min(1),
  sub: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  name: z.string().nullable(),
  role: z.string().nullable(),
  scope: z.string().nullable().describe('what the user may be granted; null = unrestricted'),
  claims: z.record(z.string(), z.unknown()),
  disabled: z.boolean(),
  created_at: z.int(),
  updated_at: z.int(),
})

/** A user in the words of the wire. */
export const shownUser = (user: User): z.infer<typeof userAnswer> => ({
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
  created_at: Math.floor(user.createdAt),
  updated_at: Math.floor(user.updatedAt),
})
