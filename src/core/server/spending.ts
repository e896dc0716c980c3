// Identifiers that a request spends: the `jti` of its client assertion and of its proof of possession.
// They ride in the batch that decides about the request; what no batch decides is here.
import { randomSecret } from '../../crypto/secret.ts'
import { OAuthError } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Spending } from './storage.ts'

/**
 * Spends identifiers, all or none, for a request that no other write decides about.
 * @throws the refusal of the identifier that was spent before; temporarily_unavailable
 */
export async function spend(as: AuthorizationServer, spends: readonly Spending[]): Promise<void> {
  if (spends.length === 0) return
  const replayed = await as.store.usedIdentifiers.spend(spends)
  const spent = spends.find(({ digest }) => digest === replayed)
  if (spent !== undefined) throw spent.refusal()
}

/** Identifiers that this isolate alone remembers, with the instants at which they expire. */
const remembered = new Map<string, number>()

/** Identifiers that are remembered; the oldest is forgotten first. */
const mostRemembered = 1_000

/**
 * Spends identifiers for a request that may write nothing. Another isolate would take them once more.
 * @throws the refusal of the identifier that was spent before
 */
export function spendInMemory({ now }: AuthorizationServer, spends: readonly Spending[]): void {
  const spent = spends.find(({ digest }) => (remembered.get(digest) ?? 0) > now)
  if (spent !== undefined) throw spent.refusal()
  for (const { digest, expiresAt } of spends) {
    remembered.delete(digest)
    remembered.set(digest, expiresAt)
  }
  for (const oldest of remembered.keys()) {
    if (remembered.size <= mostRemembered) break
    remembered.delete(oldest)
  }
}

/**
 * Runs the decision about a request, and spends its identifiers after the response if the decision is a
 * refusal: an assertion that was shown once must not be of use a second time.
 *
 * Proofs of possession are spent by what is granted alone. Two kinds of refusal spend nothing. A client
 * that is told to use a nonce sends the same assertion again (RFC 9449 8), and a failure of the server
 * is safe to retry with the very same request.
 * @throws what `decide` throws
 */
export async function spendEvenIfRefused<Result>(
  as: AuthorizationServer,
  spends: readonly Spending[],
  decide: () => Promise<Result>,
): Promise<Result> {
  try {
    return await decide()
  } catch (refusal) {
    if (refusal instanceof OAuthError && spendsIdentifiers(refusal)) {
      const { now } = as
      const kept = spends.filter(({ onlyIfGranted }) => onlyIfGranted !== true)
      const uses = kept.map(({ digest, expiresAt }) =>
        as.store.usedIdentifiers.use({ digest, expiresAt, operation: randomSecret(16), now }),
      )
      if (uses.length > 0) as.waitUntil(Promise.all(uses))
    }
    throw refusal
  }
}

const spendsIdentifiers = ({ code, status }: OAuthError): boolean =>
  status < 500 && code !== 'use_dpop_nonce'
