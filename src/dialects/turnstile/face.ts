// Perfect-Turnstile-PostgreSQL: JSON login, and the OAuth response that its issue ISS-566 asks for,
// in the format of Salesforce. A request with `grant_type` gets OAuth responses. One without is
// always answered 200 and uses the client that a setting names. Unlike the original, credentials in
// the query are not read, and logging out revokes the token.
import type { Hono } from 'hono'
import { proveClient, requireOwningClient } from '../../core/clients/authentication.ts'
import { signOut } from '../../core/exchange/login-state.ts'
import { exchangeGrant } from '../../core/exchange/token.ts'
import { type Issued, withoutRefreshToken } from '../../core/tokens/issuance.ts'
import { subjectFor } from '../../core/tokens/subject.ts'
import { type App, type FaceContext, newApp, noStore, route } from '../../http/app.ts'
import { readBearer, readClientCredentials } from '../../http/credentials.ts'
import { mediaType, readForm } from '../../http/form.ts'
import {
  type CommonErrorCode,
  type OAuthError,
  type TokenErrorCode,
  type Vocabulary,
  unsupportedGrantType,
  wordsFor,
} from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { signForClient } from './signature.ts'

/** The values of `grant_type` that the login accepts. */
const wireGrantTypes = ['password', 'refresh_token']

/** The requested response, starting with the document's members in their order. */
type WishedAnswer = {
  /** Milliseconds since 1970 as text. */
  issued_at: string
  instance_url: string
  /** Over the concatenation of `id` and `issued_at`. */
  signature: string
  access_token: string
  refresh_token?: string
  id: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  scope: string
}

/** The current response. */
type PlainAnswer = { login: 'ok'; token: string; error: 'none' }

/**
 * Reads the form; a request without a body has no parameters. The plain login keeps an empty
 * parameter, since it answers an empty username like a wrong one. In OAuth an empty parameter is
 * absent.
 */
async function readLogin(request: Request): Promise<Parameters> {
  if (mediaType(request) === '') return new Map()
  const form = await readForm(request, { keepsEmpty: true })
  const sent = new Map([...form].filter(([, value]) => value !== ''))
  return speaksOAuth(sent) ? sent : form
}

const speaksOAuth = (parameters: Parameters): boolean => (parameters.get('grant_type') ?? '') !== ''

/** Translates the plain login into OAuth and ignores all other parameters. */
function toPasswordGrant(parameters: Parameters): Parameters {
  const sent = [...parameters].filter(([name]) => name === 'username' || name === 'password')
  return new Map([['grant_type', 'password'], ...sent])
}

function toWishedAnswer(
  issued: Issued,
  signed: Pick<WishedAnswer, 'issued_at' | 'instance_url' | 'signature' | 'id'>,
): WishedAnswer {
  const { issued_at, instance_url, signature, id } = signed
  return {
    issued_at,
    instance_url,
    signature,
    access_token: issued.accessToken,
    ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
    id,
    token_type: 'Bearer',
    expires_in: issued.expiresIn,
    scope: issued.scope.join(' '),
  }
}

const toPlainAnswer = (issued: Issued): PlainAnswer => ({
  login: 'ok',
  token: issued.accessToken,
  error: 'none',
})

/** `description` replaces the core's in an OAuth error; `plain` is the error of a 200 response. */
type WireError = { description?: string; plain?: string }

const refused = { plain: 'Invalid username or password' }
const failure = {}

const wireErrors = {
  invalid_request: { plain: 'Missing username or password' },
  invalid_client: { ...refused, description: 'client identifier invalid' },
  invalid_grant: { ...refused, description: 'authentication failure' },
  unauthorized_client: refused,
  unsupported_grant_type: refused,
  invalid_scope: refused,
  invalid_target: refused,
  too_many_requests: failure,
  request_too_large: failure,
  server_error: failure,
  temporarily_unavailable: failure,
} satisfies Record<TokenErrorCode | CommonErrorCode, WireError>

const vocabulary: Vocabulary<WireError> = { codes: wireErrors, rest: refused }

function renderError(error: OAuthError, context: FaceContext): Response {
  const { description = error.description, plain } = wordsFor(vocabulary, error)
  const { parameters } = context.var
  // A request that could not be parsed gets an OAuth error.
  if (parameters !== undefined && !speaksOAuth(parameters)) {
    const status = plain === undefined ? error.status : 200
    return Response.json({ error: plain ?? description }, { status })
  }
  const body = { error: error.code, error_description: description }
  const answer = Response.json(body, { status: error.status })
  if (error.status === 401) answer.headers.set('WWW-Authenticate', 'Basic realm="turnstile"')
  return answer
}

type TurnstileSettings = { client: string | undefined }

/** Mounts `POST /api/v1/login` and `GET /api/v1/logout`. */
export function turnstileDialect({ client }: TurnstileSettings): Hono<App> {
  const app = newApp(renderError)
  route(app, '/api/v1/login', { POST: (context) => login(context, client) }, refuseMethod)
  route(app, '/api/v1/logout', { GET: logout }, refuseMethod)
  return app
}

async function login(context: FaceContext, plainClient: string | undefined): Promise<Response> {
  const parameters = await readLogin(context.req.raw)
  context.set('parameters', parameters)
  const answer = speaksOAuth(parameters)
    ? await oauthLogin(context, parameters)
    : await plainLogin(context, plainClient, parameters)
  return context.json(answer, 200, noStore)
}

async function oauthLogin(context: FaceContext, parameters: Parameters): Promise<WishedAnswer> {
  const { as } = context.env
  if (!wireGrantTypes.includes(parameters.get('grant_type') ?? '')) {
    throw unsupportedGrantType('the grant types are password and refresh_token')
  }
  const credentials = readClientCredentials(context.req.raw, parameters)
  const { client, clientSecret, spends = [] } = await proveClient(as, credentials)
  const issued = await exchangeGrant(as, client, { parameters, spends })
  const subject = issued.user === undefined ? client.id : await subjectFor(client, issued.user)
  const id = `${as.issuer}/id/${subject}`
  const issued_at = String(Math.round(as.now * 1000))
  const signature = await signForClient(as, client.id, clientSecret, id + issued_at)
  return toWishedAnswer(issued, { issued_at, instance_url: `${as.issuer}/`, signature, id })
}

async function plainLogin(
  { env: { as } }: FaceContext,
  clientId: string | undefined,
  parameters: Parameters,
): Promise<PlainAnswer> {
  const client = await requireOwningClient(as, clientId)
  // The response has no member for a refresh token.
  const request = { parameters: toPasswordGrant(parameters) }
  const issued = await exchangeGrant(as, withoutRefreshToken(client), request)
  return toPlainAnswer(issued)
}

async function logout(context: FaceContext): Promise<Response> {
  const bearer = readBearer(context.req.raw)
  if (typeof bearer === 'object') await signOut(context.env.as, bearer.token)
  return context.json({ error: 'none', logout: 'complete' }, 200, noStore)
}

const refuseMethod = (context: FaceContext): Response =>
  context.json({ error: 'Method not allowed' }, 405)
