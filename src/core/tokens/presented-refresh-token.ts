// Refresh tokens that clients present. The checksum refuses garbage without storage, once the isolate knows
// that its MASTER_KEY is the right one; only a token that names a master key this isolate does not have costs
// a look at its row.
import {
  type RefreshToken,
  parseRefreshToken,
  readRefreshToken,
} from '../../crypto/refresh-token.ts'
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/**
 * Returns the refresh token, if this server made it; null for anything else.
 * @throws temporarily_unavailable if it belongs to a live grant but MASTER_KEY lacks its key, or is not
 *   that of the database: another isolate (or this one, once configured) accepts it, so its holder must not
 *   be told it is invalid
 */
export async function readPresentedRefreshToken(
  as: AuthorizationServer,
  text: string,
): Promise<RefreshToken | null> {
  const token = parseRefreshToken(text)
  if (token === null) return null
  if (as.keys.has(token.keyId)) {
    const read = await readRefreshToken(as.keys, text)
    // Under the wrong MASTER_KEY, every token looks like garbage.
    if (read === null) await as.signingKeys.requireMasterKey()
    return read
  }
  // Anyone can invent a key id; the digest in the row cannot be invented.
  const found = await as.store.grants.find(token.grantId, as.now)
  if (found === null || found.barred || found.grant.revokedAt !== null) return null
  const digest = await digestOf(text)
  if (digest !== found.currentDigest && digest !== found.previousDigest) return null
  as.keys.requireKey(token.keyId)
  return token
}
