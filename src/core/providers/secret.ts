// The secret that a provider gave us: wrapped at rest, bound to the provider's id, so that a row's
// secret cannot be moved under another provider and sent there.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Provider } from './storage.ts'

export const wrapProviderSecret = (
  as: AuthorizationServer,
  providerId: string,
  secret: string,
): Promise<string> => as.keys.seal('provider secret', utf8(secret), providerId)

/**
 * The secret, or null where there is none.
 * @throws temporarily_unavailable if no listed master key opens it
 */
export async function unwrapProviderSecret(
  as: AuthorizationServer,
  { id, wrappedClientSecret }: Provider,
): Promise<string | null> {
  if (wrappedClientSecret === null) return null
  return utf8Text(await as.keys.openStored('provider secret', wrappedClientSecret, id))
}
