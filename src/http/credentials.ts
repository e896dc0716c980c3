// Credentials in a request: Basic (RFC 7617, RFC 6749 2.3.1) and Bearer (RFC 6750 2).
import { fromBase64, utf8Text } from '../crypto/encoding.ts'
import type { ClientCredentials } from '../core/client-authentication.ts'
import { invalidClient, invalidRequest } from '../protocol/error.ts'
import { decodeFormComponent, type Parameters } from '../protocol/parameters.ts'

/** How strictly a face reads credentials. */
export type CredentialRules = {
  /** The header's client wins over the body's; otherwise two credentials at once are refused. */
  headerWins?: boolean
}

/**
 * The client's credentials from the header or the body.
 * @throws invalid_client (malformed header), invalid_request (more than one method: 6749 2.3)
 */
export function readClientCredentials(
  request: Request,
  parameters: Parameters,
  rules: CredentialRules = {},
): ClientCredentials {
  const header = request.headers.get('Authorization')
  const clientId = parameters.get('client_id')
  const clientSecret = parameters.get('client_secret')
  if (header === null) {
    const method = clientSecret === undefined ? 'none' : 'client_secret_post'
    return { clientId, clientSecret, method }
  }
  const basic = readBasic(header)
  if (basic === null) {
    throw invalidClient('the Authorization header is not valid Basic credentials', {
      reason: 'header_malformed',
    })
  }
  if (rules.headerWins === true) return basic
  // "The client MUST NOT use more than one authentication method in each request."
  if (clientSecret !== undefined) throw invalidRequest('more than one client credential was sent')
  if (clientId !== undefined && clientId !== basic.clientId) {
    throw invalidRequest('the client_id differs from the one in the Authorization header')
  }
  return basic
}

/**
 * Id and secret of a Basic header: split at the first colon, each half form-decoded; or null. The
 * secret comes as it was sent, too, where that is another text: many clients do not encode it.
 */
function readBasic(header: string): ClientCredentials | null {
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)
  if (match?.[1] === undefined) return null
  const padded = match[1].padEnd(Math.ceil(match[1].length / 4) * 4, '=')
  const bytes = fromBase64(padded)
  const text = bytes === null ? null : utf8Text(bytes)
  const colon = text === null ? -1 : text.indexOf(':')
  if (text === null || colon < 1) return null
  const clientId = formDecoded(text.slice(0, colon))
  if (clientId === null) return null
  const sent = text.slice(colon + 1)
  // An empty secret is no secret: it must never match anything.
  if (sent === '') return { clientId, clientSecret: undefined, method: 'none' }
  const clientSecret = formDecoded(sent) ?? sent
  return {
    clientId,
    clientSecret,
    ...(clientSecret === sent ? {} : { clientSecretAsSent: sent }),
    method: 'client_secret_basic',
  }
}

function formDecoded(half: string): string | null {
  try {
    return decodeFormComponent(half)
  } catch {
    return null
  }
}

/**
 * The token of a Bearer header: `none` without header, `malformed` for any other scheme or syntax.
 * RFC 6750 2.1.
 */
export function readBearer(request: Request): { token: string } | 'none' | 'malformed' {
  const header = request.headers.get('Authorization')
  if (header === null) return 'none'
  const match = /^bearer +([\w.~+/-]+=*)$/i.exec(header)
  return match?.[1] === undefined ? 'malformed' : { token: match[1] }
}
