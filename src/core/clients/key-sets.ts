// Where the public keys of a client are: in its registration, or at an address of its own.
import type { ForeignKey } from '../../crypto/foreign-key.ts'
import type { KeySource } from '../../crypto/foreign-token.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from './storage.ts'

/**
 * Key sets that others publish, as an isolate keeps them: at most five minutes old. Both reject with
 * `temporarily_unavailable` when a set cannot be fetched.
 */
export type ForeignKeySets = {
  /** The keys at an address, read anew where none of them has the `kid`. */
  find: (
    as: AuthorizationServer,
    url: string,
    kid: string | undefined,
  ) => Promise<readonly ForeignKey[]>
  /** The keys read once more; null where they have just been read. */
  findAgain: (as: AuthorizationServer, url: string) => Promise<readonly ForeignKey[] | null>
}

/** The registered keys of a client, or those at its `jwks_uri`; null if it has neither. RFC 7591 2. */
export function keysOfClient(as: AuthorizationServer, { metadata }: Client): KeySource | null {
  const { jwks, jwks_uri: url } = metadata
  if (url !== undefined) {
    return {
      find: (kid) => as.keySets.find(as, url, kid),
      findAgain: () => as.keySets.findAgain(as, url),
    }
  }
  if (jwks === undefined) return null
  return { find: async () => jwks.keys, findAgain: async () => null }
}
