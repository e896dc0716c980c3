// The introspection endpoint. RFC 7662.
import { introspect } from '../core/exchange/introspection.ts'
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
  const { client, parameters } = await readClientRequest(context)
  const text = requireParameter(parameters, 'token')
  return context.json(await introspect(context.env.as, client, text), 200, noStore)
}
