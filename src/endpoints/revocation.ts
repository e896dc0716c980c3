// The revocation endpoint. RFC 7009.
import { revokeToken } from '../core/tokens/revocation.ts'
import { spendEvenIfRefused } from '../core/server/spending.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { requireParameter } from '../protocol/parameters.ts'
import { readClientRequest } from './client-request.ts'
import { renderTokenError } from './error.ts'

export const revocationEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'client',
  endpoints: [
    { path: '/oauth2/revoke', metadata: 'revocation_endpoint', handlers: { POST: revocation } },
  ],
}

async function revocation(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { client, parameters, spends } = await readClientRequest(context)
  await spendEvenIfRefused(as, spends, async () => {
    const token = requireParameter(parameters, 'token')
    await revokeToken(as, client, token, spends)
  })
  // An empty body breaks clients that parse every answer (oidc-client-ts, simple-oauth2).
  return context.json({}, 200, noStore)
}
