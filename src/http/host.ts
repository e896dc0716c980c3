// Whose name the server answers to. In production the issuer is a setting and no header can change
// it; development is honoured on loopback hosts only, since `wrangler dev` takes any Host header.
import { isLoopbackHost } from '../protocol/redirect-uri.ts'

/**
 * The issuer of a request in development: its origin, and the loopback spellings of the same port
 * whose tokens are ours, too. Null for any other host.
 */
export function developmentIssuer(
  requestUrl: string,
): { issuer: string; ownIssuers: readonly string[] } | null {
  const url = new URL(requestUrl)
  if (!isLoopbackHost(url.hostname)) return null
  const port = url.port === '' ? '' : `:${url.port}`
  const ownIssuers = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}${port}`)
  return { issuer: url.origin, ownIssuers }
}

/** The answer of a worker that must not run: 503, with the faults in the log and not in the body. */
export function misconfigured(
  faults: readonly string[],
  requestId: string,
  log: (event: object) => void,
): Response {
  log({ event: 'not configured', faults })
  return Response.json(
    { error: 'server_error', error_description: 'the server is not configured' },
    {
      status: 503,
      headers: { 'Cache-Control': 'no-store', 'Retry-After': '60', 'X-Request-Id': requestId },
    },
  )
}
