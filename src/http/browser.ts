// A browser's cookies, and the check that a posted form is one that this server showed in that
// browser.
import { getCookie, setCookie } from 'hono/cookie'
import { formToken, isFormToken } from '../core/authorization/screen.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { FaceContext } from './app.ts'

/**
 * `session`: who is signed in. `browser`: identifies the browser, for the screens that wait in it.
 * `known`: an account has signed in with this browser before (proves nothing else). `language`: the
 * language that the person chose.
 */
type CookieName = 'session' | 'browser' | 'known' | 'language' | CarriedName

/** State that a browser carries for a short time, split over as many cookies as needed. */
type CarriedName = `journey_${string}`

const yearInSeconds = 31_536_000

/**
 * The `__Host-` prefix binds a cookie to this exact host over https. Browsers reject the prefix
 * over http.
 */
const isSecure = (context: FaceContext): boolean => context.env.as.issuer.startsWith('https:')

// Browsers ignore the port of a cookie (RFC 6265 8.5): two development servers on one machine would
// overwrite each other's cookies.
function nameOf(context: FaceContext, name: CookieName): string {
  const port = context.env.as.settings.development ? new URL(context.req.url).port : ''
  return port === '' ? `postern_${name}` : `postern_${name}_${port}`
}

/** Returns the value of one of our cookies, or undefined if the browser did not send it. */
export function readCookie(context: FaceContext, name: CookieName): string | undefined {
  return isSecure(context)
    ? getCookie(context, nameOf(context, name), 'host')
    : getCookie(context, nameOf(context, name))
}

/** Sets a cookie for `maxAge` seconds (default: one year). 0 removes it. RFC 6265 4.1. */
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

/** Characters per cookie value. Browsers accept cookies of up to 4,096 bytes. */
const longestCookie = 3_600

/** Stores a text in the browser for `maxAge` seconds. */
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

/** Returns the text that the browser carries under this name, or '' if there is none. */
export const readCarried = (context: FaceContext, name: CarriedName): string =>
  carriedParts(context, name).join('')

/** Removes the text that the browser carries under this name. */
export function removeCarried(context: FaceContext, name: CarriedName): void {
  for (const part of carriedParts(context, name).keys()) {
    writeCookie(context, `${name}_${part}`, '', 0)
  }
}

function carriedParts(context: FaceContext, name: CarriedName): string[] {
  const parts: string[] = []
  for (;;) {
    const part = readCookie(context, `${name}_${parts.length}`)
    if (part === undefined) return parts
    parts.push(part)
  }
}

/**
 * Returns the browser's secret. Creates and sets one if there is none, the same for all forms of a
 * page.
 */
export function browserSecret(context: FaceContext): string {
  const known = readBrowserSecret(context) ?? context.var.browserSecret
  if (known !== undefined) return known
  const secret = randomSecret()
  context.set('browserSecret', secret)
  writeCookie(context, 'browser', secret)
  return secret
}

/** Returns the browser's secret, or undefined if the browser has none. */
export function readBrowserSecret(context: FaceContext): string | undefined {
  const value = readCookie(context, 'browser')
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/**
 * Returns the hidden input that proves that a form is ours. `purpose` is the screen's id or the
 * page's path.
 */
export const formTokenInput = async (
  context: FaceContext,
  purpose: string,
): Promise<readonly [string, string]> => [
  'form_token',
  await formToken(context.env.as, browserSecret(context), purpose),
]

/**
 * Returns whether this server showed the posted form in this browser: the token must match the
 * browser and the purpose, and the browser must not report a cross-site request (CSRF).
 */
export async function isOwnForm(
  context: FaceContext,
  parameters: Parameters,
  purpose: string,
): Promise<boolean> {
  const secret = readBrowserSecret(context)
  const token = parameters.get('form_token')
  if (secret === undefined || token === undefined || comesFromElsewhere(context)) return false
  return isFormToken(context.env.as, secret, purpose, token)
}

function comesFromElsewhere(context: FaceContext): boolean {
  const site = context.req.header('Sec-Fetch-Site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = context.req.header('Origin')
  // Our pages send no referrer, so browsers that send Origin send `null`.
  if (origin === undefined || origin === 'null') return false
  return (
    origin !== new URL(context.env.as.issuer).origin && origin !== new URL(context.req.url).origin
  )
}
