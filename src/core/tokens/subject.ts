// Who the user is to a client. OpenID Connect Core 8.
import { digestOf } from '../../crypto/secret.ts'
import { provenHosts } from '../../protocol/redirect-uri.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'

/**
 * Returns the `sub` for this client: the user's own, or, where the client is registered for pairwise
 * subjects, one for its sector that no other sector can tell from it (8.1).
 */
export async function subjectFor(client: Client, user: User): Promise<string> {
  if (client.metadata.subject_type !== 'pairwise') return user.sub
  return `pws_${(await digestOf(`${sectorOf(client)} ${user.pairwiseSalt}`)).slice(0, 32)}`
}

/**
 * Returns the host of the sector identifier, or of the redirect URIs, which then share one. Where none
 * is proved (an app on a device) the client is a sector of its own.
 */
function sectorOf({ id, metadata }: Client): string {
  const { sector_identifier_uri: sector, redirect_uris } = metadata
  return provenHosts(sector === undefined ? redirect_uris : [sector])[0] ?? id
}
