// The cookies of a browser. Endpoints read them through browser.ts, once a request.
import { getCookie, setCookie } from 'hono/cookie'
import type { FaceContext } from './app.ts'

/**
 * `session`: who is signed in. `browser`: which browser it is, for the screens that wait in it.
 * `known`: that an account has signed in here before (proves nothing else). `remembered`: that its
 * second factor was proved here. `language`: picked here.
 */
type CookieName = 'session' | 'browser' | 'known' | 'remembered' | 'language' | CarriedName

/** A text that a browser carries for us for a while, in as many cookies as the text takes. */
type CarriedName = `journey_${string}`

const yearInSeconds = 31_536_000

/** The `__Host-` prefix binds a cookie to this very host over https; plain http has none. */
const isSecure = (context: FaceContext): boolean => context.env.as.issuer.startsWith('https:')

// Cookies are kept by host, whatever the port (RFC 6265 8.5): two servers on one machine would
// overwrite each other's.
function nameOf(context: FaceContext, name: CookieName): string {
  const port = context.env.as.settings.development ? new URL(context.req.url).port : ''
  return port === '' ? `postern_${name}` : `postern_${name}_${port}`
}

/** Returns the value of a cookie as the request has it. RFC 6265 5.4. */
export function readCookie(context: FaceContext, name: CookieName): string | undefined {
  return isSecure(context)
    ? getCookie(context, nameOf(context, name), 'host')
    : getCookie(context, nameOf(context, name))
}

/** Sets a cookie for `maxAge` seconds (default: a year); 0 removes it. RFC 6265 4.1. */
export function writeCookie(
  context: FaceContext,
  name: CookieName,
  value: string,
  maxAge = yearInSeconds,
): void {
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', maxAge } as const
  if (isSecure(context)) {
    setCookie(context, nameOf(context, name), value, {
      ...attributes,
      prefix: 'host',
      secure: true,
    })
  } else {
    setCookie(context, nameOf(context, name), value, attributes)
  }
}

/** Characters of a cookie's value; browsers keep cookies of 4,096 bytes (RFC 6265 6.1). */
const longestCookie = 3_600

/** Parts of a text that are read: each part costs a search of all cookies, and anybody may send many. */
const mostParts = 20

/** Has the browser carry a text for `maxAge` seconds. */
export function writeCarried(
  context: FaceContext,
  name: CarriedName,
  text: string,
  maxAge: number,
): void {
  for (let part = 0; part * longestCookie < text.length; part++) {
    const start = part * longestCookie
    writeCookie(context, `${name}_${part}`, text.slice(start, start + longestCookie), maxAge)
  }
}

/** Returns the text that the browser carries by this name; '' = none. */
export const readCarried = (context: FaceContext, name: CarriedName): string =>
  carriedParts(context, name).join('')

/** Removes the text that the browser carries by this name. */
export function removeCarried(context: FaceContext, name: CarriedName): void {
  for (const part of carriedParts(context, name).keys()) {
    writeCookie(context, `${name}_${part}`, '', 0)
  }
}

function carriedParts(context: FaceContext, name: CarriedName): string[] {
  const parts: string[] = []
  while (parts.length < mostParts) {
    const part = readCookie(context, `${name}_${parts.length}`)
    if (part === undefined) break
    parts.push(part)
  }
  return parts
}
