// How far the grant of an assertion reaches: the request, the assertion and the client, each a bound.
// RFC 7523 2.1, RFC 8707 2, RFC 9396 6, ID-JAG 4.4.1.
import { invalidTarget } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import { isScope, storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { AssertionClaims } from '../clients/assertion.ts'
import { scopeOfSignIn } from '../clients/first-party.ts'
import { isResourceIndicator } from '../clients/metadata.ts'
import { scopeOf } from '../clients/scope.ts'
import type { Client } from '../clients/storage.ts'
import {
  type AuthorizationDetail,
  judgeDetails,
  narrowedDetails,
  refuseDetails,
} from '../tokens/details.ts'
import { machineTargets, remainingTargets, requestedTargets } from '../tokens/resource.ts'
import { type Target, grantScopeAt } from '../tokens/target.ts'
import { assertionRefusal } from './assertion-refusal.ts'

/**
 * Returns the scope that the request, the assertion and the client have in common; without a request,
 * all that the assertion names, or the client may have.
 * @throws invalid_scope, invalid_grant
 */
export function assertedScope(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
  { scope: claimed }: AssertionClaims,
  targets: readonly Target[],
): string[] {
  if (claimed !== undefined && (typeof claimed !== 'string' || !isScope(claimed))) {
    throw assertionRefusal('has a malformed scope claim')
  }
  // There is no refresh token.
  const ofClient = storedScope(scopeOf(client)).filter((name) => name !== 'offline_access')
  const asked = parameters.get('scope') ?? claimed
  const granted = grantScopeAt(targets, asked, ofClient.join(' '), claimed ?? null)
  return scopeOfSignIn(as, client, granted)
}

/**
 * Returns the resources that the request names, or else the assertion; never one beyond those of the
 * assertion or of the client.
 * @throws invalid_target, invalid_grant
 */
export async function assertedTargets(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
  { resource: claimed }: AssertionClaims,
): Promise<readonly Target[]> {
  if (claimed === undefined) return machineTargets(as, client, parameters)
  const bound = resourcesIn(claimed)
  const asked = await requestedTargets(as, client, parameters)
  if (asked.length === 0) return remainingTargets(as, client, bound)
  const keys = new Set(bound.map(resourceKey))
  if (asked.every(({ uri }) => keys.has(resourceKey(uri)))) return asked
  throw invalidTarget('the resource is not one of the assertion')
}

/**
 * Returns the authorization details that the request names, or else the assertion; never one beyond
 * those of the assertion, of which each must be valid here: to leave one out could widen what the
 * others bound.
 * @throws invalid_authorization_details
 */
export async function assertedDetails(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
  { authorization_details: claimed }: AssertionClaims,
  targets: readonly Target[],
): Promise<readonly AuthorizationDetail[]> {
  if (claimed === undefined) {
    refuseDetails(parameters)
    return []
  }
  return narrowedDetails(as, client, await judgeDetails(as, client, claimed), targets, parameters)
}

function resourcesIn(claimed: unknown): string[] {
  const all: unknown[] = Array.isArray(claimed) ? claimed : [claimed]
  const uris = all.filter((uri) => typeof uri === 'string' && isResourceIndicator(uri))
  if (uris.length === 0 || uris.length < all.length || uris.length > 20) {
    throw assertionRefusal('has a malformed resource claim')
  }
  return uris.filter((uri) => typeof uri === 'string')
}
