// Operations on users under /admin/v1/users.
import {
  type Taken,
  changeUser,
  createUser,
  deleteUser,
  endEverythingOf,
  unlockUser,
} from '../core/people/administration.ts'
import type { User, UserChange } from '../core/people/storage.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { requireReach } from './administrators.ts'
import { readAs, readObject } from './json.ts'
import { mergePatch } from './merge-patch.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { userIdOf } from './path-ids.ts'
import { type Problem, invalid, taken, unknown } from './problem.ts'
import { filteredListOperation, showOperation } from './reading.ts'
import { filterOf, userNumbers, usersRequest } from './user-filter.ts'
import { factorsOperations } from './user-factors.ts'
import { resetOperation } from './user-reset.ts'
import { type UserPatch, shownUser, userAnswer, userMembers, userPatch } from './user.ts'

const one = '/admin/v1/users/{id}'

/** The operations on users. */
export const userOperations: readonly Operation[] = [
  filteredListOperation({
    id: 'listUsers',
    path: '/admin/v1/users',
    summary:
      'Lists users: ordered by name under q, by time under created_after or created_before, by the last' +
      ' sign-in under not_signed_in_since, else by id. Under several filters a page may have fewer users' +
      ' than its limit, or none, and still a next_cursor.',
    query: usersRequest,
    numbers: userNumbers,
    filterOf,
    read: (as, filter, limit, position) =>
      as.store.userAdministration.list(filter, as.now, limit, position),
    answer: userAnswer,
    shown: shownUser,
  }),
  {
    id: 'createUser',
    method: 'POST',
    path: '/admin/v1/users',
    summary: 'Creates a user',
    body: userMembers,
    success: { status: 201, body: userAnswer },
    refusals: [...bodyRefusals, 409],
    respond: create,
  },
  showOperation({
    id: 'getUser',
    path: one,
    summary: 'Returns a user',
    what: 'user',
    find: (context) => context.env.as.store.users.find(userIdOf(context)),
    answer: userAnswer,
    shown: shownUser,
  }),
  {
    id: 'changeUser',
    method: 'PATCH',
    path: one,
    summary:
      'Changes a user. A new password, or disabling the user, ends all sessions and grants. A new password also ends the provider links of the last 30 days.',
    body: userPatch,
    success: { status: 200, body: userAnswer },
    refusals: [...bodyRefusals, 404, 409],
    respond: change,
  },
  {
    id: 'deleteUser',
    method: 'DELETE',
    path: one,
    summary: 'Deletes a user with all sessions, grants and consents',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
  {
    id: 'signOutUser',
    method: 'POST',
    path: `${one}/logout`,
    summary: 'Revokes all grants and ends all sessions of a user',
    success: { status: 204 },
    refusals: [404],
    respond: signOut,
  },
  {
    id: 'unlockUser',
    method: 'POST',
    path: `${one}/unlock`,
    summary: 'Clears the password tries of a user, who can try again at once',
    success: { status: 204 },
    refusals: [404],
    respond: unlock,
  },
  resetOperation,
  ...factorsOperations,
]

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const sent = readAs(userMembers, await readObject(context.req.raw))
  const { email = null } = sent
  if (email === null && sent.email_verified === true) throw unverifiable()
  requireReach(as, sent.role ?? null)
  const created = await createUser(as, {
    username: sent.username,
    email,
    emailVerified: sent.email_verified ?? false,
    name: sent.name ?? null,
    role: sent.role ?? null,
    scope: sent.scope ?? null,
    claims: sent.claims ?? {},
    password: sent.password ?? null,
    disabledAt: sent.disabled === true ? as.now : null,
    managedBy: sent.managed_by ?? null,
  })
  if ('taken' in created) throw takenNames(created)
  const location = `${as.issuer}/admin/v1/users/${created.id}`
  return context.json(shownUser(created), 201, { ...noStore, Location: location })
}

async function change(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const id = userIdOf(context)
  const patch = readAs(userPatch, await readObject(context.req.raw))
  const { password, username, email, keep_provider_links: keptLinks = [] } = patch
  const changed = await changeUser(as, id, {
    decide: (user) => {
      requireReach(as, user.role)
      requireReach(as, patch.role ?? null)
      return changeOf(user, patch, as.now)
    },
    password,
    endsEverything: patch.disabled === true,
    fields: Object.keys(patch),
    keptLinks,
    names: { username, email },
  })
  if (changed === null) throw unknown('user')
  if ('taken' in changed) throw takenNames(changed)
  as.waitUntil(sendLogoutNotices(as))
  return context.json(shownUser(changed), 200, noStore)
}

/**
 * Returns the change that the patch makes to the stored user.
 * @throws 400 if the result would contradict itself
 */
function changeOf(user: User, patch: UserPatch, now: number): UserChange {
  const { username = user.username, email = user.email, claims } = patch
  // A new address is not verified yet.
  const provedBefore = email === user.email && user.emailVerified
  const emailVerified =
    patch.email_verified === undefined ? provedBefore : patch.email_verified === true
  if (emailVerified && email === null) throw unverifiable()
  return {
    username,
    email,
    emailVerified,
    ...(patch.name === undefined ? {} : { name: patch.name }),
    ...(patch.role === undefined ? {} : { role: patch.role }),
    ...(patch.scope === undefined ? {} : { scope: patch.scope }),
    ...(claims === undefined ? {} : { claims: claims ? mergePatch(user.claims, claims) : {} }),
    ...(patch.managed_by === undefined ? {} : { managedBy: patch.managed_by }),
    ...(patch.disabled === undefined
      ? {}
      : { disabledAt: patch.disabled === true ? (user.disabledAt ?? now) : null }),
  }
}

const unverifiable = () =>
  invalid([{ field: 'email_verified', detail: 'must be false without an email' }])

async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  if (!(await deleteUser(as, userIdOf(context)))) throw unknown('user')
  as.waitUntil(sendLogoutNotices(as))
  return context.body(null, 204, noStore)
}

async function signOut(context: FaceContext): Promise<Response> {
  const { as } = context.env
  if (!(await endEverythingOf(as, userIdOf(context)))) throw unknown('user')
  as.waitUntil(sendLogoutNotices(as))
  return context.body(null, 204, noStore)
}

async function unlock(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const user = await as.store.users.find(userIdOf(context))
  if (user === null) throw unknown('user')
  await unlockUser(as, user)
  return context.body(null, 204, noStore)
}

/** Returns a 409 that names each name that is another user's. */
const takenNames = (names: Taken): Problem =>
  taken(names.taken.map((field) => ({ field, detail: 'is the username or email of another user' })))
