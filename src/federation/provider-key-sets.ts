// The keys of providers whose assertions are exchanged: where their metadata say.
import type { ProviderKeySets } from '../core/providers/key-sets.ts'
import { discover } from './discovery.ts'
import { keysAt, orUnavailable, rereadKeys } from './key-sets.ts'
import { providerPorts } from './provider-ports.ts'

/** Returns the key set that a provider's metadata name (OpenID Connect Discovery 1.0 3). */
export const providerKeySets: ProviderKeySets = (as, { configuration }) => {
  const allow = { ports: providerPorts(configuration) }
  const address = async () => (await discover(as, configuration)).jwks_uri
  return {
    find: (kid) => orUnavailable(address().then((url) => keysAt(as, url, allow, kid))),
    findAgain: () => orUnavailable(address().then((url) => rereadKeys(as, url, allow))),
  }
}
