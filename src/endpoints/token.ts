// Token, introspection and revocation: POST, a form, an authenticated client. RFC 6749 3.2, 7662,
// 7009.
import type { Hono } from 'hono'
import { authenticateClient } from '../core/client-authentication.ts'
import { introspect } from '../core/introspection.ts'
import type { Issued } from '../core/issuance.ts'
import { revokeToken } from '../core/revocation.ts'
import type { Client } from '../core/records.ts'
import { exchangeGrant } from '../core/token.ts'
import { newApp, noStore, route, type App, type FaceContext } from '../http/app.ts'
import { corsForClient, preflight } from '../http/cors.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/form.ts'
import {
  isRepeatable,
  requireParameter,
  type ParameterRules,
  type Parameters,
} from '../protocol/parameters.ts'
import { renderTokenError } from './error.ts'

export function tokenEndpoints(): Hono<App> {
  const app = newApp(renderTokenError)
  for (const name of ['token', 'introspect', 'revoke']) app.use(`/oauth2/${name}`, corsForClient)
  route(app, '/oauth2/token', { POST: token, OPTIONS: preflight })
  route(app, '/oauth2/introspect', { POST: introspection, OPTIONS: preflight })
  route(app, '/oauth2/revoke', { POST: revocation, OPTIONS: preflight })
  return app
}

async function token(context: FaceContext): Promise<Response> {
  const { client, parameters } = await clientRequest(context, { mayRepeat: isRepeatable })
  const issued = await exchangeGrant(context.env.as, client, { parameters })
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

async function introspection(context: FaceContext): Promise<Response> {
  const { client, parameters } = await clientRequest(context)
  const text = requireParameter(parameters, 'token')
  return context.json(await introspect(context.env.as, client, text), 200, noStore)
}

async function revocation(context: FaceContext): Promise<Response> {
  const { client, parameters } = await clientRequest(context)
  await revokeToken(context.env.as, client, requireParameter(parameters, 'token'))
  // An empty body breaks clients that parse every answer (oidc-client-ts, simple-oauth2).
  return context.json({}, 200, noStore)
}

async function clientRequest(
  context: FaceContext,
  rules?: ParameterRules,
): Promise<{ client: Client; parameters: Parameters }> {
  const parameters = await readForm(context.req.raw, rules)
  const credentials = readClientCredentials(context.req.raw, parameters)
  const client = await authenticateClient(context.env.as, credentials)
  context.set('corsClient', client)
  return { client, parameters }
}
