// What a browser brings along: its cookies, and proof that a form is one that we showed in it.
import { getCookie, setCookie } from 'hono/cookie'
import { formToken, isFormToken } from '../core/authorization/screen.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { FaceContext } from './app.ts'

/**
 * `session`: who is signed in. `browser`: which browser it is, for the screens that wait in it.
 * `known`: that an account has signed in here before (proves nothing else). `language`: picked here.
 */
type CookieName = 'session' | 'browser' | 'known' | 'language' | CarriedName

/** What a browser carries for us for a while, in as many cookies as it takes. */
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

export function readCookie(context: FaceContext, name: CookieName): string | undefined {
  return isSecure(context)
    ? getCookie(context, nameOf(context, name), 'host')
    : getCookie(context, nameOf(context, name))
}

/** Sets a cookie for `maxAge` seconds (default: a year); 0 removes it. */
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

/** Characters of a cookie's value; browsers keep cookies of 4,096 bytes. */
const longestCookie = 3_600

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

/** What the browser carries by this name; '' = nothing. */
export const readCarried = (context: FaceContext, name: CarriedName): string =>
  carriedParts(context, name).join('')

/** Ends the carrying. */
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

/** The secret of this browser, made and set where it has none: one for all forms of a page. */
export function browserSecret(context: FaceContext): string {
  const known = readBrowserSecret(context) ?? context.var.browserSecret
  if (known !== undefined) return known
  const secret = randomSecret()
  context.set('browserSecret', secret)
  writeCookie(context, 'browser', secret)
  return secret
}

export function readBrowserSecret(context: FaceContext): string | undefined {
  const value = readCookie(context, 'browser')
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** The hidden input that proves a form ours. `purpose` = the screen's id, or a page's path. */
export const formTokenInput = async (
  context: FaceContext,
  purpose: string,
): Promise<readonly [string, string]> => [
  'form_token',
  await formToken(context.env.as, browserSecret(context), purpose),
]

/**
 * Whether a posted form is one that we showed in this browser: its token fits browser and purpose,
 * and the browser does not say that it comes from elsewhere (cross-site request forgery).
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
  // Our pages send no referrer, so browsers say `null` where they say anything.
  if (origin === undefined || origin === 'null') return false
  return (
    origin !== new URL(context.env.as.issuer).origin && origin !== new URL(context.req.url).origin
  )
}
