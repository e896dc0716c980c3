// Comic Clan's authorization server: RFC 6749 with its own responses. Login answers 201, a wrong
// login is `unauthorized_client`, every refusal repeats its status in the body, and scope is
// written with semicolons. Unlike the original, a refused grant type or refresh token is 400
// instead of 500, only the client of a token can refresh it, and revocation authenticates the
// client and takes the token itself.
import type { Hono } from 'hono'
import { type ClientTolerance, authenticateClient } from '../../core/clients/authentication.ts'
import type { Client } from '../../core/clients/storage.ts'
import { exchangeGrant } from '../../core/exchange/token.ts'
import type { Issued } from '../../core/tokens/issuance.ts'
import { revokeToken } from '../../core/tokens/revocation.ts'
import { type App, type FaceContext, newApp, noStore, route } from '../../http/app.ts'
import { readClientCredentials } from '../../http/credentials.ts'
import { readForm } from '../../http/form.ts'
import {
  type CommonErrorCode,
  type OAuthError,
  type RefreshReason,
  type TokenErrorCode,
  type Vocabulary,
  invalidClient,
  invalidRequest,
  unsupportedGrantType,
  wordsFor,
} from '../../protocol/error.ts'
import { type Parameters, requireParameter } from '../../protocol/parameters.ts'
import { comicClanScopes } from './scopes.ts'

const wireGrantTypes = ['password', 'refresh_token']
const refusedGrantTypes = ['authorization_code', 'device_code', 'client_credentials']

/** The document's token response, with its order of members. */
type TokenAnswer = {
  access_token: string
  refresh_token?: string
  token_type: 'bearer'
  /** Seconds. */
  expires_in: number
  /** Each name is followed by a semicolon. */
  scope: string
}

/**
 * Translates a request into OAuth, where a missing scope requests the whole scope of the client.
 */
function toTokenRequest(parameters: Parameters): Parameters {
  const request = new Map(parameters)
  const names = (parameters.get('scope') ?? '').split(/[ ,;]+/).filter((name) => name !== '')
  request.delete('scope')
  if (names.length > 0 && !names.includes('*')) {
    // The document requests `posts` and receives `post`.
    request.set('scope', names.map((name) => (name === 'posts' ? 'post' : name)).join(' '))
  }
  return request
}

const toTokenAnswer = (issued: Issued): TokenAnswer => ({
  access_token: issued.accessToken,
  ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
  token_type: 'bearer',
  expires_in: issued.expiresIn,
  scope: comicClanScopes
    .filter((name) => issued.scope.includes(name))
    .map((name) => `${name};`)
    .join(''),
})

/** Members that replace the core's error. */
type WireError = { error?: string; description?: string; status?: number }

const own = {}

const wireErrors = {
  invalid_request: own,
  invalid_client: { description: 'Client credentials are invalid or it does not match' },
  invalid_grant: {
    error: 'unauthorized_client',
    description:
      'user does not exists, it had been deleted or username and password does not match',
    status: 401,
  },
  unauthorized_client: { status: 401 },
  unsupported_grant_type: {
    description: `Supported grant types are: ${wireGrantTypes.join('; ')}`,
  },
  invalid_scope: own,
  invalid_target: own,
  too_many_requests: { description: 'Too Many Requests' },
  request_too_large: own,
  server_error: { error: 'internal_error' },
  temporarily_unavailable: own,
} satisfies Record<TokenErrorCode | CommonErrorCode, WireError>

const notCurrent = { error: 'invalid_request', description: 'Refresh token does not match' }

/** Reasons that the wire distinguishes more precisely than the codes. */
const wireReasons = {
  not_form_encoded: {
    description: 'request is malformed, it must be application/x-www-form-urlencoded',
    status: 400,
  },
  grant_type_unknown: {
    error: 'invalid_grant_type',
    description: 'Please, provide a valid grant type',
  },
  refresh_unknown: notCurrent,
  refresh_foreign: notCurrent,
  refresh_superseded: notCurrent,
  refresh_expired: notCurrent,
  refresh_revoked: {
    error: 'invalid_client',
    description:
      'This token was issued already. If this problem persists, please, call administrator',
    status: 401,
  },
} satisfies Record<RefreshReason | 'not_form_encoded' | 'grant_type_unknown', WireError>

const vocabulary: Vocabulary<WireError> = { reasons: wireReasons, codes: wireErrors, rest: own }

function renderError(refusal: OAuthError): Response {
  const words = wordsFor(vocabulary, refusal)
  const { error = refusal.code, description = refusal.description, status = refusal.status } = words
  const answer = Response.json({ error, error_description: description, status }, { status })
  if (status === 401) answer.headers.set('WWW-Authenticate', 'Basic realm="Comic Clan"')
  return answer
}

/** Mounts `POST /oauth/token/`, `POST /oauth/revoke` and `GET /oauth/signature`. */
export function comicClanDialect(): Hono<App> {
  const app = newApp(renderError)
  for (const slash of ['', '/']) {
    route(app, `/oauth/token${slash}`, { POST: token }, refuseMethod)
    route(app, `/oauth/revoke${slash}`, { POST: revocation }, refuseMethod)
  }
  route(app, '/oauth/signature', { GET: signature }, refuseMethod)
  return app
}

async function token(context: FaceContext): Promise<Response> {
  const parameters = await readForm(context.req.raw)
  const grantType = parameters.get('grant_type')
  if (grantType === undefined) {
    throw invalidRequest('request is malformed, it must have a grant type field')
  }
  const client = await clientOf(context, parameters)
  if (!wireGrantTypes.includes(grantType)) {
    const detail = refusedGrantTypes.includes(grantType)
      ? {}
      : { reason: 'grant_type_unknown' as const }
    throw unsupportedGrantType('the grant type is not supported', detail)
  }
  const request = { parameters: toTokenRequest(parameters) }
  const issued = await exchangeGrant(context.env.as, client, request)
  return context.json(toTokenAnswer(issued), 201, noStore)
}

async function revocation(context: FaceContext): Promise<Response> {
  const parameters = await readForm(context.req.raw)
  const client = await clientOf(context, parameters)
  await revokeToken(context.env.as, client, requireParameter(parameters, 'token'))
  return context.body(null, 204, noStore)
}

/** Returns the key that signs now, so a client must not keep a copy past a rotation. */
async function signature(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const headers = { 'Content-Type': 'application/jwk+json', 'Cache-Control': 'no-cache' }
  return context.body(await as.signingKeys.publicJwk('ES256', as.now), 200, headers)
}

// Any client with a secret can use Basic, whichever method it registered.
const tolerance: ClientTolerance = { anySecretMethod: true }

/** Authenticates the client, which must use Basic. @throws invalid_client */
async function clientOf(context: FaceContext, parameters: Parameters): Promise<Client> {
  const request = context.req.raw
  if (!/^basic\b/i.test(request.headers.get('Authorization') ?? '')) {
    throw invalidRequest('a client id and a client secret must be provided')
  }
  const credentials = readClientCredentials(request, parameters, tolerance)
  if (credentials.clientSecret === undefined) throw invalidClient('there is no client secret')
  return authenticateClient(context.env.as, credentials, tolerance)
}

const refuseMethod = (context: FaceContext): Response =>
  context.json(
    { error: 'invalid_request', error_description: 'Method Not Allowed', status: 405 },
    405,
  )
