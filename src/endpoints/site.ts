// What is looked for at fixed addresses of any site: icons, robots.txt, whom to tell of a
// vulnerability (RFC 9116), and where a password is changed (W3C "A Well-Known URL for Changing
// Passwords").
import type { FaceContext } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { defaultAccent } from '../pages/accent.ts'
import { icoOf, pngIcon } from '../pages/raster-icon.ts'
import { refuse, renderPageError } from './page.ts'

const aDay = 86_400
const daily = { 'Cache-Control': `public, max-age=${aDay}` }

export const siteEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: '/favicon.ico', handlers: { GET: favicon } },
    { path: '/apple-touch-icon.png', handlers: { GET: touchIcon } },
    { path: '/robots.txt', handlers: { GET: robots } },
    { path: '/.well-known/webauthn', handlers: { GET: relatedOrigins } },
    { path: '/.well-known/security.txt', handlers: { GET: securityContact } },
    {
      path: '/.well-known/change-password',
      handlers: { GET: (context) => context.redirect('/account/password', 302) },
    },
  ],
}

// Drawn once an isolate: by accent colour and shape, the only settings that they depend on, and size.
const drawn = new Map<string, Promise<Uint8Array>>()

function drawnIcon(context: FaceContext, size: number): Promise<Uint8Array> {
  const { accent = defaultAccent, shape } = context.env.as.settings.brand
  const key = `${accent} ${shape} ${size}`
  const known = drawn.get(key) ?? pngIcon(accent, size, shape)
  drawn.set(key, known)
  return known
}

/** The size that browsers show in a tab at up to three pixels a point. */
const tabSize = 48

async function favicon(context: FaceContext): Promise<Response> {
  const { iconUrl } = context.env.as.settings.brand
  if (iconUrl !== undefined) return context.redirect(iconUrl, 302)
  const file = icoOf(await drawnIcon(context, tabSize), tabSize)
  return new Response(file, { headers: { ...daily, 'Content-Type': 'image/vnd.microsoft.icon' } })
}

async function touchIcon(context: FaceContext): Promise<Response> {
  const { iconUrl } = context.env.as.settings.brand
  if (iconUrl !== undefined) return context.redirect(iconUrl, 302)
  const file = await drawnIcon(context, 180)
  return new Response(file, { headers: { ...daily, 'Content-Type': 'image/png' } })
}

// RFC 9309. There is nothing to find, and every page of a crawler would begin a sign-in.
function robots(context: FaceContext): Response {
  return context.text('User-agent: *\nDisallow: /\n', 200, daily)
}

/** How long the contacts are said to hold: "less than a year into the future" (RFC 9116 2.5.5). */
const validity = 180 * aDay

function securityContact(context: FaceContext): Response | Promise<Response> {
  const { as } = context.env
  const { securityContacts } = as.settings
  if (securityContacts.length === 0) return refuse(context, 'notFound', 404)
  const expires = new Date((Math.floor(as.now / aDay) * aDay + validity) * 1000)
  const lines = [
    ...securityContacts.map((uri) => `Contact: ${uri}`),
    `Expires: ${expires.toISOString()}`,
    `Canonical: ${as.issuer}/.well-known/security.txt`,
    'Preferred-Languages: en, de',
  ]
  return context.text(`${lines.join('\n')}\n`, 200, daily)
}

/** The origins whose pages may use our passkeys, for their browsers (WebAuthn 5.11). */
function relatedOrigins(context: FaceContext): Response | Promise<Response> {
  const { relatedOrigins: origins } = context.env.as.settings.passkeys
  if (origins.length === 0) return refuse(context, 'notFound', 404)
  return Response.json({ origins }, { headers: { 'Cache-Control': 'public, max-age=3600' } })
}
