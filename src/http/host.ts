// Whose name the server answers to. In production the issuer is a setting and no header can change
// it; development is honoured on loopback hosts only, since `wrangler dev` takes any Host header.
import { isLoopbackHost, loopbackHosts } from '../protocol/redirect-uri.ts'

/**
 * The issuer of a request in development, and the issuers whose tokens are ours. With a `fixed`
 * issuer (a tunnel, a container behind a name): that one alone, under its own host and under
 * loopback. Without: the origin of the request, and its other loopback spellings with the same
 * scheme and port. Returns null for any other host.
 */
export function developmentIssuer(
  requestUrl: string,
  fixed: string | undefined,
): { issuer: string; ownIssuers: readonly string[] } | null {
  const url = new URL(requestUrl)
  if (fixed !== undefined) {
    const isOurs = isLoopbackHost(url.hostname) || url.hostname === new URL(fixed).hostname
    return isOurs ? { issuer: fixed, ownIssuers: [fixed] } : null
  }
  if (!isLoopbackHost(url.hostname)) return null
  const port = url.port === '' ? '' : `:${url.port}`
  const ownIssuers = loopbackHosts.map((host) => `${url.protocol}//${host}${port}`)
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
