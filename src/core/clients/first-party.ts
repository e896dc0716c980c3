// The operator's own clients, and the scopes that only they can have.
import { invalidScope } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isConfidential } from './authentication.ts'
import type { Client } from './storage.ts'

/** Returns whether the operator trusts the client and nobody else can take its name. */
export const isFirstParty = (client: Client): boolean =>
  client.metadata.trusted && isConfidential(client)

/**
 * Returns the part of a scope that a user can give the client. A scope for first parties lets its token
 * act for other clients: a user who could allow it would give away more than any page says.
 * @throws invalid_scope if nothing is left
 */
export function scopeOfSignIn(
  as: AuthorizationServer,
  client: Client,
  scope: readonly string[],
): string[] {
  const { firstPartyScopes } = as.dialects
  const left = scope.filter((name) => !firstPartyScopes.has(name) || isFirstParty(client))
  if (left.length === 0) throw invalidScope('none of the requested scope can be granted')
  return left
}
