// The admin token, a bearer token (RFC 6750).
import { digestOf, equalInConstantTime } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/**
 * Returns whether an Authorization header has ADMIN_TOKEN, compared in constant time (RFC 6750
 * 2.1).
 */
export async function bearsAdminToken(
  as: AuthorizationServer,
  header: string | undefined,
): Promise<boolean> {
  // The operator chooses the token, so it need not be a b64token (RFC 6750 2.1).
  const token = /^bearer +(.+)$/i.exec(header ?? '')?.[1] ?? ''
  // Digests have a fixed length, so the comparison does not reveal the length of the token.
  const [sent, expected] = await Promise.all([digestOf(token), digestOf(as.settings.adminToken)])
  return equalInConstantTime(sent, expected)
}
