// The secret that a client shares with the server: only digests of it are stored.
import { digestOf, equalInConstantTime } from '../../../crypto/secret.ts'
import type { Client } from '../storage.ts'
import type { ClientCredentials, ClientProof } from './method.ts'

// Compared against where there is no client, so that an unknown client costs the same work.
const nobody = 'A'.repeat(43)

/**
 * Returns the secret that is the client's current one or the one before its last rotation; else null.
 */
export async function provedBySecret(
  client: Client | null,
  { clientSecret, clientSecretAsSent }: ClientCredentials,
): Promise<ClientProof | null> {
  let proof: ClientProof | null = null
  // Every reading is compared, whichever matches: the time says nothing about the secret.
  for (const secret of [clientSecret, clientSecretAsSent]) {
    if (secret === undefined) continue
    const digest = await digestOf(secret)
    const matchesCurrent = equalInConstantTime(digest, client?.secretDigest ?? nobody)
    const matchesPrevious = equalInConstantTime(digest, client?.previousSecretDigest ?? nobody)
    if (matchesCurrent || matchesPrevious) proof = { clientSecret: secret }
  }
  return proof
}
