// The roles that open the console.
import type { User } from '../storage.ts'

/** The roles that open the console: whoever had a role of that name elsewhere need not have it here. */
export const adminRoles: readonly string[] = ['admin', 'admin-read']

/** Returns whether a user administers this server: only an import that gives such roles changes them. */
export const hasAdminRole = ({ role }: Pick<User, 'role'>): boolean =>
  role !== null && adminRoles.includes(role)
