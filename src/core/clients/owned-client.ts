// Clients that users create and own, and what their owners do with them. Who may do it is judged by the
// face that the request came to.
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import { invalidRequest, tooManyRequests } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { hasSecret } from './authentication.ts'
import { profileFault } from './fapi.ts'
import type { RegisteredMetadata } from './metadata.ts'
import { clientToCreate } from './origin.ts'
import type { Client } from './storage.ts'

/**
 * Creates a client that a user owns. One user can create as many in an hour as one address can register
 * (RFC 7591).
 * @param origin the name of the dialect
 * @returns the client, and its secret unless it is public
 * @throws too_many_requests, temporarily_unavailable
 */
export async function createOwnedClient(
  as: AuthorizationServer,
  { ownerId, origin }: { ownerId: number; origin: string },
  metadata: RegisteredMetadata,
): Promise<{ client: Client; secret: string | null }> {
  const secret = hasSecret(metadata) ? randomSecret() : null
  const client: Client = {
    ...clientToCreate(randomSecret(16), metadata, as.now),
    secretDigest: secret === null ? null : await digestOf(secret),
    origin,
    ownerId,
  }
  const { perAddress } = as.settings.registration
  const registered = await as.store.registrations.register(
    client,
    { tokenId: null, address: `user ${ownerId}`, perAddress },
    auditOf(as, 'client.created-by-user', { userId: ownerId, clientId: client.id }),
  )
  if (registered.outcome !== 'registered') {
    const retryAt = registered.outcome === 'throttled' ? registered.retryAt : as.now
    throw tooManyRequests(Math.max(1, Math.ceil(retryAt - as.now)))
  }
  as.nameClient(client.id)
  return { client, secret }
}

/**
 * Deletes a client for a user: its codes, grants and tokens end at once. Returns false if it was deleted
 * before.
 * @throws temporarily_unavailable
 */
export async function deleteClientFor(
  as: AuthorizationServer,
  userId: number,
  clientId: string,
): Promise<boolean> {
  const audit = auditOf(as, 'client.deleted-by-user', { userId, clientId })
  const deleted = await as.store.clients.delete(clientId, audit)
  as.clients.forget(clientId)
  tellKv(as)
  return deleted
}

/**
 * Replaces the secret of a client for a user. No secret from before is accepted any more. Returns the new
 * secret, or null if there is no such client any more.
 * @throws invalid_request for a client without a secret, temporarily_unavailable
 */
export async function replaceSecretFor(
  as: AuthorizationServer,
  userId: number,
  clientId: string,
): Promise<string | null> {
  const secret = randomSecret()
  const secretDigest = await digestOf(secret)
  const changed = await as.store.clients.change(
    clientId,
    ({ metadata }) => {
      if (!hasSecret(metadata)) {
        throw invalidRequest('Operation is not allowed for public clients')
      }
      return { secretDigest, previousSecretDigest: null }
    },
    auditOf(as, 'client.secret-replaced', { userId, clientId }),
  )
  as.clients.forget(clientId)
  tellKv(as)
  return changed === null ? null : secret
}

/** What decides whether a client is the operator's own, and what it is registered with then. */
export type Privilege = {
  trusted: boolean
  /** Only computes: storage may ask more than once. */
  metadataOf: (metadata: RegisteredMetadata) => RegisteredMetadata
  /** Who decided; undefined = the operator. */
  userId?: number
}

/**
 * Makes a client one of the operator's own, or ends that. The batch that ends it also ends every code,
 * grant and token of the client; a client that becomes the operator's own keeps what it has. Nothing
 * changes if the client is so already. Returns false if there is no such client.
 * @throws invalid_request if the client's security profile forbids it, temporarily_unavailable
 */
export async function decidePrivilege(
  as: AuthorizationServer,
  clientId: string,
  { trusted, metadataOf, userId }: Privilege,
): Promise<boolean> {
  const kind = trusted ? 'client.made-first-party' : 'client.made-third-party'
  const by = userId === undefined ? {} : { userId }
  const changed = await as.store.clients.change(
    clientId,
    (before) => {
      if (before.metadata.trusted === trusted) return {}
      const metadata = { ...metadataOf(before.metadata), trusted }
      const fault = profileFault(metadata)
      if (fault !== null) throw invalidRequest('the security profile of the client forbids this')
      return trusted ? { metadata } : { metadata, notBefore: as.now }
    },
    auditOf(as, kind, { ...by, clientId }),
  )
  as.clients.forget(clientId)
  tellKv(as)
  return changed !== null
}
