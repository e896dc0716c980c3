// Which links to accounts at providers a new password ends, because an intruder may have added them.
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { LinkKey, LinkSuspicion } from './storage.ts'

/**
 * Seconds. A new password ends the links that were added in the last so many seconds, unless the person
 * keeps them. Nobody knows when an intruder came: older links are shown, and their owner decides. The
 * link that an account was created with was not added, and stays.
 */
export const suspicionReach = 2_592_000

/** Returns an id for a link in URLs and forms: a digest, because a subject may contain anything. */
export const linkIdOf = ({ issuer, subject }: LinkKey): Promise<string> =>
  digestOf(JSON.stringify([issuer, subject]))

/**
 * Returns which links of a user a new password ends: those added in the last `suspicionReach` seconds,
 * except those with an id in `keptIds`.
 */
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
