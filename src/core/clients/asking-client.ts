// Which client asks for an authorization: a registered one, or one that its client ID metadata document
// describes. Documents are read nowhere else: other requests use the client as it was consented to.
// Client ID Metadata Document draft-02, 3 and 5.
import { documentAddressFault, isDocumentAddress } from '../../protocol/document-address.ts'
import { invalidRequest } from '../../protocol/error.ts'
import { matchesHostGlob } from '../../protocol/host-glob.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import type { ClientDocument } from './document.ts'
import type { RegisteredMetadata } from './metadata.ts'
import { clientToCreate } from './origin.ts'
import { withMembersOfOperator } from './registration-metadata.ts'
import type { Client } from './storage.ts'

/**
 * How a document differs from what is stored of its client. `identity` = in its name, redirects,
 * methods or keys, or nothing is stored yet: a person must agree to it. `details` = in anything else.
 */
export type DocumentChange = 'none' | 'details' | 'identity'

type AskingClient = { client: Client | null; documentChange: DocumentChange }

/**
 * Returns the client that a request names; null if there is none.
 * @param seen the digest of the document that a screen was made for
 * @throws invalid_request (an unusable address or document), too_many_requests
 */
export async function findAskingClient(
  as: AuthorizationServer,
  id: string,
  seen?: string,
): Promise<AskingClient> {
  if (!isDocumentAddress(id, as.settings.development)) {
    return asStored(await as.clients.find(id, as.now))
  }
  const fault = documentAddressFault(id)
  if (fault !== null) throw invalidRequest(`the client_id ${fault}`, { reason: 'client_unknown' })
  if (!mayDescribeClient(as, id)) return asStored(null)
  const stored = await as.clients.find(id, as.now)
  // A document revives no client that the operator disabled, and changes none that they created.
  const isFixed = stored !== null && (stored.disabledAt !== null || stored.origin !== 'cimd')
  if (isFixed || (stored !== null && stored.documentDigest === seen)) return asStored(stored)
  const wanted = { seen, stored: stored === null ? null : stored.documentDigest }
  const document = await as.clientDocuments.find(as, id, wanted)
  if (stored?.documentDigest === document.digest) return asStored(stored)
  // Read anew: a consent of a moment ago, at another isolate, may have stored the document.
  const latest = stored === null ? null : await as.clients.read(id, as.now)
  return latest === null
    ? { client: describedClient(as, id, document), documentChange: 'identity' }
    : changedClient(latest, document)
}

const asStored = (client: Client | null): AskingClient => ({ client, documentChange: 'none' })

/**
 * Returns a stored client as its document describes it now, with what the operator gave it.
 * @throws invalid_request if the two contradict each other
 */
function changedClient(
  stored: Client,
  { metadata: described, digest }: ClientDocument,
): AskingClient {
  if (stored.disabledAt !== null || stored.documentDigest === digest) return asStored(stored)
  const merged = withMembersOfOperator(described, stored.metadata)
  if ('fault' in merged) {
    const fault = `the client metadata document contradicts what the operator set: ${merged.field} ${merged.fault}`
    throw invalidRequest(fault, { reason: 'document_unusable' })
  }
  const { metadata } = merged
  return {
    client: { ...stored, metadata, documentDigest: digest },
    documentChange: isSameIdentity(stored.metadata, metadata) ? 'details' : 'identity',
  }
}

/** Returns whether the operator lets documents at this address describe clients. */
export function mayDescribeClient({ settings }: AuthorizationServer, address: string): boolean {
  const { isOn, hosts } = settings.clientDocuments
  return isOn && (hosts.length === 0 || matchesHostGlob(new URL(address).hostname, hosts))
}

/**
 * Stores what has changed in a client's document besides its identity, for somebody who has agreed to
 * the client before.
 */
export async function storeDetails(as: AuthorizationServer, described: Client): Promise<void> {
  const { id, metadata, documentDigest } = described
  const audit = auditOf(as, 'client.document-stored', { clientId: id })
  await as.store.clients.change(
    id,
    // Not over what another request has stored meanwhile: the redemption will tell.
    (before) => (before.updatedAt === described.updatedAt ? { metadata, documentDigest } : {}),
    audit,
  )
  as.clients.forget(id)
}

const describedClient = (
  as: AuthorizationServer,
  id: string,
  document: ClientDocument,
): Client => ({
  ...clientToCreate(id, document.metadata, as.now),
  origin: 'cimd',
  keptUntil: as.now + as.settings.registration.unusedLifetime,
  documentDigest: document.digest,
})

/** The members by which a person and the server know who a client is. */
export const identityMembers = [
  'client_name',
  'redirect_uris',
  'token_endpoint_auth_method',
  'token_endpoint_auth_methods_supported',
  'jwks',
  'jwks_uri',
] as const satisfies readonly (keyof RegisteredMetadata)[]

const isSameIdentity = (one: RegisteredMetadata, other: RegisteredMetadata): boolean =>
  identityMembers.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]))
