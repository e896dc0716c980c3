// The filters of the list of users.
import { foldLoginName, longestLoginName } from '../core/people/login-name.ts'
import type { UserFilter } from '../core/people/storage.ts'
import { managedBy } from '../protocol/managed-by.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { pageRequest } from './page.ts'

const text = (least: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.minLength(least, `must have at least ${least} characters`),
      v.maxLength(longestLoginName, `must have at most ${longestLoginName} characters`),
    ),
  )

const instant = () =>
  v.pipe(v.optional(v.pipe(v.int(), v.minValue(0))), v.description('NumericDate'))

/** The query of the list of users. Names are compared as at a sign-in: case does not matter. */
export const usersRequest = once(() =>
  v.strictObject({
    ...pageRequest().entries,
    username: text(1),
    email: text(1),
    sub: text(1),
    external_id: text(1),
    import_id: text(1),
    managed_by: v.optional(managedBy()),
    q: v.pipe(
      text(1),
      v.check(
        (q) => q === undefined || foldLoginName(q).length >= 2,
        'must have at least 2 characters',
      ),
      v.description('how a username or an e-mail address begins; 2 characters at least'),
    ),
    disabled: v.optional(v.picklist(['true', 'false'])),
    role: text(1),
    created_after: instant(),
    created_before: instant(),
    not_signed_in_since: v.pipe(
      v.optional(v.pipe(v.int(), v.minValue(0))),
      v.description(
        'NumericDate; who has certainly not signed in since: sign-ins are noted to within a day',
      ),
    ),
  }),
)

/** The parameters that are whole numbers. */
export const userNumbers = ['created_after', 'created_before', 'not_signed_in_since']

const folded = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : foldLoginName(name)

/** Returns the filter that a query asks for. */
export const filterOf = (query: v.InferOutput<ReturnType<typeof usersRequest>>): UserFilter => ({
  username: folded(query.username),
  email: folded(query.email),
  sub: query.sub,
  externalId: query.external_id,
  importId: query.import_id,
  managedBy: query.managed_by,
  prefix: folded(query.q),
  isDisabled: query.disabled === undefined ? undefined : query.disabled === 'true',
  role: query.role,
  createdAfter: query.created_after,
  createdBefore: query.created_before,
  notSignedInSince: query.not_signed_in_since,
})
