// Userinfo: the standard login state. OpenID Connect Core 5.3, RFC 6750, RFC 9449 7.
import { readPresentedToken, signUserinfo, userinfo } from '../core/exchange/userinfo.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { type TokenCredentials, readTokenCredentials } from '../http/credentials.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { mediaType, readForm } from '../http/form.ts'
import { readProof } from '../http/proof.ts'
import { invalidRequest, invalidToken } from '../protocol/error.ts'
import { renderResourceError, tokenChallenges } from './error.ts'

export const userinfoEndpoint: EndpointGroup = {
  renderError: renderResourceError,
  readableBy: 'client',
  takesProofs: true,
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
  const credentials = await readAccessToken(context.req.raw)
  if (credentials === null) {
    // "If the request lacks any authentication information ..., the resource server SHOULD NOT
    // include an error code or other error information." RFC 6750 3.1
    const headers = { ...noStore, 'WWW-Authenticate': tokenChallenges }
    return new Response(null, { status: 401, headers })
  }
  const presented = await readPresentedToken(as, credentials.token)
  // Before anything else can refuse: a page of the client must read the nonce that it lacks.
  context.set('corsClient', presented.client)
  const { scheme } = credentials
  const answer = await userinfo(as, presented, { scheme, proof: readProof(context) })
  const alg = answer.client.metadata.userinfo_signed_response_alg
  if (alg === undefined) return context.json(answer.claims, 200, noStore)
  const headers = { ...noStore, 'Content-Type': 'application/jwt' }
  return context.body(await signUserinfo(as, answer, alg), 200, headers)
}

/** From the header or, in a POST, the form: never from both, never from the query. */
async function readAccessToken(request: Request): Promise<TokenCredentials | null> {
  const credentials = readTokenCredentials(request)
  const isForm =
    request.method === 'POST' && mediaType(request) === 'application/x-www-form-urlencoded'
  const inForm = isForm ? (await readForm(request)).get('access_token') : undefined
  if (credentials === 'malformed') {
    throw invalidToken('the Authorization header has no Bearer or DPoP token')
  }
  if (credentials === 'none') {
    return inForm === undefined ? null : { scheme: 'Bearer', token: inForm }
  }
  // "Clients MUST NOT use more than one method to transmit the token in each request."
  if (inForm !== undefined) throw invalidRequest('the token was sent twice')
  return credentials
}
