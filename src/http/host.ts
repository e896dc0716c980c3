// Which hosts the server answers for. In a deployment the issuer is a setting and no header can
// change it. Development mode works on loopback hosts only, because `wrangler dev` accepts any Host
// header.
import { certificatePaths } from '../core/server/paths.ts'
import type { LogEvent } from '../core/server/events.ts'
import type { Settings } from '../core/server/settings.ts'
import { isLoopbackHost, loopbackHosts } from '../protocol/redirect-uri.ts'
import { noStore } from './app.ts'

/** The issuer of a request, and all issuers whose tokens this server accepts. */
export type Identity = { issuer: string; ownIssuers: readonly string[] }

/**
 * Returns the server's identity for the host of a request, or null if the server does not answer
 * for it.
 */
export function identityAt(requestUrl: string, settings: Settings): Identity | null {
  if (settings.development) return developmentIdentity(requestUrl, settings.issuer)
  const issuer = settings.issuer ?? ''
  const host = hostOf(requestUrl)
  const isOurs =
    host === hostOf(issuer) || (host === settings.mtlsHost && takesCertificates(requestUrl))
  return isOurs ? { issuer, ownIssuers: [issuer] } : null
}

const takesCertificates = (requestUrl: string): boolean =>
  certificatePaths.includes(new URL(requestUrl).pathname)

/**
 * Returns the host in the spelling of the URL, with a non-default port. `requireHttps` checks the
 * scheme.
 */
export const hostOf = (url: string): string | undefined => url.split('/', 3)[2]

/**
 * With a `fixed` issuer (a tunnel, a container with a name) the identity is always that issuer, on
 * its own host and on loopback. Without one it is the request's origin, and tokens of the other
 * loopback spellings with the same scheme and port are accepted.
 */
function developmentIdentity(requestUrl: string, fixed: string | undefined): Identity | null {
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

/**
 * Answers a request for a host that is not the issuer's (RFC 9110 15.5.20). Otherwise an attacker
 * who points a domain at the server could get pages and links under that domain.
 */
export const misdirected = (): Response =>
  Response.json(
    {
      error: 'invalid_request',
      error_description: 'this server does not serve the requested host',
    },
    { status: 421, headers: noStore },
  )

/** Answers 503 from a worker with invalid settings. The faults go to the log, not into the body. */
export function misconfigured(faults: readonly string[], log: (event: LogEvent) => void): Response {
  log({ event: 'not configured', faults })
  return Response.json(
    { error: 'server_error', error_description: 'the server is not configured' },
    { status: 503, headers: { ...noStore, 'Retry-After': '60' } },
  )
}
