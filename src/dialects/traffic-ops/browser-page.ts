// Which page in a browser may sign somebody in or out here. The document's clients are programs and
// a portal on the same origin; they send JSON, or no word about what they send.
import type { FaceContext } from '../../http/app.ts'
import { mediaType } from '../../http/form.ts'
import { refusal } from './alerts.ts'

/**
 * The refusal of a login that another site's page makes in a visitor's browser: with credentials of
 * its own it would sign the visitor in as somebody else (login CSRF). A program is never refused.
 */
export function refuseForeignLogin(context: FaceContext): Response | null {
  const foreign = refuseForeignPage(context)
  if (foreign !== null || !isBrowser(context)) return foreign
  // A form cannot send it, and a script of another site has to ask first (CORS preflight).
  const isJson = mediaType(context.req.raw) === 'application/json'
  return isJson ? null : refusal(415, 'Unsupported Media Type')
}

/** The refusal of a page of any other origin. */
export function refuseForeignPage(context: FaceContext): Response | null {
  return isBrowser(context) && !isOwnPage(context) ? refusal(403, 'Forbidden') : null
}

/**
 * Every browser sends one of these with a POST, and no page can take them away. `Sec-Fetch-Mode` alone
 * is no sign of one: the fetch of Node.js sends it.
 */
const isBrowser = ({ req }: FaceContext): boolean =>
  req.header('Origin') !== undefined || req.header('Sec-Fetch-Site') !== undefined

function isOwnPage({ req, env }: FaceContext): boolean {
  const site = req.header('Sec-Fetch-Site')
  // As the browser sees it: true of a portal, too, whose server passes the request on to here.
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  // In development behind a tunnel the request has an origin of its own, beside the issuer's.
  const own = [...env.as.ownIssuers, new URL(req.url).origin]
  return own.includes(req.header('Origin') ?? '')
}
