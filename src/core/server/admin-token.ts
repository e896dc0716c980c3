// The operator's bearer token. RFC 6750.
import { digestOf, equalInConstantTime } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/** Whether an Authorization header bears ADMIN_TOKEN, compared in constant time. */
export async function bearsAdminToken(
  as: AuthorizationServer,
  header: string | undefined,
): Promise<boolean> {
  // The token is a text of the operator's choice, so it need not be a b64token (RFC 6750 2.1).
  const token = /^bearer +(.+)$/i.exec(header ?? '')?.[1] ?? ''
  // Digests have one length, so not even the length of the token can be measured.
  const [sent, expected] = await Promise.all([digestOf(token), digestOf(as.settings.adminToken)])
  return equalInConstantTime(sent, expected)
}
