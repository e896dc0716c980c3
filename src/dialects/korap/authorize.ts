// Kustvakt's authorization service: the user is known by a bearer token with the scope authorize,
// which a super client got with the password, so nothing is asked in a browser. Answers are 307, as
// there. Other than there: PKCE is needed from public clients, and honoured from all.
import type { AccessToken } from '../../core/access-token.ts'
import { issueCode } from '../../core/authorization-code.ts'
import { isConfidential } from '../../core/client-authentication.ts'
import { scopeOf } from '../../core/client-scope.ts'
import { findPlainToken } from '../../core/login-state.ts'
import type { Client, TokenLine } from '../../core/records.ts'
import { isSuperClient, scopeOfSignIn } from '../../core/super-client.ts'
import { isCodeChallenge } from '../../crypto/pkce.ts'
import type { FaceContext } from '../../http/app.ts'
import { readBearer } from '../../http/credentials.ts'
import { readForm, readQuery } from '../../http/form.ts'
import { invalidClient, OAuthError, type OAuthErrorCode } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { matchesRedirectUri } from '../../protocol/redirect-uri.ts'
import { grantScope, isWithin, storedScope } from '../../protocol/scope.ts'
import { answered } from './answer.ts'
import { renderKustvaktError, renderOAuthError } from './error.ts'
import { toRegisteredNames } from './token.ts'

export const authorizeByQuery = (context: FaceContext): Promise<Response> =>
  authorize(context, readQuery(context.req.raw))

/** Version 1.0 takes a form, too. */
export const authorizeByForm = async (context: FaceContext): Promise<Response> =>
  authorize(context, await readForm(context.req.raw))

async function authorize(context: FaceContext, parameters: Parameters): Promise<Response> {
  context.set('parameters', parameters)
  const line = await requireUser(context)
  if (line instanceof Response) return line
  const client = await provenClient(context, parameters)
  if (client instanceof Response) return client
  const redirectUri = provenRedirectUri(client, parameters)
  if (redirectUri instanceof Response) return redirectUri
  const state = parameters.get('state')
  try {
    const { scope, codeChallenge } = readRequest(client, parameters, line)
    await requireConsent(context, client, line, scope)
    const code = await issueCode(context.env.as, {
      clientId: client.id,
      // Where the request named none, no redemption may.
      redirectUri: parameters.has('redirect_uri') ? redirectUri : '',
      redirectUriNamed: parameters.has('redirect_uri'),
      userId: line.user.id,
      lineId: line.grant.id,
      scope,
      resource: [],
      codeChallenge,
      authTime: line.grant.authTime,
      amr: line.grant.amr.split(' '),
      needsConsent: false,
    })
    return redirect(redirectUri, { code, state })
  } catch (thrown) {
    if (!(thrown instanceof OAuthError) || thrown.status >= 500) throw thrown
    // The wire has a code of its own for a missing response_type.
    const error = thrown.reason === 'parameter_missing' ? 'invalid_request_uri' : thrown.code
    return redirect(redirectUri, { error, error_description: thrown.description, state })
  }
}

/** The line of the user's token, or the refusal in Kustvakt's own shape. */
async function requireUser(context: FaceContext): Promise<TokenLine | Response> {
  const header = context.req.header('Authorization')
  if (header === undefined)
    return unauthorized(2010, 'Unauthorized operation for user: guest', 'guest')
  const [scheme = '', ...rest] = header.split(/\s+/)
  if (rest.length !== 1) {
    // Kustvakt repeats the header here; there may be a token in it.
    const format = 'Use this format: [authentication scheme] [Base64-encoded token]'
    return unauthorized(2001, `Cannot parse authorization header value. ${format}`, '[]')
  }
  if (scheme.toLowerCase() !== 'bearer') {
    return unauthorized(2001, 'Authentication scheme is not supported.', scheme)
  }
  const bearer = readBearer(context.req.raw)
  const live =
    typeof bearer === 'object' ? await findPlainToken(context.env.as, bearer.token) : null
  if (live === null) return unauthorized(2011, 'Access token is invalid', 'invalid_token')
  if (live.line === null) return unauthorized(2001, 'Context is not valid', '[]')
  const may = await mayAuthorize(context, live.token, live.line)
  return may ? live.line : unauthorized(2010, 'Scope authorize is not authorized', '[]')
}

/**
 * Whether the token makes codes for other clients: that of a super client with the scope for it, and
 * none that was made so itself, so that whatever is made ends with the sign-in at the super client.
 */
async function mayAuthorize(
  { env: { as } }: FaceContext,
  { clientId, scope }: AccessToken,
  { grant }: TokenLine,
): Promise<boolean> {
  const hasScope = scope.includes('authorize') || scope.includes('all')
  if (!hasScope || grant.endsWith !== null) return false
  const client = await as.clients.find(clientId, as.now)
  return client !== null && isSuperClient(client)
}

/**
 * The super client has asked the user, as in Kustvakt; but what the user has allowed the other client
 * at our own page is the most that it gets.
 * @throws access_denied
 */
async function requireConsent(
  { env: { as } }: FaceContext,
  client: Client,
  { user }: TokenLine,
  scope: readonly string[],
): Promise<void> {
  if (isSuperClient(client)) return
  const consents = await as.store.consents.listRemembered(user.id, client.id)
  // The code names no resource: what was allowed at one counts for nothing here.
  const here = consents.filter(({ resource }) => resource === '')
  const allowed = here.flatMap(({ scope: allowedHere }) => storedScope(allowedHere))
  if (consents.length > 0 && !isWithin(scope, allowed)) {
    throw refused('access_denied', 'The user has allowed the client less than that')
  }
}

const unauthorized = (code: number, message: string, entity: string): Response =>
  renderKustvaktError({ code, message, entity })

async function provenClient(
  context: FaceContext,
  parameters: Parameters,
): Promise<Client | Response> {
  const { as } = context.env
  const clientId = parameters.get('client_id')
  if (clientId === undefined) return malformed('Missing parameter: client_id', parameters)
  const client = await as.clients.find(clientId, as.now)
  if (client === null || client.disabledAt !== null) {
    throw invalidClient('the client is not known', { reason: 'client_unknown' })
  }
  return client
}

/** The address of the answer, or the refusal: nobody is sent to an address that is not proved. */
function provenRedirectUri(client: Client, parameters: Parameters): string | Response {
  const registered = client.metadata.redirect_uris
  const named = parameters.get('redirect_uri')
  if (named !== undefined) {
    return matchesRedirectUri(named, registered)
      ? named
      : malformed('Invalid redirect URI', parameters)
  }
  const [only, ...others] = registered
  return only !== undefined && others.length === 0
    ? only
    : malformed('Missing parameter: redirect URI', parameters)
}

function malformed(description: string, parameters: Parameters): Response {
  const state = parameters.get('state')
  const body = { error_description: description, error: 'invalid_request' }
  return answered(JSON.stringify(state === undefined ? body : { ...body, state }), 400)
}

function readRequest(
  client: Client,
  parameters: Parameters,
  { user }: TokenLine,
): { scope: string[]; codeChallenge: string | undefined } {
  const responseType = parameters.get('response_type')
  if (responseType === undefined) {
    const detail = { reason: 'parameter_missing' } as const
    throw new OAuthError('invalid_request', 'Missing response_type parameter', detail)
  }
  if (responseType !== 'code') {
    const description = 'Unsupported response type. Only code is supported.'
    throw refused('unsupported_response_type', description)
  }
  if (!client.metadata.grant_types.includes('authorization_code')) {
    throw refused('unauthorized_client', 'The client may not use the authorization code')
  }
  const sent = parameters.get('scope')
  if (sent === undefined) throw refused('invalid_scope', 'scope is required')
  if (!client.metadata.trusted && sent.toLowerCase().split(' ').includes('all')) {
    throw refused('invalid_scope', 'Requested scope all is not allowed.')
  }
  const allowed = grantScope(toRegisteredNames(sent, client), scopeOf(client), user.scope)
  const scope = scopeOfSignIn(client, allowed)
  return { scope, codeChallenge: readCodeChallenge(client, parameters) }
}

function readCodeChallenge(client: Client, parameters: Parameters): string | undefined {
  const challenge = parameters.get('code_challenge')
  if (challenge === undefined) {
    if (isConfidential(client) && !parameters.has('code_challenge_method')) return undefined
    throw refused('invalid_request', 'A code_challenge is required')
  }
  if (parameters.get('code_challenge_method') !== 'S256' || !isCodeChallenge(challenge)) {
    throw refused('invalid_request', 'The code_challenge must be one of S256')
  }
  return challenge
}

const refused = (code: OAuthErrorCode, description: string) => new OAuthError(code, description)

function redirect(uri: string, answer: Record<string, string | undefined>): Response {
  const given = Object.entries(answer).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  const location = `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(given)}`
  const headers = { Location: location, 'Cache-Control': 'no-store' }
  return new Response(null, { status: 307, headers })
}

/** Later versions take no form here: 404, as there. */
export const noForm = (): Response =>
  renderOAuthError('invalid_request', 'there is no such service', 404)
