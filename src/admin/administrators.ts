// Users who administer the server from the console or in a dialect. Whoever gets into such an account has
// all that its role has, so that an admin token of less must not make one or open one, nor say who signs in.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { adminScopes } from '../core/server/admin-token.ts'
import { lacksScope } from './authentication.ts'

/** The roles of users who administer, and the scopes that stand for what they may do. */
const scopesOfRole: ReadonlyMap<string, readonly string[]> = new Map([
  ['admin', adminScopes.filter((scope) => scope !== 'read')],
  ['admin-read', ['read', 'events']],
])

/**
 * Demands that the operator may do what a user of this role may do: to give the role, or to change what
 * its bearers sign in with, would be a way to more than the operator's token has. @throws 403
 */
export function requireReach({ operator }: AuthorizationServer, role: string | null): void {
  const scope = operator?.scope ?? null
  if (scope === null || role === null) return
  const lacking = (scopesOfRole.get(role) ?? []).find((needed) => !scope.includes(needed))
  if (lacking !== undefined) throw lacksScope(lacking)
}
