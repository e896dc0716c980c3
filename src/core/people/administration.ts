// What an administrator does to users, whichever face asks for it. Whoever calls what ends sessions also
// sends the logout notices, which are not the core's.
import { hashPassword } from '../../crypto/password.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { suspicionBut } from './link-suspicion.ts'
import { foldLoginName } from './login-name.ts'
import { newUser, type UserFacts } from './new-user.ts'
import { secondFactorDigest } from './factors/second-factor.ts'
import { nameDigestsOf } from './mail/password-reset.ts'
import type { User, UserChange } from './storage.ts'

/** The login names that belong to another user. */
export type Taken = { taken: readonly ('username' | 'email')[] }

/** What is known about a user to be created; a password is hashed here. */
export type UserDraft = Omit<UserFacts, 'passwordHash'> & { password: string | null }

/** Creates a user, unless one of the names belongs to another. */
export async function createUser(
  as: AuthorizationServer,
  { password, ...facts }: UserDraft,
): Promise<User | Taken> {
  const { username, email } = facts
  // An early check, before the password is hashed. The insert decides.
  const taken = await takenNames(as, { username, email }, null)
  if (taken.length > 0) return { taken }
  const passwordHash = password === null ? null : await hashPassword(as, password)
  const user = newUser(as, { ...facts, passwordHash })
  const created = await as.store.userAdministration.create(user, auditOf(as, 'user.created'))
  return created === 'taken' ? { taken: await takenNames(as, { username, email }, null) } : created
}

/** A change of a user by an administrator. */
export type UserRevision = {
  /** Returns the change of the stored user. It has no effects, because it may run again. */
  decide: (user: User) => UserChange
  /** A new password; null removes it, absent leaves it. */
  password?: string | null | undefined
  /** Whether it ends all sessions and grants; a new password always does. */
  endsEverything: boolean
  /** The members that change, for the audit log. */
  fields: readonly string[]
  /** The ids of recent provider links that a new password does not end. */
  keptLinks?: readonly string[]
  /** The login names as they will be; absent if they stay. */
  names?: { username?: string | undefined; email?: string | null | undefined }
}

/** Changes a user; null if there is none. */
export async function changeUser(
  as: AuthorizationServer,
  id: number,
  { decide, password, endsEverything, fields, keptLinks = [], names = {} }: UserRevision,
): Promise<User | Taken | null> {
  const passwordHash = password == null ? password : await hashPassword(as, password)
  const changed = await as.store.userAdministration.change(
    id,
    (user) => ({ ...decide(user), ...(passwordHash === undefined ? {} : { passwordHash }) }),
    // Nobody who knew the old password, or had access before, may keep that access.
    password !== undefined || endsEverything,
    auditOf(as, 'user.changed', { userId: id, detail: { fields } }),
    password == null ? null : await suspicionBut(as, id, keptLinks),
  )
  if (changed === 'taken') return { taken: await takenNames(as, names, id) }
  if (changed !== null) tellKv(as)
  return changed
}

/** Deletes a user with all sessions, grants and consents; false if there is none. */
export async function deleteUser(as: AuthorizationServer, id: number): Promise<boolean> {
  const audit = auditOf(as, 'user.deleted', { userId: id })
  const isDeleted = await as.store.userAdministration.delete(id, audit)
  if (isDeleted) tellKv(as)
  return isDeleted
}

/** Ends all sessions and revokes all grants of a user; false if there is none. */
export async function endEverythingOf(as: AuthorizationServer, id: number): Promise<boolean> {
  const audit = auditOf(as, 'user.sessions-ended', { userId: id })
  const user = await as.store.userAdministration.change(id, () => ({}), true, audit)
  if (user !== null) tellKv(as)
  return user !== null
}

/** Clears the tries of passwords and codes of a user, who can try again at once. */
export async function unlockUser(as: AuthorizationServer, user: User): Promise<void> {
  const audit = auditOf(as, 'user.unlocked', { userId: user.id })
  const digests = [...(await nameDigestsOf(user)), await secondFactorDigest(user)]
  await as.store.passwords.clearTries(digests, audit)
}

/** Returns which of the names are the username or e-mail address of another user. */
async function takenNames(
  as: AuthorizationServer,
  { username, email }: NonNullable<UserRevision['names']>,
  ownId: number | null,
): Promise<Taken['taken']> {
  const isTaken = async (name: string | null | undefined): Promise<boolean> => {
    if (name == null) return false
    const owner = await as.store.users.findByName(foldLoginName(name))
    return owner !== null && owner.id !== ownId
  }
  const [isNameTaken, isEmailTaken] = await Promise.all([isTaken(username), isTaken(email)])
  return [
    ...(isNameTaken ? (['username'] as const) : []),
    ...(isEmailTaken ? (['email'] as const) : []),
  ]
}
