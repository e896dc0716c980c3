// CORS: public documents are readable by any origin, endpoints only by the origins of the
// requesting client, and never by `null` (any sandboxed document has that origin). These endpoints
// read no cookies, so a client's page may send credentials (keycloak-js always does), and another
// site gains nothing by sending them.
import type { MiddlewareHandler } from 'hono'
import type { Client } from '../core/clients/storage.ts'
import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import type { App, FaceContext } from './app.ts'

/**
 * Answers a preflight. Any https or loopback origin may send the request; the response decides who
 * can read it. A request with credentials is sent only if the preflight allows credentials (Fetch
 * 4.9).
 */
export function preflight(context: FaceContext): Response {
  const origin = context.req.header('Origin')
  const headers = new Headers({ Vary: 'Origin' })
  if (origin !== undefined && mayTry(origin)) {
    allow(headers, origin)
    headers.set('Access-Control-Allow-Methods', 'GET, POST')
    headers.set('Access-Control-Allow-Headers', 'authorization, content-type, dpop')
    headers.set('Access-Control-Max-Age', '600')
  }
  return new Response(null, { status: 204, headers })
}

/**
 * Allows the origins of `corsClient` to read the response, including refusals. Before the client is known,
 * any origin may read when to come again, and nothing else: that depends on the address or on storage, and
 * says nothing about anybody's credentials.
 */
export const corsForClient: MiddlewareHandler<App> = async (context, next) => {
  await next()
  const origin = context.req.header('Origin')
  if (origin === undefined || context.req.method === 'OPTIONS') return
  context.res.headers.append('Vary', 'Origin')
  const client = context.var.corsClient
  const mayRead =
    client === undefined
      ? waits.includes(context.res.status) && mayTry(origin)
      : isOriginOf(client, origin)
  if (!mayRead) return
  allow(context.res.headers, origin)
  context.res.headers.set(
    'Access-Control-Expose-Headers',
    'dpop-nonce, retry-after, www-authenticate',
  )
}

/** The statuses of refusals that ask to come again later. */
const waits = [429, 503]

/** Allows one exact origin with credentials. Credentials cannot be combined with `*`. */
function allow(headers: Headers, origin: string): void {
  headers.set('Access-Control-Allow-Origin', origin)
  headers.set('Access-Control-Allow-Credentials', 'true')
}

/** Lets anyone read the answer, refusals included: it depends on nothing that a browser adds. */
export const corsForAnyone: MiddlewareHandler<App> = async (context, next) => {
  await next()
  if (context.req.method === 'OPTIONS') return
  context.res.headers.set('Access-Control-Allow-Origin', '*')
  if (context.res.ok) return
  context.res.headers.set('Access-Control-Expose-Headers', 'retry-after, www-authenticate')
}

/**
 * Answers a preflight for what anyone may read, with these methods: any header is allowed,
 * `Authorization` by name.
 */
export const publicPreflight = (methods: string) => (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': methods,
      // The wildcard does not include it: "A CORS non-wildcard request-header name is a
      // byte-case-insensitive match for `Authorization`." Fetch 2.2.2
      'Access-Control-Allow-Headers': '*, authorization',
      'Access-Control-Max-Age': '86400',
    },
  })

function mayTry(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  if (url.origin !== origin) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}

function isOriginOf(client: Client, origin: string): boolean {
  // The header can hold any text, such as `null`.
  if (!URL.canParse(origin)) return false
  const { redirect_uris, allowed_cors_origins = [] } = client.metadata
  if (allowed_cors_origins.includes(origin)) return true
  return redirect_uris.some((uri) => URL.canParse(uri) && isOrigin(new URL(uri), origin))
}

// A loopback redirect may use any port (RFC 8252 7.3), so the page that asks may use any port too.
function isOrigin(redirect: URL, origin: string): boolean {
  if (redirect.protocol !== 'https:' && redirect.protocol !== 'http:') return false
  if (redirect.origin === origin) return true
  const { protocol, hostname } = new URL(origin)
  return (
    protocol === 'http:' &&
    isLoopbackHost(hostname) &&
    redirect.protocol === 'http:' &&
    redirect.hostname === hostname
  )
}
