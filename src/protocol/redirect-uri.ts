// Redirect URIs: which may be registered, and which one a request may name.
// RFC 9700 2.1 and 4.1.3, RFC 8252 7.3 and 8.3, OpenID Connect Core 3.1.2.1.
import { isTakenScheme } from './taken-scheme.ts'

/** Every spelling of the loopback address that counts as one. */
export const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/** Whether the host of a URL is this machine under one of its three exact spellings. */
export const isLoopbackHost = (hostname: string): boolean => loopbackHosts.includes(hostname)

/** Whether the redirect goes to a host that TLS proves; others anyone on a device can claim. */
export function provesItsHost(uri: string): boolean {
  const url = parse(uri)
  return url?.protocol === 'https:' && !isLoopbackHost(url.hostname)
}

/** Whether a redirect stays on the device, over plain http (RFC 8252 7.3). */
export function isLoopbackUri(uri: string): boolean {
  const url = parse(uri)
  return url?.protocol === 'http:' && isLoopbackHost(url.hostname)
}

/** Whether the text is an https URL. */
export const isHttps = (text: string): boolean =>
  URL.canParse(text) && new URL(text).protocol === 'https:'

/** The hosts that TLS proves for any of the redirects, each once. */
export const provenHosts = (uris: readonly string[]): string[] => [
  ...new Set(uris.filter(provesItsHost).map((uri) => new URL(uri).hostname)),
]

/**
 * Why a redirect URI may not be registered, or null if it may: absolute, without fragment or
 * user-info, https, http on loopback, or a private-use scheme (RFC 8252 7.1).
 */
export function redirectUriFault(uri: string): string | null {
  if (!/^[\x21-\x7e]+$/.test(uri) || uri.length > 2000) return 'is not an absolute URI'
  if (/^urn:ietf:wg:oauth:2\.0:oob(:|$)/i.test(uri)) {
    return 'is a code to copy by hand, which is no longer safe (RFC 8252): register http://127.0.0.1/callback, to which a request may add any port'
  }
  if (uri.includes('\\') || uri.includes('#')) return 'must have no fragment and no backslash'
  const url = parse(uri)
  if (hasWildcard(uri, url)) return noWildcard
  if (url === null) return 'is not an absolute URI'
  if (url.username !== '' || url.password !== '') return 'must have no user information'
  return schemeFault(uri, url)
}

function schemeFault(uri: string, url: URL): string | null {
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https' && scheme !== 'http') return privateSchemeFault(uri, scheme)
  // What has no `//` here, a browser takes for a path on our own host: the code would stay there.
  if (/^https?:(?!\/\/[^/])/i.test(uri)) return 'must have a host after //'
  if (scheme === 'http' && !isLoopbackHost(url.hostname)) {
    return 'must be https unless it is a loopback address'
  }
  return trailingDotFault(url)
}

function privateSchemeFault(uri: string, scheme: string): string | null {
  if (isTakenScheme(scheme)) {
    return 'has a scheme that browsers, office suites or operating systems act on themselves'
  }
  // RFC 8252 7.1 writes them so; `app:cb` is no address that an app could be found by.
  return /^[^:]+:\//.test(uri)
    ? null
    : 'must have :/ after the scheme, as com.example.app:/callback'
}

/** Why an origin may not be registered for CORS, or null if it may. */
export function originFault(text: string): string | null {
  const url = parse(text)
  if (hasWildcard(text, url)) return noWildcard
  if (url?.origin !== text) return 'must be an origin'
  return trailingDotFault(url)
}

// What is registered is compared as text (RFC 9700 2.1), so that a pattern would never match; and if
// it did, whoever can make one more host under it would get the codes.
const noWildcard =
  'must have no wildcard: register every address, or one fixed address that sends people on'

const hasWildcard = (text: string, url: URL | null): boolean =>
  text.includes('*') || url?.hostname.includes('*') === true

// The same host by DNS, another one for cookies, CORS and certificates.
const trailingDotFault = ({ hostname }: URL): string | null =>
  hostname.endsWith('.') ? 'must have a host without a dot at its end' : null

/**
 * Whether a request may be sent to `requested`: the very text that was registered (no normalising:
 * comparing parsed URLs is how `https://a\@b/` passes), or a registered loopback address on
 * another port (RFC 8252 7.3).
 */
export function matchesRedirectUri(requested: string, registered: readonly string[]): boolean {
  if (registered.includes(requested)) return true
  const portless = withoutLoopbackPort(requested)
  return portless !== null && registered.some((uri) => withoutLoopbackPort(uri) === portless)
}

const loopbackUri = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(\/[^#\\]*)?$/

// "The authorization server MUST allow any port to be specified at the time of the request for
// loopback IP redirect URIs." RFC 8252 7.3. Cut from the text, so that nothing else is equated.
function withoutLoopbackPort(uri: string): string | null {
  const match = loopbackUri.exec(uri)
  if (match === null) return null
  const [, host, port, rest] = match
  if (port !== undefined && Number(port) > 65535) return null
  return `http://${host}${rest ?? ''}`
}

function parse(uri: string): URL | null {
  return URL.canParse(uri) ? new URL(uri) : null
}
