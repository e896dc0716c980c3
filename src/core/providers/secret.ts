// The client secret that a provider issued to us. It is sealed together with the provider's id, so
// that nobody can move it to another provider's row and have it sent there.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Provider } from './storage.ts'

/** Seals a provider's client secret for storage. */
export const wrapProviderSecret = (
  as: AuthorizationServer,
  providerId: string,
  secret: string,
): Promise<string> => as.keys.seal('provider secret', utf8(secret), providerId)

/**
 * Opens a provider's client secret. Returns null if there is none.
 * @throws temporarily_unavailable if no listed master key opens it
 */
export async function unwrapProviderSecret(
  as: AuthorizationServer,
  { id, wrappedClientSecret }: Provider,
): Promise<string | null> {
  if (wrappedClientSecret === null) return null
  return utf8Text(await as.keys.openStored('provider secret', wrappedClientSecret, id))
}
