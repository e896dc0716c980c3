// Credentials in a request: the client's (RFC 6749 2.3) and Bearer (RFC 6750 2).
import {
  type ClientTolerance,
  type PresentedCredentials,
  readCredentials,
} from '../core/clients/authentication.ts'
import type { Parameters } from '../protocol/parameters.ts'

/**
 * The client's credentials from the header or the body.
 * @throws invalid_client (malformed header), invalid_request (more than one method: 6749 2.3)
 */
export const readClientCredentials = (
  request: Request,
  parameters: Parameters,
  tolerance: ClientTolerance = {},
): PresentedCredentials =>
  readCredentials({ authorization: request.headers.get('Authorization'), parameters }, tolerance)

/**
 * The token of a Bearer header: `none` without header, `malformed` for any other scheme or syntax.
 * RFC 6750 2.1.
 */
export function readBearer(request: Request): { token: string } | 'none' | 'malformed' {
  const credentials = readTokenCredentials(request)
  const isBearer = typeof credentials !== 'object' || credentials.scheme === 'Bearer'
  return isBearer ? credentials : 'malformed'
}

/** An access token in the Authorization header, with the scheme that it came by. */
export type TokenCredentials = { scheme: 'Bearer' | 'DPoP'; token: string }

/** The token of a Bearer or DPoP header, as `readBearer` reads the one. RFC 6750 2.1, RFC 9449 7.1. */
export function readTokenCredentials(request: Request): TokenCredentials | 'none' | 'malformed' {
  const header = request.headers.get('Authorization')
  if (header === null) return 'none'
  const [, scheme, token] = /^(bearer|dpop) +([\w.~+/-]+=*)$/i.exec(header) ?? []
  if (scheme === undefined || token === undefined) return 'malformed'
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token }
}
