// The keys of providers, as the core asks for them.
import type { KeySource } from '../../crypto/foreign-token.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Provider } from './storage.ts'

/**
 * Returns where a provider's keys are: in the key set that its metadata names. Asking the source
 * rejects with `temporarily_unavailable` when the metadata or the keys cannot be fetched.
 */
export type ProviderKeySets = (as: AuthorizationServer, provider: Provider) => KeySource
