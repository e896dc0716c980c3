// CORS: documents for anyone; endpoints for the origins of the client that asks. Never credentials,
// never `null` (which any sandboxed document can be).
import type { MiddlewareHandler } from 'hono'
import type { Client } from '../core/records.ts'
import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import type { App, FaceContext } from './app.ts'

/** The answer to a preflight: any https or loopback origin may try, the answer decides. */
export function preflight(context: FaceContext): Response {
  const origin = context.req.header('Origin')
  const headers = new Headers({ Vary: 'Origin' })
  if (origin !== undefined && mayTry(origin)) {
    headers.set('Access-Control-Allow-Origin', origin)
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
  context.res.headers.set('Access-Control-Allow-Origin', origin)
  context.res.headers.set('Access-Control-Expose-Headers', 'dpop-nonce, www-authenticate')
}

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
