// Reads credentials from a request: the client's (RFC 6749 2.3) and bearer tokens (RFC 6750 2).
import {
  type ClientTolerance,
  type PresentedCredentials,
  readCredentials,
} from '../core/clients/authentication.ts'
import type { Parameters } from '../protocol/parameters.ts'

/**
 * Reads the client's credentials from the header or the body (RFC 6749 2.3).
 * @throws invalid_client for a malformed header
 * @throws invalid_request for more than one authentication method
 */
export const readClientCredentials = (
  request: Request,
  parameters: Parameters,
  tolerance: ClientTolerance = {},
): PresentedCredentials =>
  readCredentials({ authorization: request.headers.get('Authorization'), parameters }, tolerance)

/**
 * Returns the token of a Bearer header: `none` without a header, `malformed` for any other scheme
 * or syntax (RFC 6750 2.1).
 */
export function readBearer(request: Request): { token: string } | 'none' | 'malformed' {
  const header = request.headers.get('Authorization')
  if (header === null) return 'none'
  const match = /^bearer +([\w.~+/-]+=*)$/i.exec(header)
  return match?.[1] === undefined ? 'malformed' : { token: match[1] }
}
