// What an administrator does to clients, whichever face asks for it.
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import type { AuditKind } from '../server/events.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { hasSecret } from './authentication.ts'
import type { RegisteredMetadata } from './metadata.ts'
import { clientToCreate } from './origin.ts'
import type { Client, ClientChange } from './storage.ts'

/** What is known about a client to be created. */
export type ClientDraft = {
  id: string
  metadata: RegisteredMetadata
  /** Of at least 128 bits, because its digest is stored; null for a client without one. */
  secret: string | null
  isDisabled: boolean
}

/** Creates a client. `isNew` is false where the identifier belongs to a client that exists. */
export async function createClient(
  as: AuthorizationServer,
  { id, metadata, secret, isDisabled }: ClientDraft,
): Promise<{ client: Client; isNew: boolean }> {
  const client: Client = {
    ...clientToCreate(id, metadata, as.now),
    ...(metadata.managed_by === undefined ? {} : { origin: 'config' }),
    secretDigest: secret === null ? null : await digestOf(secret),
    disabledAt: isDisabled ? as.now : null,
  }
  const made = await as.store.clients.create(
    client,
    auditOf(as, 'client.created', { clientId: id }),
  )
  as.clients.forget(id)
  return { client, isNew: made === 'created' }
}

/** A change of a client by an administrator. */
export type ClientRevision = {
  kind: AuditKind
  /** The members that change, for the audit log. */
  fields?: readonly string[]
  /**
   * Returns the change of the stored client, or null if there is nothing to do. It has no effects,
   * because it may run again.
   */
  decide: (client: Client) => ClientChange | null
}

/** Changes a client; null if there is none. This isolate reads it anew. */
export async function changeClient(
  as: AuthorizationServer,
  id: string,
  { kind, fields = [], decide }: ClientRevision,
): Promise<Client | null> {
  const audit = auditOf(as, kind, { clientId: id, detail: { fields } })
  const client = await as.store.clients.change(id, decide, audit)
  as.clients.forget(id)
  tellKv(as)
  return client
}

/** The client authenticates without a secret. */
class Secretless extends Error {}

/**
 * Gives a client a new secret. The previous one stays valid until the next rotation or until it is
 * deleted. Null if there is no such client.
 */
export async function rotateClientSecret(
  as: AuthorizationServer,
  id: string,
  secret: string,
): Promise<Client | 'secretless' | null> {
  const secretDigest = await digestOf(secret)
  try {
    return await changeClient(as, id, {
      kind: 'client.secret-rotated',
      decide: (before) => {
        if (!hasSecret(before.metadata)) throw new Secretless()
        // This is a retry. Rotating again would end the secret that is still in use.
        if (before.secretDigest === secretDigest) return null
        return { secretDigest, previousSecretDigest: before.secretDigest }
      },
    })
  } catch (thrown) {
    if (thrown instanceof Secretless) return 'secretless'
    throw thrown
  }
}

/**
 * Revokes everything that was granted to a client so far; null if there is none. It sets one instant in
 * the client's row, however many grants it has: every check of a grant reads that instant.
 */
export const endGrantsOfClient = (as: AuthorizationServer, id: string): Promise<Client | null> =>
  changeClient(as, id, {
    kind: 'client.grants-revoked',
    decide: () => ({ notBefore: as.now }),
  })

/** Deletes a client and revokes its grants; false if there is none. */
export async function deleteClient(as: AuthorizationServer, id: string): Promise<boolean> {
  const isDeleted = await as.store.clients.delete(
    id,
    auditOf(as, 'client.deleted', { clientId: id }),
  )
  as.clients.forget(id)
  if (isDeleted) tellKv(as)
  return isDeleted
}
