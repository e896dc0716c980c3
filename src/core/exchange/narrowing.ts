// What a refresh asks of its grant: less scope, some of its resources or authorization details, a token
// for a key. RFC 6749 6, RFC 8707 2.2, RFC 9396 6, RFC 9449 5.
import { invalidScope, invalidTarget } from '../../protocol/error.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import { isWithin, parseScope, storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { isProvedKey, thumbprintOf } from '../tokens/confirmation.ts'
import {
  type AuthorizationDetail,
  detailTexts,
  readAuthorizationDetails,
  requireGranted,
  requireLocations,
  storedDetails,
} from '../tokens/details.ts'
import { requestedTargets } from '../tokens/resource.ts'
import { keysOf } from '../tokens/resource-metadata.ts'
import type { Grant, Rotation } from '../tokens/storage.ts'
import { type Target, requireProofAt } from '../tokens/target.ts'
import type { TokenRequest } from './token-request.ts'

/** What a refresh asks, as the statement judges it that decides about the refresh. */
export type Asked = Pick<
  Rotation,
  'scope' | 'resource' | 'authorizationDetails' | 'keyThumbprint' | 'provesKey'
> & { details: readonly AuthorizationDetail[] }

/** What the access token of a refresh is for. */
export type Narrowed = {
  scope: readonly string[]
  resource: readonly string[]
  details: readonly AuthorizationDetail[]
}

/**
 * Reads what a refresh asks. Nothing is judged that only the grant can tell.
 * @throws invalid_scope (malformed), invalid_target (no resource indicator, or none that the client may
 *   name), invalid_authorization_details (not valid for the client), invalid_dpop_proof (the resource
 *   demands a proof), temporarily_unavailable
 */
export async function askedOf(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation }: TokenRequest,
): Promise<Asked> {
  const scope = parameters.get('scope')
  const targets = await requestedTargets(as, client, parameters)
  requireProofAt(targets, confirmation)
  const details = await readAuthorizationDetails(as, client, parameters)
  if (targets.length > 0) requireLocations(targets, details)
  return {
    keyThumbprint: thumbprintOf(confirmation),
    provesKey: isProvedKey(confirmation),
    scope: scope === undefined ? null : parseScope(scope),
    resource: targets.length === 0 ? null : targets.map(namesOf),
    authorizationDetails: details.length === 0 ? null : detailTexts(details),
    details,
  }
}

/** Returns the spellings and keys under which a grant may hold a resource. */
const namesOf = ({ uri, metadata }: Target): string[] => [
  uri,
  resourceKey(uri),
  ...(metadata === null ? [] : keysOf(metadata)),
]

/**
 * Returns what a refresh narrows a grant to: the names and the authorization details that it asks for,
 * and of the resources those it names, in the spelling that was authorized.
 * @throws invalid_scope, invalid_target, invalid_authorization_details for what was not granted
 */
export function narrowing(grant: Grant, { scope, resource, details: asked }: Asked): Narrowed {
  const grantedScope = storedScope(grant.scope)
  // "The requested scope MUST NOT include any scope not originally granted by the resource owner."
  if (scope !== null && !isWithin(scope, grantedScope)) {
    throw invalidScope('the scope is wider than what was granted', { reason: 'scope_wider' })
  }
  const grantedDetails = storedDetails(grant.authorizationDetails)
  requireGranted(grantedDetails, asked)
  const details = asked.length === 0 ? grantedDetails : asked
  const granted = storedScope(grant.resource ?? '')
  if (resource === null) return { scope: scope ?? grantedScope, resource: granted, details }
  // A grant of the release before has no keys: its resources are compared by their spelling.
  const known = grant.resourceKeys === null ? granted : storedScope(grant.resourceKeys)
  if (!resource.every((names) => names.some((name) => known.includes(name)))) {
    throw invalidTarget('the resource is not one that was granted')
  }
  const named = new Set(resource.flat())
  const isNamed = (uri: string): boolean => named.has(uri) || named.has(resourceKey(uri))
  return { scope: scope ?? grantedScope, resource: granted.filter(isNamed), details }
}
