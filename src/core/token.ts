// The token endpoint's decision: the table of grants. RFC 6749 3.2.
import { unsupportedGrantType } from '../protocol/error.ts'
import { requireParameter, type Parameters } from '../protocol/parameters.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { requireGrantType } from './client-authentication.ts'
import * as authorizationCode from './grants/authorization-code.ts'
import * as clientCredentials from './grants/client-credentials.ts'
import * as password from './grants/password.ts'
import * as refreshToken from './grants/refresh-token.ts'
import type { Issued } from './issuance.ts'
import type { Client } from './records.ts'

/** A grant is data: adding one is a file and a line here. */
const grants = [authorizationCode, refreshToken, clientCredentials, password] as const

/** What discovery announces as `grant_types_supported`. */
export const supportedGrantTypes = grants.map((grant) => grant.grantType)

/**
 * Exchanges the grant that `grant_type` names, for a client that is authenticated.
 * @throws invalid_request, unsupported_grant_type, unauthorized_client, and what the grant throws
 */
export async function exchangeGrant(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): Promise<Issued> {
  const grantType = requireParameter(parameters, 'grant_type')
  const grant = grants.find((one) => one.grantType === grantType)
  if (grant === undefined) {
    throw unsupportedGrantType('the grant type is not supported', { reason: 'grant_type_unknown' })
  }
  requireGrantType(client, grant.grantType)
  const issued = await grant.exchange(as, client, parameters)
  as.log({ event: 'token issued', grant_type: grant.grantType, user_id: issued.user?.id })
  return issued
}
