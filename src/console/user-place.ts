// A user as the addresses and headings of the console name them.
import type { User } from '../core/people/storage.ts'
import { displayName } from '../pages/display-name.tsx'
import type { Visit } from './visit.ts'

/** Returns the id of the user in the address; null if it cannot be one. */
export function userIdIn({ context }: Visit): number | null {
  const id = context.req.param('id') ?? ''
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null
}

/** Reads the user in the address; null if there is none. */
export async function readUser(visit: Visit): Promise<User | null> {
  const id = userIdIn(visit)
  return id === null ? null : visit.as.store.users.find(id)
}

/** Returns the address of the screen of a user. */
export const addressOf = ({ id }: Pick<User, 'id'>): string => `/admin/users/${id}`

/** Returns the way up to the screen of a user. */
export const upTo = (user: User) => ({ href: addressOf(user), title: labelOf(user) })

/** Returns the full name of a user, or the username. */
export const labelOf = ({ name, username }: Pick<User, 'name' | 'username'>): string =>
  displayName(name ?? '') || displayName(username) || '-'
