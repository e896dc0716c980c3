// Where the public keys of a client are: in its registration, or at an address of its own.
import type { KeySource } from '../../crypto/foreign-token.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from './storage.ts'

/**
 * Returns the key set that somebody publishes at an address, as an isolate keeps it: at most five
 * minutes old. Asking the source rejects with `temporarily_unavailable` when the set cannot be fetched.
 */
export type ForeignKeySets = (as: AuthorizationServer, url: string) => KeySource

/** Returns the registered keys of a client, or those at its `jwks_uri`; null if it has neither. RFC 7591 2. */
export function keysOfClient(as: AuthorizationServer, { metadata }: Client): KeySource | null {
  const { jwks, jwks_uri: url } = metadata
  if (url !== undefined) return as.keySets(as, url)
  if (jwks === undefined) return null
  return { find: async () => jwks.keys, findAgain: async () => null }
}
