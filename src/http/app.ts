// The parts that every face shares: an app that renders errors in the face's own words, routes that
// answer 405 to other methods and reject plain http, the context with the request's
// AuthorizationServer, and the headers of every response.
import type { Context, Handler, Hono } from 'hono'
import { HonoBase } from 'hono/hono-base'
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
    /**
     * The client whose origins may read the response. Set once the client (or its token) is known.
     */
    corsClient?: Client
    /** The browser that sent the request: `browserOf` reads it once. */
    browser?: Browser
    /** The request's parameters, for a dialect whose refusals depend on them. */
    parameters?: Parameters
  }
}

/** The Hono context of a face's handler. */
export type FaceContext = Context<App>
/** Renders a refusal in the wire format of a face. */
export type ErrorRenderer = (
  error: OAuthError,
  context: FaceContext,
) => Response | Promise<Response>

/**
 * Creates an app that renders every error with `render`; an unexpected error becomes
 * `server_error`. TrieRouter is the router with the shortest set-up, which every cold isolate waits
 * for; the class `Hono` itself would bring two more.
 */
export function newApp(render: ErrorRenderer): Hono<App> {
  const app = new HonoBase<App>({ router: new TrieRouter(), getPath: routedPath })
  app.onError(async (thrown, context) => {
    const error = asOAuthError(thrown)
    logRefusal(context, error)
    return asRefusal(await render(error, context), error.retryAfter)
  })
  return app
}

/**
 * Returns the path as the URL spells it. A path with an encoded unreserved character is a second
 * spelling of another path (RFC 3986 6.2.2.2) and could evade path rules of a proxy in front of the
 * server, so it matches no route.
 */
function routedPath({ url }: Request): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  const end = url.slice(start).search(/[?#]/)
  const path = end < 0 ? url.slice(start) : url.slice(start, start + end)
  return encodedUnreserved.test(path) ? noAddress : path
}

// ALPHA / DIGIT / "-" / "." / "_" / "~", RFC 3986 2.3.
const encodedUnreserved = /%(2[de]|3\d|[46][1-9a-f]|5[0-9af]|7[0-9ae])/i

// No route contains a percent sign.
const noAddress = '/%'

/** Adds the headers that every refusal has. `retryAfter` is in seconds. */
function asRefusal(answer: Response, retryAfter?: number): Response {
  const { headers } = answer
  if (retryAfter !== undefined) headers.set('Retry-After', String(retryAfter))
  // Some faces set Cache-Control themselves, and a redirect to the right address is not a refusal.
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
    // The stack shows where our code failed and contains no input.
    stack: error.code === 'server_error' && cause instanceof Error ? cause.stack : undefined,
  })
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** The handlers of a path, by method. */
export type Handlers = Partial<Record<Method, Handler<App>>>

/** Serves `path` with these methods and answers 405 with Allow to all others (RFC 9110 15.5.6). */
export function route(
  app: Hono<App>,
  path: string,
  handlers: Handlers,
  refuseMethod: (context: FaceContext, allow: string) => Response = plainMethodRefusal,
): void {
  for (const [method, handler] of Object.entries(handlers)) {
    app.on(method, path, async (context, next) => {
      const { as } = context.env
      as.nameRoute(path)
      requireHttps(context)
      // A preflight is the browser's own: another request follows it, which counts.
      if (method !== 'OPTIONS') await as.rateLimits.requireOfAddress(path, as.address, as.now)
      return handler(context, next)
    })
  }
  const allowed = Object.keys(handlers)
  const allow = (allowed.includes('GET') ? ['HEAD', ...allowed] : allowed).join(', ')
  app.all(path, (context) => {
    context.env.as.nameRoute(path)
    requireHttps(context)
    const answer = asRefusal(refuseMethod(context, allow))
    answer.headers.set('Allow', allow)
    return answer
  })
}

const plainMethodRefusal = (context: FaceContext): Response =>
  context.json(
    { error: 'invalid_request', error_description: 'this endpoint does not support the method' },
    405,
  )

/**
 * RFC 6749 5.1: "The authorization server MUST include ... no-store" in any response that may
 * contain a secret.
 */
export const noStore = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const

/**
 * Rejects a request that reached a deployment over plain http: "The authorization server MUST require
 * the use of TLS" (RFC 6749 3.1, 3.2). Pages redirect to https instead.
 * @throws invalid_request
 */
export function requireHttps({ env, req }: FaceContext): void {
  // In development there is no TLS, or a tunnel in front of the server terminates it.
  if (env.as.settings.development || !req.url.startsWith('http:')) return
  throw invalidRequest('https is required', { reason: 'plain_http' })
}

/** Adds the headers that every response has, whichever face made it. */
export function complete(
  answer: Response,
  request: Request,
  { requestId, settings }: { requestId: string; settings: Settings | undefined },
): Response {
  const { headers } = answer
  headers.set('X-Request-Id', requestId)
  headers.set('X-Content-Type-Options', 'nosniff')
  // Our own URLs can contain tokens, codes and sealed screens.
  headers.set('Referrer-Policy', 'no-referrer')
  // "MUST NOT include the STS header field in HTTP responses conveyed over non-secure transport"
  // (RFC 6797 7.2). On localhost it would also break every other server of the developer.
  if (settings?.development === false && request.url.startsWith('https:')) {
    headers.set('Strict-Transport-Security', settings.strictTransportSecurity)
  }
  return answer
}
