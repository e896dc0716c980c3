// What an access token says of its user.
import type { Claims } from '../../crypto/jwt.ts'
import { releasedClaims } from '../../protocol/claims.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'
import { subjectFor } from './subject.ts'

/** The subject for one client, and the claims that the client is registered for in access tokens. */
export type StatedUser = { sub: string; claims: Claims }

/** Returns what access tokens of this client say of the user. */
export async function statedUser(client: Client, user: User): Promise<StatedUser> {
  const own = client.metadata.claims?.access_token ?? []
  return {
    sub: await subjectFor(client, user),
    claims: own.length === 0 ? {} : releasedClaims(user, [], own),
  }
}
