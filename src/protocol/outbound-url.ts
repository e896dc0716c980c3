// Judges URLs that the server itself may fetch, at registration and again before each request. Only
// https to a public name or address is allowed. The addresses behind a name cannot be checked or
// pinned on Workers. RFC 9700 2.6, OWASP ASVS 1.3.6.
import { addressKind, spellsReservedAddress } from './ip-address.ts'
import { isLoopbackHost } from './redirect-uri.ts'

/** Exceptions to "https on port 443 only". */
type OutboundRules = {
  /** Allows plain http and any port on this machine. Development only. */
  loopback?: boolean
  /** Ports that are allowed in addition to 443. */
  ports?: readonly number[]
  /** The server's own origins, which are rejected: a request to itself could loop. */
  ownOrigins?: readonly string[]
}

// Names that no public resolver answers, or that a private network answers. `.example` is not one
// of them: "Application software SHOULD NOT recognize example names as special." RFC 6761 6.5
const specialUse = [
  ...['localhost', 'test', 'invalid'], // RFC 6761
  'local', // RFC 6762
  'onion', // RFC 7686
  'alt', // RFC 9476
  'arpa', // RFC 3172: reverse addresses, and home.arpa (RFC 8375)
  'internal', // ICANN's choice for private networks, and that of several clouds
  ...['svc', 'localdomain', 'intranet', 'private', 'lan', 'home', 'corp', 'mail'], // common use
]

/**
 * Returns why the server must not fetch `text`, or null if it may. The reason follows the field's
 * name.
 */
export function outboundUrlFault(text: string, rules: OutboundRules = {}): string | null {
  if (!/^[\x21-\x7e]{1,2000}$/.test(text) || text.includes('\\') || !URL.canParse(text)) {
    return 'is not an absolute URL'
  }
  const url = new URL(text)
  // A URL parser reads `https:/host` and `https:///host` as `https://host`; a text comparison does
  // not.
  if (!/^[^:]*:\/\/[^/]/.test(text)) return 'must have a host after //'
  // This also rejects an empty user information part, which a parsed URL no longer shows.
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
  // DNS treats a name with a trailing dot as the same host; text comparisons do not.
  const isSpecial = specialUse.includes(hostname.slice(hostname.lastIndexOf('.') + 1))
  if (hostname.endsWith('.') || !hostname.includes('.') || isSpecial) {
    return 'has a host name that is not public'
  }
  return spellsReservedAddress(hostname) ? 'has a host name that contains a private address' : null
}

// In development the server is one port of this machine. Other ports belong to other services.
function isSameHost(url: URL, own: URL): boolean {
  if (isLoopbackHost(own.hostname)) return isLoopbackHost(url.hostname) && url.port === own.port
  return url.hostname === own.hostname || url.hostname === `${own.hostname}.`
}
