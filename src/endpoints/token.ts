// The token endpoint. RFC 6749 3.2.
import { tokenPath } from '../core/server/paths.ts'
import { exchangeGrant } from '../core/exchange/token.ts'
import type { Issued } from '../core/tokens/issuance.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { isRepeatable } from '../protocol/parameters.ts'
import { readClientRequest } from './client-request.ts'
import { renderTokenError } from './error.ts'

export const tokenEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'client',
  endpoints: [{ path: tokenPath, metadata: 'token_endpoint', handlers: { POST: token } }],
}

async function token(context: FaceContext): Promise<Response> {
  const { client, parameters, spends } = await readClientRequest(context, {
    mayRepeat: isRepeatable,
  })
  const issued = await exchangeGrant(context.env.as, client, { parameters, spends })
  return context.json(tokenResponse(issued), 200, noStore)
}

/** RFC 6749 5.1, OpenID Connect Core 3.1.3.3. */
const tokenResponse = (issued: Issued) => ({
  access_token: issued.accessToken,
  token_type: 'Bearer',
  expires_in: issued.expiresIn,
  ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
  ...(issued.idToken === undefined ? {} : { id_token: issued.idToken }),
  ...(issued.scope.length === 0 ? {} : { scope: issued.scope.join(' ') }),
})
