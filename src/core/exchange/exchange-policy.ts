// Whose tokens a client may exchange, and for which resources. RFC 8693 leaves it to policy (2.1, 5).
import { invalidRequest } from '../../protocol/error.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { type AccessToken, isForUs, isMeantFor } from '../tokens/access-token.ts'
import { keysOf } from '../tokens/resource-metadata.ts'
import type { Target } from '../tokens/target.ts'

/**
 * Rejects a subject token that the client may not exchange. It may exchange tokens that were issued to
 * it or that name it in their audience. For registered resources it may also exchange other clients'
 * tokens whose audience is this server. A token for any other audience was not meant for this client,
 * so that a leaked one is of no use here.
 * @throws invalid_request
 */
export function requireExchangeable(
  as: AuthorizationServer,
  client: Client,
  subject: AccessToken,
  targets: readonly Target[],
): void {
  if (subject.clientId === client.id || isMeantFor(client, subject)) return
  const isForResources = targets.length > 0 && targets.every(({ metadata }) => metadata !== null)
  if (isForUs(as, subject) && isForResources && mayExchange(client, subject, targets)) return
  throw invalidRequest('the subject token is not acceptable from this client')
}

/**
 * Returns whether the client is registered to exchange this token of another client for these
 * resources.
 */
function mayExchange(
  { origin, metadata: { token_exchange } }: Client,
  { clientId }: AccessToken,
  targets: readonly Target[],
): boolean {
  // A client that registered itself may exchange only its own tokens.
  const isVouchedFor = origin === 'admin' || origin === 'config'
  const policy = token_exchange ?? (isVouchedFor ? 'any' : 'own')
  if (policy === 'any' || policy === 'own') return policy === 'any'
  const { clients, resources } = policy
  const keys = resources?.map(resourceKey)
  const isListed = ({ metadata }: Target): boolean =>
    metadata !== null && (keys === undefined || keysOf(metadata).some((key) => keys.includes(key)))
  return (clients === undefined || clients.includes(clientId)) && targets.every(isListed)
}
