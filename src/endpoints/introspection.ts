// The introspection endpoint. RFC 7662, and RFC 9701 for signed responses.
import { introspect, signIntrospection } from '../core/exchange/introspection.ts'
import { spend, spendEvenIfRefused } from '../core/server/spending.ts'
import type { Client } from '../core/clients/storage.ts'
import { prefers } from '../http/accept.ts'
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
  if (!asksForJwt(context, client)) return context.json(answer, 200, noStore)
  const headers = { ...noStore, 'Content-Type': signedType }
  return context.body(await signIntrospection(as, client, answer), 200, headers)
}

const signedType = 'application/token-introspection+jwt'

/**
 * Returns whether the response is signed: where the caller asks for that type by its name or, without
 * an Accept header, is registered for it. A wildcard means JSON, which every library can read. RFC 9701
 * 4
 */
function asksForJwt({ req }: FaceContext, { metadata }: Client): boolean {
  const accept = req.header('Accept')
  if (accept === undefined) return metadata.introspection_signed_response_alg !== undefined
  return prefers(accept, signedType, 'application/json')
}
