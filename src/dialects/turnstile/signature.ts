// The key that signs Turnstile's responses to a client without a secret.
import type { Server } from '../../core/authorization-server.ts'
import { base64url } from '../../crypto/encoding.ts'
import { hmacOf } from '../../crypto/hmac.ts'

/**
 * Returns a client's own signature key: base64url text, derived from the current master key and the
 * client's id. The HMAC key is the bytes of the text, so that an operator can copy it as shown.
 */
export async function signatureKeyOf(server: Server, clientId: string): Promise<string> {
  return base64url(await server.keys.mac('turnstile signature', clientId))
}

/**
 * Signs a response to a client: base64 HMAC-SHA-256 of `text` under the secret that the client has
 * just presented, or under its own signature key if it presented none.
 */
export async function signForClient(
  server: Server,
  clientId: string,
  clientSecret: string | undefined,
  text: string,
): Promise<string> {
  return hmacOf(clientSecret ?? (await signatureKeyOf(server, clientId)), text)
}
