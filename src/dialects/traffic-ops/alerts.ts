// What Traffic Ops says, whatever it says: alerts or a response in JSON, and the same headers on
// everything, of which one is a hash of the very body that is sent.
import type { MiddlewareHandler } from 'hono'
import { base64 } from '../../crypto/encoding.ts'
import type { App, FaceContext } from '../../http/app.ts'
import type { OAuthError, OAuthErrorCode } from '../../protocol/error.ts'

/** Gives an answer the headers of the face. */
export const faceHeaders: MiddlewareHandler<App> = async (context, next) => {
  await next()
  const { status, headers, body } = context.res
  const bytes = new Uint8Array(await new Response(body).arrayBuffer())
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', bytes))
  // Set anew rather than replaced: Hono would carry the old headers over.
  context.res = undefined
  const answer = new Response(status === 204 ? null : bytes, { status, headers })
  answer.headers.set('Access-Control-Allow-Credentials', 'true')
  answer.headers.set(
    'Access-Control-Allow-Headers',
    'Origin, X-Requested-With, Content-Type, Accept, Set-Cookie, Cookie',
  )
  answer.headers.set('Access-Control-Allow-Methods', 'POST,GET,OPTIONS,PUT,DELETE')
  // As the document has it. Browsers never let a page read such an answer with credentials.
  answer.headers.set('Access-Control-Allow-Origin', '*')
  answer.headers.set('Cache-Control', 'no-store')
  answer.headers.set('Whole-Content-Sha512', base64(digest))
  answer.headers.set('X-Server-Name', 'traffic_ops_golang/')
  context.res = answer
}

type Alert = { text: string; level: 'success' | 'error' }

const alertsOf = (alert: Alert): string => JSON.stringify({ alerts: [alert] })

/** 200 with a sentence; most answers end in a newline, the code exchange's does not. */
export const success = (text: string, end: '\n' | ''): Response =>
  json(200, alertsOf({ text, level: 'success' }) + end)

export const refusal = (status: number, text: string, end: '\n' | '' = '\n'): Response =>
  json(status, alertsOf({ text, level: 'error' }) + end)

export const json = (status: number, body: string): Response =>
  new Response(body, { status, headers: { 'Content-Type': 'application/json' } })

type WireError = { status: number; text: string }

const internal: WireError = { status: 500, text: 'Internal Server Error' }
const badRequest: WireError = { status: 400, text: 'Bad Request' }
const unauthorized: WireError = { status: 401, text: 'Invalid username or password.' }

const wireErrors = {
  invalid_request: badRequest,
  invalid_client: internal,
  invalid_grant: unauthorized,
  unauthorized_client: internal,
  unsupported_grant_type: internal,
  unsupported_response_type: internal,
  unsupported_token_type: internal,
  invalid_scope: internal,
  invalid_target: internal,
  access_denied: { status: 403, text: 'Forbidden' },
  login_required: unauthorized,
  consent_required: internal,
  interaction_required: internal,
  account_selection_required: internal,
  request_not_supported: internal,
  request_uri_not_supported: internal,
  registration_not_supported: internal,
  invalid_token: unauthorized,
  insufficient_scope: { status: 403, text: 'Forbidden' },
  invalid_redirect_uri: badRequest,
  invalid_client_metadata: badRequest,
  too_many_requests: { status: 429, text: 'Too Many Requests' },
  request_too_large: { status: 413, text: 'Request Entity Too Large' },
  server_error: internal,
  temporarily_unavailable: { status: 503, text: 'Service Unavailable' },
} satisfies Record<OAuthErrorCode, WireError>

/** A refusal of the core in the words of the face. */
export function renderAlert(error: OAuthError, _context?: FaceContext): Response {
  const { status, text } = wireErrors[error.code]
  // The real one has no word for it, and "Bad Request" would send its caller looking elsewhere.
  const answer = refusal(status, error.reason === 'plain_http' ? error.description : text)
  if (error.retryAfter !== undefined) answer.headers.set('Retry-After', String(error.retryAfter))
  return answer
}
