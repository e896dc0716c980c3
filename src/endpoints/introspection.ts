// The introspection endpoint. RFC 7662.
import { introspect } from '../core/exchange/introspection.ts'
import { spend, spendEvenIfRefused } from '../core/server/spending.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { requireParameter } from '../protocol/parameters.ts'
import { readClientRequest } from './client-request.ts'
import { renderTokenError } from './error.ts'

export const introspectionEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'client',
  endpoints: [
    {
      path: '/oauth2/introspect',
      metadata: 'introspection_endpoint',
      handlers: { POST: introspection },
    },
  ],
}

async function introspection(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { client, parameters, spends } = await readClientRequest(context)
  const answer = await spendEvenIfRefused(as, spends, async () => {
    const text = requireParameter(parameters, 'token')
    // Nothing is written by what is asked: the assertion is spent beside the read, and decides.
    const [introspection] = await Promise.all([introspect(as, client, text), spend(as, spends)])
    return introspection
  })
  return context.json(answer, 200, noStore)
}
