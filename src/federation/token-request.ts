// Exchanges a code for tokens at a provider's token endpoint. RFC 6749 4.1.3 and 2.3.1.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { unwrapProviderSecret } from '../core/providers/secret.ts'
import type { Provider } from '../core/providers/storage.ts'
import { base64, utf8 } from '../crypto/encoding.ts'
import { appleClientSecret } from './apple.ts'
import { type OutboundAllowance, type OutboundAnswer, guardedFetch } from './outbound.ts'

type CodeForTokens = {
  url: string
  clientId: string
  code: string
  redirectUri: string
  codeVerifier?: string
}

/**
 * Requests the tokens of a code. With a `provider`, the request is authenticated as its client; the
 * secret is sent to no other address.
 * @throws OutboundError
 */
export async function requestTokens(
  as: AuthorizationServer,
  request: CodeForTokens,
  provider: Provider | null,
  allow: OutboundAllowance,
): Promise<OutboundAnswer> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: request.code,
    redirect_uri: request.redirectUri,
    client_id: request.clientId,
    ...(request.codeVerifier === undefined ? {} : { code_verifier: request.codeVerifier }),
  })
  const headers: Record<string, string> = {
    Accept: 'application/json',
    // Without the charset that the platform would add, because some providers accept only this
    // value.
    'Content-Type': 'application/x-www-form-urlencoded',
  }
  const secret = provider === null ? null : await clientSecretOf(as, provider)
  const method = provider?.configuration.token_endpoint_auth_method
  if (secret !== null && method === 'client_secret_basic') {
    headers.Authorization = basic(request.clientId, secret)
  } else if (secret !== null && method === 'client_secret_post') {
    body.set('client_secret', secret)
  }
  return guardedFetch(as, request.url, { method: 'POST', headers, body: body.toString() }, allow)
}

/** @throws OutboundError, temporarily_unavailable */
async function clientSecretOf(as: AuthorizationServer, provider: Provider): Promise<string | null> {
  const secret = await unwrapProviderSecret(as, provider)
  return secret !== null && provider.configuration.preset === 'apple'
    ? appleClientSecret(provider, secret, as.now)
    : secret
}

// "The client identifier is encoded using the application/x-www-form-urlencoded encoding algorithm
// ..., and the encoded value is used as the username; the client secret is encoded using the same."
const basic = (id: string, secret: string): string =>
  `Basic ${base64(utf8(`${formEncoded(id)}:${formEncoded(secret)}`))}`

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
