// Whose name the server answers to. In a deployment the issuer is a setting and no header can change
// it; development is honoured on loopback hosts only, since `wrangler dev` takes any Host header.
import { certificatePaths } from '../core/server/paths.ts'
import type { LogEvent } from '../core/server/events.ts'
import type { Settings } from '../core/server/settings.ts'
import { isLoopbackHost, loopbackHosts } from '../protocol/redirect-uri.ts'
import { noStore } from './app.ts'

/** Under which name a request is answered, and whose tokens are ours there. */
export type Identity = { issuer: string; ownIssuers: readonly string[] }

/** Who the server is under the host of a request; null where it does not answer for that host. */
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

/** The host as a URL spells it, with a port that is not the scheme's own: http is another matter. */
export const hostOf = (url: string): string | undefined => url.split('/', 3)[2]

/**
 * In development with a `fixed` issuer (a tunnel, a container behind a name): that one alone, under
 * its own host and under loopback. Without: the origin of the request, and its other loopback
 * spellings with the same scheme and port.
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
 * The answer to a request for a host that is not the issuer's (RFC 9110 15.5.20): whoever brought it
 * here could otherwise have pages and links made under a name of their own.
 */
export const misdirected = (): Response =>
  Response.json(
    {
      error: 'invalid_request',
      error_description: 'this server does not answer for the host that was asked',
    },
    { status: 421, headers: noStore },
  )

/** The answer of a worker that must not run: 503, with the faults in the log and not in the body. */
export function misconfigured(faults: readonly string[], log: (event: LogEvent) => void): Response {
  log({ event: 'not configured', faults })
  return Response.json(
    { error: 'server_error', error_description: 'the server is not configured' },
    { status: 503, headers: { ...noStore, 'Retry-After': '60' } },
  )
}
