// Addresses that the server itself may fetch: judged when they are registered and again before each
// request. https to a public name or address and nothing else; what a name resolves to cannot be
// seen or pinned here. RFC 9700 2.6, OWASP ASVS 1.3.6.
import { addressKind, spellsReservedAddress } from './ip-address.ts'
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

// Names that no public resolver answers for, or that somebody's own network answers for. `.example` is
// not among them: "Application software SHOULD NOT recognize example names as special." RFC 6761 6.5
const specialUse = [
  ...['localhost', 'test', 'invalid'], // RFC 6761
  'local', // RFC 6762
  'onion', // RFC 7686
  'alt', // RFC 9476
  'arpa', // RFC 3172: reverse addresses, and home.arpa (RFC 8375)
  'internal', // ICANN's choice for private networks, and that of several clouds
  ...['svc', 'localdomain', 'intranet', 'private', 'lan', 'home', 'corp', 'mail'], // common use
]

/** Why the server must not fetch `text`, or null if it may. */
export function outboundUrlFault(text: string, rules: OutboundRules = {}): string | null {
  if (!/^[\x21-\x7e]{1,2000}$/.test(text) || text.includes('\\') || !URL.canParse(text)) {
    return 'is not an absolute URL'
  }
  const url = new URL(text)
  // A parser takes `https:/host` and `https:///host` for `https://host`; no comparison of texts does.
  if (!/^[^:]*:\/\/[^/]/.test(text)) return 'must have a host after //'
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
  const isSpecial = specialUse.includes(hostname.slice(hostname.lastIndexOf('.') + 1))
  if (hostname.endsWith('.') || !hostname.includes('.') || isSpecial) {
    return 'has a host name that is not public'
  }
  return spellsReservedAddress(hostname) ? 'has a host name that spells a private address' : null
}

// In development the server is one port of this machine, and its neighbours are other ports.
function isSameHost(url: URL, own: URL): boolean {
  if (isLoopbackHost(own.hostname)) return isLoopbackHost(url.hostname) && url.port === own.port
  return url.hostname === own.hostname || url.hostname === `${own.hostname}.`
}
