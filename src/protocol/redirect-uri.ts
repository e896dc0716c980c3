// Redirect URIs: which ones can be registered, and which ones a request can name. RFC 9700 2.1 and
// 4.1.3, RFC 8252 7.3 and 8.3, OpenID Connect Core 3.1.2.1.
import { isTakenScheme } from './taken-scheme.ts'

/** The accepted spellings of the loopback host. */
export const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/** Returns whether the host of a URL is one of the accepted loopback spellings. */
export const isLoopbackHost = (hostname: string): boolean => loopbackHosts.includes(hostname)

/**
 * Returns whether TLS proves the host of the redirect URI. Any app on the device can claim the
 * others.
 */
export function provesItsHost(uri: string): boolean {
  const url = parse(uri)
  return url?.protocol === 'https:' && !isLoopbackHost(url.hostname)
}

/** Returns whether a redirect stays on the device, over plain http (RFC 8252 7.3). */
export function isLoopbackUri(uri: string): boolean {
  const url = parse(uri)
  return url?.protocol === 'http:' && isLoopbackHost(url.hostname)
}

/** Returns whether the text is an https URL. */
export const isHttps = (text: string): boolean =>
  URL.canParse(text) && new URL(text).protocol === 'https:'

/** Returns the distinct hosts of the redirect URIs that TLS proves. */
export const provenHosts = (uris: readonly string[]): string[] => [
  ...new Set(uris.filter(provesItsHost).map((uri) => new URL(uri).hostname)),
]

/**
 * Returns why a redirect URI cannot be registered, or null if it can. It must be absolute, without
 * a fragment or user information, and use https, http on loopback, or a private-use scheme (RFC
 * 8252 7.1).
 */
export function redirectUriFault(uri: string): string | null {
  if (!/^[\x21-\x7e]+$/.test(uri) || uri.length > 2000) return 'is not an absolute URI'
  if (/^urn:ietf:wg:oauth:2\.0:oob(:|$)/i.test(uri)) {
    return 'is the out-of-band flow, which is unsafe (RFC 8252): register http://127.0.0.1/callback, to which a request may add any port'
  }
  if (uri.includes('\\') || uri.includes('#')) return 'must have no fragment or backslash'
  const url = parse(uri)
  if (hasWildcard(uri, url)) return noWildcard
  if (url === null) return 'is not an absolute URI'
  if (url.username !== '' || url.password !== '') return 'must have no user information'
  return schemeFault(uri, url)
}

function schemeFault(uri: string, url: URL): string | null {
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https' && scheme !== 'http') return privateSchemeFault(uri, scheme)
  // A browser resolves `https:path` without `//` against our own host, so the code would stay here.
  if (/^https?:(?!\/\/[^/])/i.test(uri)) return 'must have a host after //'
  if (scheme === 'http' && !isLoopbackHost(url.hostname)) {
    return 'must be https unless it is a loopback address'
  }
  return trailingDotFault(url)
}

function privateSchemeFault(uri: string, scheme: string): string | null {
  if (isTakenScheme(scheme)) {
    return 'has a scheme that browsers, office suites or operating systems handle themselves'
  }
  // RFC 8252 7.1 writes a private-use scheme with a path. No app can claim `app:cb`.
  return /^[^:]+:\//.test(uri)
    ? null
    : 'must have :/ after the scheme, as in com.example.app:/callback'
}

/** Returns why an origin cannot be registered for CORS, or null if it can. */
export function originFault(text: string): string | null {
  const url = parse(text)
  if (hasWildcard(text, url)) return noWildcard
  if (url?.origin !== text) return 'must be an origin'
  return trailingDotFault(url)
}

// Registered URIs are compared as text (RFC 9700 2.1), so a pattern would never match. If it did
// match, anybody who can create a host under the pattern could receive the codes.
const noWildcard =
  'must not have a wildcard: register every address, or one fixed address that redirects'

const hasWildcard = (text: string, url: URL | null): boolean =>
  text.includes('*') || url?.hostname.includes('*') === true

// DNS treats a trailing dot as the same host; cookies, CORS and certificates do not.
const trailingDotFault = ({ hostname }: URL): string | null =>
  hostname.endsWith('.') ? 'must have a host without a trailing dot' : null

/**
 * Returns whether a request may name `requested`: either exactly a registered text, or a registered
 * loopback address with another port, with or without the slash of an empty path (RFC 8252 7.3).
 * Texts are compared without normalization, because comparing parsed URLs would accept
 * `https://a\@b/`.
 */
export function matchesRedirectUri(requested: string, registered: readonly string[]): boolean {
  if (registered.includes(requested)) return true
  const portless = withoutLoopbackPort(requested)
  return portless !== null && registered.some((uri) => withoutLoopbackPort(uri) === portless)
}

const loopbackUri = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(\/[^#\\]*)?$/

// "The authorization server MUST allow any port to be specified at the time of the request for
// loopback IP redirect URIs." RFC 8252 7.3. The port is cut from the text so that nothing else is
// normalized.
function withoutLoopbackPort(uri: string): string | null {
  const match = loopbackUri.exec(uri)
  if (match === null) return null
  const [, host, port, rest] = match
  if (port !== undefined && Number(port) > 65535) return null
  // An empty path is the same address as `/` (RFC 3986 6.2.3), and apps register one and send the
  // other.
  return `http://${host}${rest ?? '/'}`
}

function parse(uri: string): URL | null {
  return URL.canParse(uri) ? new URL(uri) : null
}
