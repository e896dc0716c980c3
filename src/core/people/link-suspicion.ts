// Which links to accounts at providers a new password ends, because they may be an intruder's.
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { LinkKey, LinkSuspicion } from './storage.ts'

/**
 * Seconds: a new password ends the links that were added within them, unless they are kept by name.
 * Nobody knows when an intruder came; what was linked before is listed, and left to its owner. A link
 * that the account began with is nobody's addition.
 */
export const suspicionReach = 2_592_000

/** Names a link in addresses and forms: its subject could hold anything. */
export const linkIdOf = ({ issuer, subject }: LinkKey): Promise<string> =>
  digestOf(JSON.stringify([issuer, subject]))

/** Which links a new password ends: the young ones but for those that are kept by their ids. */
export async function suspicionBut(
  as: AuthorizationServer,
  userId: number,
  keptIds: readonly string[],
): Promise<LinkSuspicion> {
  const since = as.now - suspicionReach
  if (keptIds.length === 0) return { since, kept: [] }
  const links = await as.store.providerLinks.listOfUser(userId)
  const ids = await Promise.all(links.map(linkIdOf))
  return { since, kept: links.filter((_, nth) => keptIds.includes(ids[nth] ?? '')) }
}
