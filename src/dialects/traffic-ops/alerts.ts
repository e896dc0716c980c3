// What Traffic Ops says, whatever it says: alerts or a response in JSON, and the same headers on
// everything, of which one is a hash of the very body that is sent.
import type { MiddlewareHandler } from 'hono'
import { base64 } from '../../crypto/encoding.ts'
import type { App } from '../../http/app.ts'
import {
  wordsFor,
  type CommonErrorCode,
  type OAuthError,
  type Vocabulary,
} from '../../protocol/error.ts'

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

/** A refusal of the core in the words of the face. */
export function renderAlert(error: OAuthError): Response {
  const { status, text } = wordsFor(vocabulary, error)
  // The real one has no word for it, and "Bad Request" would send its caller looking elsewhere.
  return refusal(status, error.reason === 'plain_http' ? error.description : text)
}
