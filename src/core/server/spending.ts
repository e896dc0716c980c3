// Spending identifiers where no batch decides about the request.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Spending } from './storage.ts'

/**
 * Spends the identifiers of a request, all or none; storage decides which of two requests counts.
 * @throws the refusal of an identifier that was spent before
 */
export async function spend(as: AuthorizationServer, spends: readonly Spending[]): Promise<void> {
  if (spends.length === 0) return
  const replayed = await as.store.usedIdentifiers.spend(spends)
  const spent = spends.find(({ digest }) => digest === replayed)
  if (spent !== undefined) throw spent.refusal()
}
