// Kustvakt's authorization service: the core's authorization request in Kustvakt's wire format. The
// user is identified by a bearer token with the scope authorize, which a super client obtained with
// the password, so no page is shown. Every response to the client is a 307. Unlike Kustvakt, the
// service requires PKCE from public clients and honours it for all clients.
import { issueCodeFor } from '../../core/authorization/authorization.ts'
import { requireSignature } from '../../core/authorization/request-object.ts'
import {
  type RequestPolicy,
  readAuthorizationRequest,
  requirePushed,
} from '../../core/authorization/request.ts'
import {
  type ResponseTarget,
  proveResponseTarget,
} from '../../core/authorization/response-target.ts'
import { isFirstParty, scopeOfSignIn } from '../../core/clients/first-party.ts'
import { scopeOf } from '../../core/clients/scope.ts'
import type { Client } from '../../core/clients/storage.ts'
import { requireLater } from '../../core/server/later.ts'
import { requireReached } from '../../core/tokens/acr.ts'
import type { UserGrant } from '../../core/tokens/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import { readForm, readQuery } from '../../http/form.ts'
import {
  type ChallengeReason,
  OAuthError,
  type Reason,
  type Vocabulary,
  accessDenied,
  invalidClient,
  invalidScope,
  wordsFor,
} from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { grantScope, isWithin, storedScope } from '../../protocol/scope.ts'
import { answered } from './answer.ts'
import { renderOAuthError } from './error.ts'
import { toRegisteredNames } from './token.ts'
import { requireAuthorizingUser } from './user.ts'

/** Answers an authorization request in the query. */
export const authorizeByQuery = (context: FaceContext): Promise<Response> =>
  authorize(context, readQuery(context.req.raw))

/** Answers an authorization request in a form, which version 1.0 also accepts. */
export const authorizeByForm = async (context: FaceContext): Promise<Response> =>
  authorize(context, await readForm(context.req.raw))

// Kustvakt has no PKCE, so confidential clients written for it send no challenge.
const policy: RequestPolicy = { pkceOfConfidential: 'optional' }

/** The parameters of the service. Others are ignored. */
const wireParameters = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
]

const toAuthorizationRequest = (sent: Parameters): Parameters =>
  new Map([...sent].filter(([name]) => wireParameters.includes(name)))

async function authorize(context: FaceContext, sent: Parameters): Promise<Response> {
  context.set('parameters', sent)
  const userGrant = await requireAuthorizingUser(context)
  const parameters = toAuthorizationRequest(sent)
  const target = await provenTarget(context, parameters)
  if (target instanceof Response) return target
  try {
    return redirect(target, { code: await codeFor(context, target, parameters, userGrant) })
  } catch (thrown) {
    if (!(thrown instanceof OAuthError) || thrown.status >= 500) throw thrown
    return redirect(target, refusalOf(thrown))
  }
}

/** Issues the code. @throws an OAuthError for the client, which `refusalOf` words */
async function codeFor(
  context: FaceContext,
  target: ResponseTarget,
  parameters: Parameters,
  userGrant: UserGrant,
): Promise<string> {
  const { as } = context.env
  const { client, redirectUri, redirectUriNamed } = target
  requirePushed(target)
  // The service reads no request objects, so none has signed this request.
  requireSignature(client, undefined)
  requireLater(as, Math.max(userGrant.user.notBefore, client.notBefore))
  const request = await readAuthorizationRequest(as, client, parameters, policy)
  requireReached(request.acr, userGrant.grant)
  const wanted = toScope(request.scope, client)
  const allowed = grantScope(wanted, scopeOf(client), userGrant.user.scope)
  const scope = scopeOfSignIn(as, client, allowed)
  await requireConsent(context, client, userGrant, scope)
  // If the request named no redirect URI, the token request must not name one either.
  const bound = {
    client,
    pushed: null,
    redirectUri: redirectUriNamed ? redirectUri : '',
    redirectUriNamed,
  }
  return issueCodeFor(as, bound, request, scope, {
    userId: userGrant.user.id,
    endsWith: userGrant.grant.id,
    authTime: userGrant.grant.authTime,
    amr: userGrant.grant.amr.split(' '),
    acr: userGrant.grant.acr ?? undefined,
    needsConsent: false,
  })
}

/**
 * The super client has already asked the user, as in Kustvakt. But if the user has answered our own
 * consent page for the other client, that client gets no more than the user allowed there.
 * @throws access_denied
 */
async function requireConsent(
  { env: { as } }: FaceContext,
  client: Client,
  { user }: UserGrant,
  scope: readonly string[],
): Promise<void> {
  if (isFirstParty(client)) return
  const consents = await as.store.consents.listRemembered(user.id, client.id)
  // The code names no resource, so consents for a resource do not count here.
  const here = consents.filter(({ resource }) => resource === '')
  const allowed = here.flatMap(({ scope: allowedHere }) => storedScope(allowedHere))
  if (consents.length > 0 && !isWithin(scope, allowed)) {
    throw accessDenied('The user has allowed the client less than that')
  }
}

/** Refusals for requests without a verified redirect URI. They are not sent to the client. */
const unproven: Partial<Record<Reason, string>> = {
  client_missing: 'Missing parameter: client_id',
  redirect_uri_different: 'Invalid redirect URI',
  redirect_uri_missing: 'Missing parameter: redirect URI',
}

/** Returns the client and the verified redirect URI, or the refusal. @throws invalid_client */
async function provenTarget(
  context: FaceContext,
  parameters: Parameters,
): Promise<ResponseTarget | Response> {
  try {
    return await proveResponseTarget(context.env.as, parameters)
  } catch (thrown) {
    if (!(thrown instanceof OAuthError) || thrown.reason === undefined) throw thrown
    const { reason, description } = thrown
    if (reason === 'client_unknown') throw invalidClient(description, { reason })
    const words = unproven[reason]
    if (words === undefined) throw thrown
    return malformed(words, parameters)
  }
}

function malformed(description: string, parameters: Parameters): Response {
  const state = parameters.get('state')
  const body = { error_description: description, error: 'invalid_request' }
  return answered(JSON.stringify(state === undefined ? body : { ...body, state }), 400)
}

/**
 * Returns the requested scope in the client's registered spelling. The scope is required. @throws
 * invalid_scope
 */
function toScope(sent: string | undefined, client: Client): string {
  if (sent === undefined) throw invalidScope('scope is required')
  if (!client.metadata.trusted && sent.toLowerCase().split(' ').includes('all')) {
    throw invalidScope('Requested scope all is not allowed.')
  }
  return toRegisteredNames(sent, client)
}

type WireError = { error?: string; description?: string }

const vocabulary: Vocabulary<WireError> = {
  reasons: {
    // The wire format has a separate code for a missing response_type.
    parameter_missing: {
      error: 'invalid_request_uri',
      description: 'Missing response_type parameter',
    },
    challenge_missing: { description: 'A code_challenge is required' },
    challenge_unusable: { description: 'The code_challenge must be one of S256' },
  } satisfies Record<ChallengeReason | 'parameter_missing', WireError>,
  codes: {
    unsupported_response_type: {
      description: 'Unsupported response type. Only code is supported.',
    },
    unauthorized_client: { description: 'The client may not use the authorization code' },
  },
  rest: {},
}

/** Returns a refusal in the wire format. */
function refusalOf(refusal: OAuthError): Record<'error' | 'error_description', string> {
  const { error = refusal.code, description = refusal.description } = wordsFor(vocabulary, refusal)
  return { error, error_description: description }
}

/** Redirects the browser to the client with the response parameters. */
function redirect(
  { redirectUri, state }: ResponseTarget,
  answer: Readonly<Record<string, string>>,
): Response {
  const given = new URLSearchParams(state === undefined ? answer : { ...answer, state })
  const location = `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${given}`
  const headers = { Location: location, 'Cache-Control': 'no-store' }
  return new Response(null, { status: 307, headers })
}

/** Answers 404: later versions accept no form, as in Kustvakt. */
export const noForm = (): Response =>
  renderOAuthError('invalid_request', 'there is no such service', 404)
