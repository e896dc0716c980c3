// What a client may ask for.
import { storedScope } from '../../protocol/scope.ts'
import type { Client } from './storage.ts'

/**
 * Returns the client's registered scope, but `offline_access` only where it gets refresh tokens: what
 * cannot be given is neither asked of the user nor said to be granted.
 */
export const scopeOf = ({ metadata }: Pick<Client, 'metadata'>): string =>
  metadata.grant_types.includes('refresh_token')
    ? metadata.scope
    : storedScope(metadata.scope)
        .filter((name) => name !== 'offline_access')
        .join(' ')
