// The token endpoint's decision: the table of grants. RFC 6749 3.2.
import { invalidRequest, unsupportedGrantType } from '../../protocol/error.ts'
import { requireParameter } from '../../protocol/parameters.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { requireGrantType } from '../clients/authentication.ts'
import { type GrantType, deviceCodeGrantType, grantTypes } from '../clients/metadata.ts'
import type { Client } from '../clients/storage.ts'
import { spendEvenIfRefused } from '../server/spending.ts'
import type { Issued } from '../tokens/issuance.ts'
import { requireBinding, requireConfirmation } from '../tokens/proof.ts'
import * as authorizationCode from './grants/authorization-code.ts'
import * as clientCredentials from './grants/client-credentials.ts'
import * as deviceCode from './grants/device-code.ts'
import * as jwtBearer from './grants/jwt-bearer.ts'
import * as password from './grants/password.ts'
import * as refreshToken from './grants/refresh-token.ts'
import * as tokenExchange from './grants/token-exchange.ts'
import type { TokenRequest } from './token-request.ts'

type Grant = {
  exchange: (as: AuthorizationServer, client: Client, request: TokenRequest) => Promise<Issued>
}

const tokenExchangeGrantType = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** A grant is data. Adding one takes its name in the list of grant types, a file, and an entry here. */
const grants: Record<GrantType, Grant> = {
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  client_credentials: clientCredentials,
  password,
  [deviceCodeGrantType]: deviceCode,
  [tokenExchangeGrantType]: tokenExchange,
  [jwtBearer.grantType]: jwtBearer,
}

/**
 * Exchanges the grant that `grant_type` names, for a client that is authenticated. The grant spends the
 * identifiers of the request; a refusal spends them, too.
 * @throws invalid_request, unsupported_grant_type, unauthorized_client, and what the grant throws
 */
export const exchangeGrant = (
  as: AuthorizationServer,
  client: Client,
  request: TokenRequest,
): Promise<Issued> =>
  spendEvenIfRefused(as, request.spends ?? [], () => exchange(as, client, request))

async function exchange(
  as: AuthorizationServer,
  client: Client,
  request: TokenRequest,
): Promise<Issued> {
  const named = requireParameter(request.parameters, 'grant_type')
  const grantType = grantTypes.find((one) => one === named)
  if (grantType === undefined) {
    throw unsupportedGrantType('the grant type is not supported', { reason: 'grant_type_unknown' })
  }
  requireGrantType(client, grantType)
  if (
    grantType !== tokenExchangeGrantType &&
    request.parameters.repeated?.has('audience') === true
  ) {
    throw invalidRequest('a parameter is repeated')
  }
  requireConfirmation(client, request.confirmation)
  requireBinding(client, request.confirmation)
  const issued = await grants[grantType].exchange(as, client, request)
  as.log({ event: 'token issued', grant_type: grantType, user_id: issued.user?.id })
  return issued
}
