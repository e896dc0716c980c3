// The responses of Traffic Ops: alerts or a `response` in JSON, all with the same headers. One
// header is a hash of the body.
import type { MiddlewareHandler } from 'hono'
import { base64 } from '../../crypto/encoding.ts'
import type { App } from '../../http/app.ts'
import {
  wordsFor,
  type CommonErrorCode,
  type OAuthError,
  type Vocabulary,
} from '../../protocol/error.ts'

/** Adds the headers of the face to every response. */
export const faceHeaders: MiddlewareHandler<App> = async (context, next) => {
  await next()
  const { status, headers, body } = context.res
  const bytes = new Uint8Array(await new Response(body).arrayBuffer())
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', bytes))
  // Reset first, because Hono would copy the old headers to the new response.
  context.res = undefined
  const answer = new Response(status === 204 ? null : bytes, { status, headers })
  answer.headers.set('Access-Control-Allow-Credentials', 'true')
  answer.headers.set(
    'Access-Control-Allow-Headers',
    'Origin, X-Requested-With, Content-Type, Accept, Set-Cookie, Cookie',
  )
  answer.headers.set('Access-Control-Allow-Methods', 'POST,GET,OPTIONS,PUT,DELETE')
  // As in the document. Browsers never let a page read such a response with credentials.
  answer.headers.set('Access-Control-Allow-Origin', '*')
  answer.headers.set('Whole-Content-Sha512', base64(digest))
  answer.headers.set('X-Server-Name', 'traffic_ops_golang/')
  context.res = answer
}

type Alert = { text: string; level: 'success' | 'error' }

const alertsOf = (alert: Alert): string => JSON.stringify({ alerts: [alert] })

/**
 * Returns 200 with a message. Most messages end with a newline, but that of the code exchange does
 * not.
 */
export const success = (text: string, end: '\n' | ''): Response =>
  json(200, alertsOf({ text, level: 'success' }) + end)

/** Returns an error alert with a message. */
export const refusal = (status: number, text: string, end: '\n' | '' = '\n'): Response =>
  json(status, alertsOf({ text, level: 'error' }) + end)

/** Returns a JSON response with this body. */
export const json = (status: number, body: string): Response =>
  new Response(body, {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  })

type WireError = { status: number; text: string }

const internal: WireError = { status: 500, text: 'Internal Server Error' }
const badRequest: WireError = { status: 400, text: 'Bad Request' }
const unauthorized: WireError = { status: 401, text: 'Invalid username or password.' }

const wireErrors = {
  invalid_request: badRequest,
  invalid_grant: unauthorized,
  too_many_requests: { status: 429, text: 'Too Many Requests' },
  request_too_large: { status: 413, text: 'Request Entity Too Large' },
  server_error: internal,
  temporarily_unavailable: { status: 503, text: 'Service Unavailable' },
} satisfies Record<'invalid_request' | 'invalid_grant' | CommonErrorCode, WireError>

const vocabulary: Vocabulary<WireError> = { codes: wireErrors, rest: internal }

/** Renders a refusal of the core as an alert. */
export function renderAlert(error: OAuthError): Response {
  const { status, text } = wordsFor(vocabulary, error)
  // Traffic Ops has no message for it, and "Bad Request" would mislead the caller.
  return refusal(status, error.reason === 'plain_http' ? error.description : text)
}
