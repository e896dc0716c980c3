// Addresses that the server itself may fetch: judged when they are registered and again before each
// request. https to a public name or address and nothing else; what a name resolves to cannot be
// seen or pinned here. RFC 9700 2.6, OWASP ASVS 1.3.6.
import { addressKind } from './ip-address.ts'
import { isLoopbackHost } from './redirect-uri.ts'

/** What may be fetched beyond https on port 443. */
export type OutboundRules = {
  /** Plain http and any port on this machine: development alone. */
  loopback?: boolean
  /** Ports that are allowed beside 443. */
  ports?: readonly number[]
  /** Our own origins: a request to ourselves can run in circles. */
  ownOrigins?: readonly string[]
}

// Names that resolve within somebody's own network (RFC 6761, 6762, 8375, 9476 and common use).
const privateName = /(^|\.)(localhost|local|internal|intranet|private|lan|home|corp|home\.arpa)$/

/** Why the server must not fetch `text`, or null if it may. */
export function outboundUrlFault(text: string, rules: OutboundRules = {}): string | null {
  if (!/^[\x21-\x7e]{1,2000}$/.test(text) || text.includes('\\') || !URL.canParse(text)) {
    return 'is not an absolute URL'
  }
  const url = new URL(text)
  // Also an empty one, which a parsed URL no longer shows.
  if (/^[^/]*\/*[^/?]*@/.test(text)) return 'must have no user information'
  if (text.includes('#')) return 'must have no fragment'
  if (rules.ownOrigins?.some((origin) => isSameHost(url, new URL(origin)))) {
    return 'must not be an address of this server'
  }
  if (isLoopbackHost(url.hostname) && rules.loopback === true) {
    return ['http:', 'https:'].includes(url.protocol) ? null : 'must be http or https'
  }
  if (url.protocol !== 'https:') return 'must be https'
  if (url.port !== '' && rules.ports?.includes(Number(url.port)) !== true) {
    return 'has a port that is not allowed'
  }
  return hostFault(url.hostname)
}

function hostFault(hostname: string): string | null {
  const kind = addressKind(hostname)
  if (kind === 'reserved') return 'has an address that is not public'
  if (kind === 'public') return null
  // A name with a dot at its end is the same host to DNS and another text to every comparison.
  if (hostname.endsWith('.') || !hostname.includes('.') || privateName.test(hostname)) {
    return 'has a host name that is not public'
  }
  return null
}

// In development the server is one port of this machine, and its neighbours are other ports.
function isSameHost(url: URL, own: URL): boolean {
  if (isLoopbackHost(own.hostname)) return isLoopbackHost(url.hostname) && url.port === own.port
  return url.hostname === own.hostname || url.hostname === `${own.hostname}.`
}
