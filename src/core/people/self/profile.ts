// What people change of their own profile: their names, their language, their first password.
import { hashPassword } from '../../../crypto/password.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { type PasswordFault, passwordFault } from '../chosen-password.ts'
import { foldLoginName, loginNameFault } from '../login-name.ts'
import { chosenNameFault } from '../sign-up/sign-up.ts'
import type { User } from '../storage.ts'

/** The most characters of a full name. */
const longestFullName = 200

/** Returns whether a text, already trimmed, can be a full name: one line. */
const isFullName = (text: string): boolean =>
  text.length <= longestFullName && /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u.test(text)

/** How a change of a profile ended. */
export type ProfileOutcome = 'changed' | 'unusable' | 'taken'

/** Sets the full name of a user; an empty one removes it. */
export async function changeFullName(
  as: AuthorizationServer,
  { id }: User,
  typed: string,
): Promise<ProfileOutcome> {
  const name = typed.trim()
  if (!isFullName(name)) return 'unusable'
  return change(as, id, { name: name === '' ? null : name })
}

/**
 * Gives a user another username, which is no address but their own: its owner could not sign up any more.
 * The folded names of all users decide whether it is free.
 */
export async function changeUsername(
  as: AuthorizationServer,
  { id, email }: User,
  typed: string,
): Promise<ProfileOutcome> {
  const username = typed.trim()
  const isOwn = email !== null && foldLoginName(username) === foldLoginName(email)
  const fault = isOwn ? loginNameFault(username) : chosenNameFault(username)
  return fault === null ? change(as, id, { username }) : 'unusable'
}

async function change(
  as: AuthorizationServer,
  userId: number,
  changes: { name: string | null } | { username: string },
): Promise<ProfileOutcome> {
  const audit = auditOf(as, 'user.profile-changed', {
    userId,
    detail: { fields: Object.keys(changes) },
  })
  const changed = await as.store.userAdministration.change(userId, () => changes, false, audit)
  return changed === 'taken' ? 'taken' : 'changed'
}

/** How setting a first password ended. `set` = the user had one by then. */
export type FirstPasswordOutcome = 'changed' | 'set' | PasswordFault

/**
 * Gives a password to a user who signs in without one, after a fresh sign-in. It is a further way to sign
 * in, so it ends nothing but the link of a reset.
 */
export async function setFirstPassword(
  as: AuthorizationServer,
  user: User,
  password: string,
): Promise<FirstPasswordOutcome> {
  const fault = await passwordFault(as, password, user)
  if (fault !== null) return fault
  const audit = auditOf(as, 'user.password-changed', { userId: user.id })
  const isSet = await as.store.self.setFirstPassword(user, await hashPassword(as, password), audit)
  return isSet ? 'changed' : 'set'
}
