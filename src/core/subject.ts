// Who the user is to a client. OpenID Connect Core 8.
import { digestOf } from '../crypto/secret.ts'
import type { Client, User } from './records.ts'

/**
 * The `sub` for this client: the user's own, or, where the client is registered for pairwise
 * subjects, one for its sector that no other sector can tell from it (8.1).
 */
export async function subjectFor(client: Client, user: User): Promise<string> {
  if (client.metadata.subject_type !== 'pairwise') return user.sub
  return `pws_${(await digestOf(`${sectorOf(client)} ${user.pairwiseSalt}`)).slice(0, 32)}`
}

/** The host of the sector identifier, or of the redirect URIs, which then share one. */
function sectorOf(client: Client): string {
  const uri = client.metadata.sector_identifier_uri ?? client.metadata.redirect_uris[0]
  return uri !== undefined && URL.canParse(uri) ? new URL(uri).host : client.id
}
