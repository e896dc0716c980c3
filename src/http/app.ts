// What every face is made of: an app whose errors are rendered in its own words, routes that answer
// 405 to other methods, and the context that carries the request's AuthorizationServer.
import { Hono, type Context, type Handler } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Client } from '../core/records.ts'
import { asOAuthError, type OAuthError } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'

export type App = {
  Bindings: { as: AuthorizationServer }
  Variables: {
    /** Whose origins may read the answer: set once the client (or its token) is known. */
    corsClient?: Client
    /** The secret that this answer gives a browser which had none. */
    browserSecret?: string
    /** What was sent, for a dialect whose refusals depend on it. */
    parameters?: Parameters
  }
}

export type FaceContext = Context<App>
export type ErrorRenderer = (
  error: OAuthError,
  context: FaceContext,
) => Response | Promise<Response>

/** An app that renders every error with `render`; anything unforeseen becomes `server_error`. */
export function newApp(render: ErrorRenderer): Hono<App> {
  const app = new Hono<App>({ router: new TrieRouter() })
  app.onError((thrown, context) => {
    const error = asOAuthError(thrown)
    logRefusal(context, error)
    return render(error, context)
  })
  return app
}

function logRefusal(context: FaceContext, error: OAuthError): void {
  if (error.status < 500 && error.cause === undefined && error.reason === undefined) return
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

/** Serves `path` with these methods; any other is 405 with Allow (RFC 9110 15.5.6). */
export function route(
  app: Hono<App>,
  path: string,
  handlers: Partial<Record<Method, Handler<App>>>,
  refuseMethod: (context: FaceContext, allow: string) => Response = plainMethodRefusal,
): void {
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler)
  const allowed = Object.keys(handlers)
  const allow = (allowed.includes('GET') ? ['HEAD', ...allowed] : allowed).join(', ')
  app.all(path, (context) => {
    const answer = refuseMethod(context, allow)
    answer.headers.set('Allow', allow)
    return answer
  })
}

const plainMethodRefusal = (context: FaceContext): Response =>
  context.json(
    { error: 'invalid_request', error_description: 'the method is not allowed here' },
    405,
    noStore,
  )

/** RFC 6749 5.1: "The authorization server MUST include ... no-store" wherever a secret may be. */
export const noStore = { 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const
