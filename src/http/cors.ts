// CORS: documents for anyone; endpoints for the origins of the client that asks, never for `null`
// (which any sandboxed document can be). These endpoints read no cookie, so a page of the client may
// send its request with credentials (keycloak-js sends every one so): a stranger's gains nothing.
import type { MiddlewareHandler } from 'hono'
import type { Client } from '../core/clients/storage.ts'
import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import type { App, FaceContext } from './app.ts'

/**
 * The answer to a preflight: any https or loopback origin may try, the answer decides who may read.
 * A browser that would send credentials does not even try unless this allows them (Fetch 4.9).
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

/** Lets the origins of `corsClient` read the answer, refusals included. */
export const corsForClient: MiddlewareHandler<App> = async (context, next) => {
  await next()
  const origin = context.req.header('Origin')
  if (origin === undefined || context.req.method === 'OPTIONS') return
  context.res.headers.append('Vary', 'Origin')
  const client = context.var.corsClient
  if (client === undefined || !isOriginOf(client, origin)) return
  allow(context.res.headers, origin)
  context.res.headers.set('Access-Control-Expose-Headers', 'dpop-nonce, www-authenticate')
}

/** One exact origin, with credentials: the two never go together with `*`. */
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
 * Answers the preflight of what anyone may read, for these methods: any header, `Authorization` by its
 * name.
 */
export const publicPreflight = (methods: string) => (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': methods,
      // The wildcard does not cover it: "A CORS non-wildcard request-header name is a
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
  // `null` and worse: a header is whatever was sent.
  if (!URL.canParse(origin)) return false
  const { redirect_uris, allowed_cors_origins = [] } = client.metadata
  if (allowed_cors_origins.includes(origin)) return true
  return redirect_uris.some((uri) => URL.canParse(uri) && isOrigin(new URL(uri), origin))
}

// A loopback redirect may use any port (RFC 8252 7.3), so may the page that asks.
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
