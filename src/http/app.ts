// What every face is made of: an app whose errors are rendered in its own words, routes that answer
// 405 to other methods and nothing to plain http, the context that carries the request's
// AuthorizationServer, and the headers of every answer.
import { Hono, type Context, type Handler } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Client } from '../core/clients/storage.ts'
import type { Settings } from '../core/server/settings.ts'
import { type OAuthError, asOAuthError, invalidRequest } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { Browser } from './browser.ts'

export type App = {
  Bindings: { as: AuthorizationServer }
  Variables: {
    /** Whose origins may read the answer: set once the client (or its token) is known. */
    corsClient?: Client
    /** The browser that sent the request: `browserOf` reads it once. */
    browser?: Browser
    /** What was sent, for a dialect whose refusals depend on it. */
    parameters?: Parameters
  }
}

export type FaceContext = Context<App>
export type ErrorRenderer = (
  error: OAuthError,
  context: FaceContext,
) => Response | Promise<Response>

/**
 * An app that renders every error with `render`; anything unforeseen becomes `server_error`. Its
 * router is the one that is quick to set up: isolates come and go, and this is a cold one's wait.
 */
export function newApp(render: ErrorRenderer): Hono<App> {
  const app = new Hono<App>({ router: new TrieRouter(), getPath: routedPath })
  app.onError(async (thrown, context) => {
    const error = asOAuthError(thrown)
    logRefusal(context, error)
    return asRefusal(await render(error, context), error.retryAfter)
  })
  return app
}

/**
 * The path as the URL spells it. An encoded unreserved character would be another spelling of the
 * same address (RFC 3986 6.2.2.2), past every rule that something in front of us has for the path:
 * it stands for no address at all.
 */
function routedPath({ url }: Request): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  const end = url.slice(start).search(/[?#]/)
  const path = end < 0 ? url.slice(start) : url.slice(start, start + end)
  return encodedUnreserved.test(path) ? noAddress : path
}

// ALPHA / DIGIT / "-" / "." / "_" / "~", RFC 3986 2.3.
const encodedUnreserved = /%(2[de]|3\d|[46][1-9a-f]|5[0-9af]|7[0-9ae])/i

// No route has a percent sign.
const noAddress = '/%'

/** Puts on a refusal what it carries in every face; `retryAfter` in seconds. */
function asRefusal(answer: Response, retryAfter?: number): Response {
  const { headers } = answer
  if (retryAfter !== undefined) headers.set('Retry-After', String(retryAfter))
  // Some faces have a word of their own here, and a way to the right address is no refusal.
  if (headers.has('Cache-Control') || headers.has('Location')) return answer
  for (const [name, value] of Object.entries(noStore)) headers.set(name, value)
  return answer
}

function logRefusal(context: FaceContext, error: OAuthError): void {
  const { cause } = error
  context.env.as.log({
    event: error.status < 500 ? 'request refused' : 'request failed',
    code: error.code,
    description: error.description,
    reason: error.reason,
    cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined,
    // Where it happened is ours; what was sent is not in a stack.
    stack: error.code === 'server_error' && cause instanceof Error ? cause.stack : undefined,
  })
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** What answers which method. */
export type Handlers = Partial<Record<Method, Handler<App>>>

/** Serves `path` with these methods; any other is 405 with Allow (RFC 9110 15.5.6). */
export function route(
  app: Hono<App>,
  path: string,
  handlers: Handlers,
  refuseMethod: (context: FaceContext, allow: string) => Response = plainMethodRefusal,
): void {
  for (const [method, handler] of Object.entries(handlers)) {
    app.on(method, path, (context, next) => {
      requireHttps(context)
      return handler(context, next)
    })
  }
  const allowed = Object.keys(handlers)
  const allow = (allowed.includes('GET') ? ['HEAD', ...allowed] : allowed).join(', ')
  app.all(path, (context) => {
    requireHttps(context)
    const answer = asRefusal(refuseMethod(context, allow))
    answer.headers.set('Allow', allow)
    return answer
  })
}

const plainMethodRefusal = (context: FaceContext): Response =>
  context.json(
    { error: 'invalid_request', error_description: 'the method is not allowed here' },
    405,
  )

/** RFC 6749 5.1: "The authorization server MUST include ... no-store" wherever a secret may be. */
export const noStore = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const

/**
 * Refuses what a deployment was sent over plain http: "The authorization server MUST require the use
 * of TLS" (RFC 6749 3.1, 3.2). Pages have a redirect as their word for it.
 * @throws invalid_request
 */
export function requireHttps({ env, req }: FaceContext): void {
  // In development there is no TLS, or it ends in a tunnel in front of us.
  if (env.as.settings.development || !req.url.startsWith('http:')) return
  throw invalidRequest('this server is reached over https only', { reason: 'plain_http' })
}

/** Puts on an answer what every one carries, whichever face made it. */
export function complete(
  answer: Response,
  request: Request,
  { requestId, settings }: { requestId: string; settings: Settings | undefined },
): Response {
  const { headers } = answer
  headers.set('X-Request-Id', requestId)
  headers.set('X-Content-Type-Options', 'nosniff')
  // Tokens, codes and screens stand in URLs of ours.
  headers.set('Referrer-Policy', 'no-referrer')
  // "MUST NOT include the STS header field in HTTP responses conveyed over non-secure transport"
  // (RFC 6797 7.2), and on localhost it would shut out every other server of the developer.
  if (settings?.development === false && request.url.startsWith('https:')) {
    headers.set('Strict-Transport-Security', settings.strictTransportSecurity)
  }
  return answer
}
