// What keeps a registered client from being removed. Its grants say themselves that it is used; what
// leaves no row is noted here, seldom and after the answer.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from './storage.ts'

/** Seconds in which one note of a kind is enough. */
const hour = 3_600
const day = 86_400

/**
 * Keeps a client for as long as a screen or a code of this authorization request may wait: neither has
 * a row that the removal could ask for. Only a client that might be removed before costs a write.
 */
export function keepForRequest(as: AuthorizationServer, client: Client): void {
  const { interaction, authorizationCode } = as.settings.lifetimes
  keepFor(as, client, interaction + authorizationCode)
}

/** Keeps a client for so many seconds from now. */
export function keepFor(as: AuthorizationServer, { id, keptUntil }: Client, seconds: number): void {
  const asked = as.now + seconds
  if (keptUntil === null || keptUntil >= asked) return
  as.waitUntil(as.store.clientRemoval.keep(id, asked, asked + hour))
}

/** Notes that a client got a token without a grant, which expires at `expiresAt`: once a day. */
export function noteUse(
  as: AuthorizationServer,
  { id, keptUntil, grantedUntil }: Client,
  expiresAt: number,
): void {
  if (keptUntil === null || (grantedUntil ?? 0) >= expiresAt) return
  as.waitUntil(as.store.clientRemoval.noteUse(id, expiresAt, expiresAt + day))
}
