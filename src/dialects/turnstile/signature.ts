// The key with which Turnstile's answers are signed for a client that keeps no secret.
import { base64url } from '../../crypto/encoding.ts'
import { hmacOf } from '../../crypto/hmac.ts'
import type { AuthorizationServer } from '../../core/authorization-server.ts'

/**
 * A client's own signature key: base64url text, derived from the current master key and the
 * client's id. The bytes of the text are the HMAC key, so that an operator can copy it as shown.
 */
export async function signatureKeyOf(
  as: Pick<AuthorizationServer, 'keys'>,
  clientId: string,
): Promise<string> {
  return base64url(await as.keys.mac('turnstile signature', clientId))
}

/**
 * The signature of an answer to a client: base64 HMAC-SHA-256 of `text` under the secret that the
 * client has just proved, or under its own signature key where it presented none.
 */
export async function signForClient(
  as: Pick<AuthorizationServer, 'keys'>,
  clientId: string,
  clientSecret: string | undefined,
  text: string,
): Promise<string> {
  return hmacOf(clientSecret ?? (await signatureKeyOf(as, clientId)), text)
}
