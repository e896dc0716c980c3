// JuKuCMS, `api.php?method=oauth`: login state and login for callers that know nothing about OAuth.
// Responses are always 200; without a valid token the user is Guest with userID -1. The document
// requires tokens in URLs, so no response may be cached or leak a referrer. Unlike the original,
// there is no session cookie, the type is always `application/json`, and a setting can turn
// `user_not_exists` off.
import type { Hono } from 'hono'
import { requireOwningClient } from '../../core/clients/authentication.ts'
import { loginState } from '../../core/exchange/login-state.ts'
import { exchangeGrant } from '../../core/exchange/token.ts'
import type { User } from '../../core/people/storage.ts'
import { withoutRefreshToken } from '../../core/tokens/issuance.ts'
import { type App, type FaceContext, newApp, noStore, route } from '../../http/app.ts'
import { mediaType, readForm, readQuery } from '../../http/form.ts'
import {
  type CommonErrorCode,
  type OAuthError,
  type TokenErrorCode,
  type Vocabulary,
  wordsFor,
} from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'

/** A request. A member is absent if it was not sent or is empty by PHP's rules. */
type WireRequest = {
  method: string | undefined
  login: string | undefined
  password: string | undefined
  accessToken: string | undefined
}

type WireState = { authentificated: boolean; userID: number; username: string }

const guest: WireState = { authentificated: false, userID: -1, username: 'Guest' }

/** Members in the document's order. */
type WireAnswer = { status: number; access_token?: string; error?: string } & WireState

/**
 * Reads query and form, as `$_REQUEST` does; the form wins. The password is read only from the
 * form.
 */
async function readRequest(request: Request): Promise<WireRequest> {
  const query = readQuery(request)
  const hasForm = request.method === 'POST' && mediaType(request) !== ''
  const form: Parameters = hasForm ? await readForm(request) : new Map()
  const fromEither = (name: string): string | undefined => form.get(name) ?? query.get(name)
  return {
    method: fromEither('method'),
    login: given(fromEither('login')),
    password: given(form.get('password')),
    accessToken: fromEither('access_token'),
  }
}

// PHP also treats the text "0" as empty.
const given = (text: string | undefined): string | undefined => (text === '0' ? undefined : text)

const toPasswordGrant = (login: string, password: string): Parameters =>
  new Map([
    ['grant_type', 'password'],
    ['username', login],
    ['password', password],
  ])

const toState = (user: User | undefined): WireState =>
  user === undefined ? guest : { authentificated: true, userID: user.id, username: user.username }

/** The status is repeated in the body. The CMS itself uses only 200. */
type WireError = { status?: number; error: string }

const notPermitted: WireError = { status: 200, error: 'not_permitted_user' }

const wireErrors = {
  invalid_request: { error: 'invalid_request' },
  invalid_client: notPermitted,
  invalid_grant: { status: 200, error: 'wrong_password' },
  unauthorized_client: notPermitted,
  unsupported_grant_type: notPermitted,
  invalid_scope: notPermitted,
  invalid_target: notPermitted,
  too_many_requests: { error: 'too_many_requests' },
  request_too_large: { error: 'request_too_large' },
  server_error: { error: 'server_error' },
  temporarily_unavailable: { error: 'temporarily_unavailable' },
} satisfies Record<TokenErrorCode | CommonErrorCode, WireError>

const vocabularyOf = ({ tellsUnknownUsers }: CmsSettings): Vocabulary<WireError> => ({
  reasons: tellsUnknownUsers ? { user_unknown: { status: 200, error: 'user_not_exists' } } : {},
  codes: wireErrors,
  rest: notPermitted,
})

function renderError(refusal: OAuthError, settings: CmsSettings): Response {
  const { error, status = refusal.status } = wordsFor(vocabularyOf(settings), refusal)
  return answered({ status, error, ...guest }, status)
}

const answered = (body: WireAnswer | WireError, status = 200): Response =>
  Response.json(body, { status, headers: noStore })

type CmsSettings = { client: string | undefined; tellsUnknownUsers: boolean }

/** Mounts `GET` and `POST /api.php`. */
export function cmsDialect(settings: CmsSettings): Hono<App> {
  const app = newApp((refusal) => renderError(refusal, settings))
  const answer = (context: FaceContext) => api(context, settings)
  route(app, '/api.php', { GET: answer, POST: answer }, () =>
    answered({ status: 405, error: 'method_not_allowed', ...guest }, 405),
  )
  return app
}

async function api(context: FaceContext, settings: CmsSettings): Promise<Response> {
  const { method, login, password, accessToken } = await readRequest(context.req.raw)
  if (method !== 'oauth') return answered(refuseApiMethod(method))
  if (login !== undefined && password !== undefined) {
    return answered(await logIn(context, settings.client, login, password))
  }
  const state = accessToken === undefined ? null : await loginState(context.env.as, accessToken)
  return answered({ status: 200, ...toState(state?.signedIn === true ? state.user : undefined) })
}

async function logIn(
  { env: { as } }: FaceContext,
  clientId: string | undefined,
  login: string,
  password: string,
): Promise<WireAnswer> {
  const client = await requireOwningClient(as, clientId)
  // The response has no member for a refresh token.
  const request = { parameters: toPasswordGrant(login, password) }
  const { accessToken, user } = await exchangeGrant(as, withoutRefreshToken(client), request)
  return { status: 200, access_token: accessToken, ...toState(user) }
}

/** Returns the CMS's response to an API method that it does not have. */
const refuseApiMethod = (method: string | undefined) => ({
  error:
    method === undefined
      ? 'No api method in request, correct call: api.php?method=<API_METHOD>'
      : `Api method '${escapeHtml(method)}' doesnt exists`,
  status: 400,
})

// JSON does not need this, but old callers insert the text into pages.
const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#039;')
