// Decides which pages may sign a browser in or out here. The document's clients are programs and a
// portal on the same origin. They send JSON, or no Content-Type at all.
import type { FaceContext } from '../../http/app.ts'
import { mediaType } from '../../http/form.ts'
import { refusal } from './alerts.ts'

/**
 * Returns the refusal of a login that another site's page sends from a visitor's browser, which
 * would sign the visitor in as somebody else (login CSRF). Never refuses a program.
 */
export function refuseForeignLogin(context: FaceContext): Response | null {
  const foreign = refuseForeignPage(context)
  if (foreign !== null || !isBrowser(context)) return foreign
  // A form cannot send JSON, and a script of another site needs a CORS preflight first.
  const isJson = mediaType(context.req.raw) === 'application/json'
  return isJson ? null : refusal(415, 'Unsupported Media Type')
}

/** Returns the refusal of a page from any other origin. */
export function refuseForeignPage(context: FaceContext): Response | null {
  return isBrowser(context) && !isOwnPage(context) ? refusal(403, 'Forbidden') : null
}

/**
 * Returns whether a browser sent the POST. Every browser sends one of these headers, and no page
 * can remove them. `Sec-Fetch-Mode` alone is no sign, because the fetch of Node.js sends it.
 */
const isBrowser = ({ req }: FaceContext): boolean =>
  req.header('Origin') !== undefined || req.header('Sec-Fetch-Site') !== undefined

function isOwnPage({ req, env }: FaceContext): boolean {
  const site = req.header('Sec-Fetch-Site')
  // This also holds for a portal whose server proxies the request to here.
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // In development behind a tunnel, the request's origin differs from the issuer's.
  const own = [...env.as.ownIssuers, new URL(req.url).origin]
  return own.includes(req.header('Origin') ?? '')
}
