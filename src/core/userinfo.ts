// The user of an access token: OpenID Connect Core 5.3, the standard face's login state.
import { insufficientScope, invalidToken } from '../protocol/error.ts'
import { releasedClaims } from '../protocol/claims.ts'
import { requireLiveToken } from './access-token.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/**
 * The claims about the user that the token's scope releases.
 * @throws invalid_token, insufficient_scope (the token was not granted `openid`)
 */
export async function userinfo(
  as: AuthorizationServer,
  accessToken: string,
): Promise<{ claims: Record<string, unknown>; clientId: string }> {
  const { token, line } = await requireLiveToken(as, accessToken)
  if (!token.scope.includes('openid')) throw insufficientScope('the scope openid is needed')
  if (line === null) throw invalidToken('the access token is not that of a user')
  const claims = { sub: token.subject, ...releasedClaims(line.user, token.scope, []) }
  return { claims, clientId: token.clientId }
}
