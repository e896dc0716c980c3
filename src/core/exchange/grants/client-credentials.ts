// The client credentials grant: a token in the client's own name. RFC 6749 4.4.
import { unauthorizedClient } from '../../../protocol/error.ts'
import { grantScope, storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isConfidential } from '../../clients/authentication.ts'
import { noteUse } from '../../clients/registration-use.ts'
import type { Client } from '../../clients/storage.ts'
import { spend } from '../../server/spending.ts'
import { type Issued, accessTokenExpiry, signAccessToken } from '../../tokens/issuance.ts'
import { machineResource } from '../../tokens/resource.ts'
import type { TokenRequest } from '../token-request.ts'

// There is no user whom these could be about.
const userScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/**
 * Issues a token to the client itself; without scope to one that asks for none and may have none.
 * "A refresh token SHOULD NOT be included." (4.4.3): there is none.
 * @throws unauthorized_client, invalid_scope, invalid_target, the refusal of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends = [] }: TokenRequest,
): Promise<Issued> {
  // "The client credentials grant type MUST only be used by confidential clients."
  if (!isConfidential(client)) throw unauthorizedClient('the client is public')
  const scope = machineScope(client, parameters.get('scope'))
  const resource = machineResource(as, client, parameters)
  const expiresAt = accessTokenExpiry(as, client)
  const content = { client, scope, resource, confirmation, expiresAt }
  const [accessToken] = await Promise.all([signAccessToken(as, content), spend(as, spends)])
  noteUse(as, client, expiresAt)
  return { accessToken, expiresIn: expiresAt - Math.floor(as.now), scope }
}

function machineScope(client: Client, requested: string | undefined): string[] {
  const allowed = storedScope(client.metadata.scope).filter((name) => !userScopes.includes(name))
  return requested === undefined ? allowed : grantScope(requested, allowed.join(' '), null)
}
