// The client credentials grant: a token in the client's own name. RFC 6749 4.4.
import { standardScopes } from '../../../protocol/claims.ts'
import { unauthorizedClient } from '../../../protocol/error.ts'
import { grantScope, storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isConfidential } from '../../clients/authentication.ts'
import { noteUse } from '../../clients/registration-use.ts'
import type { Client } from '../../clients/storage.ts'
import { requireLater } from '../../server/later.ts'
import { spend } from '../../server/spending.ts'
import { readAuthorizationDetails, requireLocations } from '../../tokens/details.ts'
import { type Issued, accessTokenExpiry, issue } from '../../tokens/issuance.ts'
import { machineTargets } from '../../tokens/resource.ts'
import { type Target, requireProofAt, scopeAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Issues an access token to the client itself. "A refresh token SHOULD NOT be included." (4.4.3)
 * @throws unauthorized_client, invalid_scope, invalid_target, invalid_authorization_details,
 *   invalid_dpop_proof (the resource demands a proof), the refusal of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends = [] }: TokenRequest,
): Promise<Issued> {
  // "The client credentials grant type MUST only be used by confidential clients."
  if (!isConfidential(client)) throw unauthorizedClient('the client is public')
  requireLater(as, client.notBefore)
  const targets = await machineTargets(as, client, parameters)
  requireProofAt(targets, confirmation)
  const scope = machineScope(client, parameters.get('scope'), targets)
  // As with resources: nobody consents to these, so the operator must have listed their types.
  const authorizationDetails = await readAuthorizationDetails(as, client, parameters)
  requireLocations(targets, authorizationDetails)
  const latest = accessTokenExpiry(as, client)
  const content = { client, scope, targets, authorizationDetails, confirmation, latest }
  const [issued] = await Promise.all([issue(as, content), spend(as, spends)])
  noteUse(as, client, Math.floor(as.now) + issued.expiresIn)
  return issued
}

/**
 * Nobody consents to the scope of a machine: it is the client's own, never one that only a resource
 * has. Standard scopes are about a user, and there is none.
 */
function machineScope(
  client: Client,
  requested: string | undefined,
  targets: readonly Target[],
): string[] {
  const own = storedScope(client.metadata.scope).filter((name) => !standardScopes.includes(name))
  const allowed = scopeAt(targets, own, client.metadata.scope)
  return requested === undefined ? allowed : grantScope(requested, allowed.join(' '), null)
}
