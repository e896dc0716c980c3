// Userinfo: the standard login state. OpenID Connect Core 5.3, RFC 6750.
import { signUserinfo, userinfo } from '../core/exchange/userinfo.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { readBearer } from '../http/credentials.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { mediaType, readForm } from '../http/form.ts'
import { invalidRequest, invalidToken } from '../protocol/error.ts'
import { renderResourceError } from './error.ts'

export const userinfoEndpoint: EndpointGroup = {
  renderError: renderResourceError,
  readableBy: 'client',
  endpoints: [
    {
      path: '/oauth2/userinfo',
      metadata: 'userinfo_endpoint',
      handlers: { GET: respond, POST: respond },
    },
  ],
}

async function respond(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const accessToken = await readAccessToken(context.req.raw)
  if (accessToken === null) {
    // "If the request lacks any authentication information ..., the resource server SHOULD NOT
    // include an error code or other error information." RFC 6750 3.1
    const headers = { ...noStore, 'WWW-Authenticate': 'Bearer realm="postern"' }
    return new Response(null, { status: 401, headers })
  }
  const answer = await userinfo(as, accessToken)
  context.set('corsClient', answer.client)
  const alg = answer.client.metadata.userinfo_signed_response_alg
  if (alg === undefined) return context.json(answer.claims, 200, noStore)
  const headers = { ...noStore, 'Content-Type': 'application/jwt' }
  return context.body(await signUserinfo(as, answer, alg), 200, headers)
}

/** From the header or, in a POST, the form: never from both, never from the query. */
async function readAccessToken(request: Request): Promise<string | null> {
  const bearer = readBearer(request)
  const isForm =
    request.method === 'POST' && mediaType(request) === 'application/x-www-form-urlencoded'
  const inForm = isForm ? (await readForm(request)).get('access_token') : undefined
  if (bearer === 'malformed') throw invalidToken('the Authorization header is not a Bearer token')
  if (bearer === 'none') return inForm ?? null
  // "Clients MUST NOT use more than one method to transmit the token in each request."
  if (inForm !== undefined) throw invalidRequest('the token was sent twice')
  return bearer.token
}
