// Identifies the user of an authorization request by the token of a super client.
import { isFirstParty } from '../../core/clients/first-party.ts'
import { findPlainToken } from '../../core/exchange/login-state.ts'
import type { AccessToken } from '../../core/tokens/access-token.ts'
import type { UserGrant } from '../../core/tokens/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import { readBearer } from '../../http/credentials.ts'
import { renderKustvaktError } from './error.ts'

/** Returns the grant of the user's token, or a refusal in Kustvakt's own format. */
export async function requireUser(context: FaceContext): Promise<UserGrant | Response> {
  const header = context.req.header('Authorization')
  if (header === undefined)
    return unauthorized(2010, 'Unauthorized operation for user: guest', 'guest')
  const [scheme = '', ...rest] = header.split(/\s+/)
  if (rest.length !== 1) {
    // Kustvakt repeats the header here, which may contain a token. Postern does not.
    const format = 'Use this format: [authentication scheme] [Base64-encoded token]'
    return unauthorized(2001, `Cannot parse authorization header value. ${format}`, '[]')
  }
  if (scheme.toLowerCase() !== 'bearer') {
    return unauthorized(2001, 'Authentication scheme is not supported.', scheme)
  }
  const bearer = readBearer(context.req.raw)
  const live =
    typeof bearer === 'object' ? await findPlainToken(context.env.as, bearer.token) : null
  if (live === null) return unauthorized(2011, 'Access token is invalid', 'invalid_token')
  if (live.userGrant === null) return unauthorized(2001, 'Context is not valid', '[]')
  const may = await mayAuthorize(context, live.token, live.userGrant)
  return may ? live.userGrant : unauthorized(2010, 'Scope authorize is not authorized', '[]')
}

/**
 * Returns whether the token may obtain codes for other clients: it belongs to a super client, has
 * the scope for it, and was not obtained by such a code itself. So all tokens from its codes end
 * with the sign-in at the super client.
 */
async function mayAuthorize(
  { env: { as } }: FaceContext,
  { clientId, scope }: AccessToken,
  { grant }: UserGrant,
): Promise<boolean> {
  const hasScope = scope.includes('authorize') || scope.includes('all')
  if (!hasScope || grant.endsWith !== null) return false
  const client = await as.clients.find(clientId, as.now)
  return client !== null && isFirstParty(client)
}

const unauthorized = (code: number, message: string, entity: string): Response =>
  renderKustvaktError({ code, message, entity })
