// Pages as responses: their headers, their frame, and refusals that people can read.
import type { ResponseTarget } from '../core/authorization/response-target.ts'
import { steps } from '../core/authorization/steps/steps.ts'
import type { Client } from '../core/clients/storage.ts'
import { mailActionPath } from '../core/people/mail/action.ts'
import type { User } from '../core/people/storage.ts'
import type { Settings } from '../core/server/settings.ts'
import { scopeTexts } from '../core/tokens/target.ts'
import { base64, utf8 } from '../crypto/encoding.ts'
import { digestOf } from '../crypto/secret.ts'
import { callbackPath } from '../federation/provider-sign-in.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import { defaultAccent } from '../pages/accent.ts'
import type { ShownClient } from '../pages/client.tsx'
import { type ErrorKind, type ErrorProps, errorPage } from '../pages/error.tsx'
import { type Language, chooseLanguage, languages } from '../pages/language.ts'
import type { Branding, Frame } from '../pages/layout.tsx'
import { icon } from '../pages/mark.tsx'
import { scripts } from '../pages/script.tsx'
import { stylesheet } from '../pages/stylesheet.ts'
import { humanCheckOrigin, humanCheckScript } from '../pages/human-check.tsx'
import type { ShownUser } from '../pages/user.tsx'
import { type OAuthError, type TargetReason, type Vocabulary, wordsFor } from '../protocol/error.ts'
import { type Parameters, encodeParameters } from '../protocol/parameters.ts'
import { isLoopbackUri, provesItsHost } from '../protocol/redirect-uri.ts'

type Brand = Settings['brand']

/** The two files that pages load; their names change with their content. */
type Assets = { stylesheetPath: string; stylesheet: string; iconPath: string; icon: string }

// By accent colour and shape: the only settings that they depend on.
const assets = new Map<string, Promise<Assets>>()

/** Returns the stylesheet and the icon of a brand, made once an isolate. */
export function assetsOf({ accent = defaultAccent, shape }: Brand): Promise<Assets> {
  const key = `${accent} ${shape}`
  const known = assets.get(key) ?? makeAssets(accent, shape)
  assets.set(key, known)
  return known
}

async function makeAssets(accent: string, shape: Brand['shape']): Promise<Assets> {
  const [sheet, mark] = [stylesheet(accent, shape), icon(accent, shape)]
  const names = await Promise.all([sheet, mark].map(digestOf))
  const [sheetName = '', markName = ''] = names.map((name) => name.slice(0, 12))
  return {
    stylesheetPath: `/assets/${sheetName}.css`,
    stylesheet: sheet,
    iconPath: `/assets/${markName}.svg`,
    icon: mark,
  }
}

/**
 * Returns the frame of a page: language, brand, assets. `uiLocales` are those of the request that the
 * page belongs to; at `address` the page can be fetched in another language, null = nowhere. `locale` is
 * the language that the person who is signed in chose for good: it wins, and no other is offered.
 */
export async function frameOf(
  context: FaceContext,
  uiLocales?: string,
  address = ownAddress(context),
  locale?: string | null,
): Promise<Frame> {
  const { now, settings } = context.env.as
  const { brand } = settings
  const { stylesheetPath, iconPath } = await assetsOf(brand)
  const own = languages.find((language) => language === locale)
  const language =
    own ??
    chosenLanguage(context) ??
    chooseLanguage(uiLocales, context.req.header('Accept-Language'))
  return {
    language,
    now,
    branding: brandingOf(brand, language),
    stylesheetHref: stylesheetPath,
    iconHref: brand.iconUrl ?? iconPath,
    touchIconHref: brand.iconUrl,
    scopeTexts: scopeTexts(context.env.as, [], language),
    ...(address === null || own !== undefined
      ? {}
      : { languageHrefs: languageHrefs(context, address) }),
  }
}

function brandingOf(brand: Brand, language: Language): Branding {
  const { name, logoUrl, logoDarkUrl, isNameShown, shape } = brand
  const links = Object.entries(brand.links).map(([link, address]) => [
    link,
    address?.replaceAll('{language}', language),
  ])
  return {
    ...{ name, logoUrl, logoDarkUrl, isNameInLogo: !isNameShown, isPlain: shape === 'plain' },
    links: Object.fromEntries(links),
  }
}

/** Returns the address of a page that can be fetched again; null = it cannot. */
const ownAddress = ({ req }: FaceContext): string | null =>
  req.method === 'GET' && fetchableAgain.includes(req.path) ? req.url : null

const fetchableAgain = [
  '/',
  '/account',
  '/device',
  '/oauth2/logout',
  '/forgot',
  `${mailActionPath('reset')}/done`,
  `${mailActionPath('verify')}/done`,
  ...steps.map(({ path }) => path),
]

/** A refusal can be fetched again, except the answer of a provider, which counts once. */
const refusedAddress = ({ req }: FaceContext): string | null =>
  req.method === 'GET' && !req.path.startsWith(callbackPath) ? req.url : null

/**
 * Returns the language that the person picked on a page, now or before in this browser. One that is
 * picked now is kept, also where the request is only sent on to a page.
 */
export function chosenLanguage(context: FaceContext): Language | undefined {
  const picked = context.req.method === 'GET' ? context.req.query('language') : undefined
  const isPicked = languages.find((language) => language === picked)
  const browser = browserOf(context)
  if (isPicked !== undefined) browser.keepLanguage(isPicked)
  return languages.find((language) => language === browser.language)
}

function languageHrefs(context: FaceContext, address: string): Record<Language, string> {
  const url = new URL(address, context.req.url)
  const hrefIn = (language: Language): string => {
    url.searchParams.set('language', language)
    // Two slashes at the front would make a host of what somebody put into the path.
    return `${url.pathname.replace(/^\/+/, '/')}${url.search}`
  }
  return { en: hrefIn('en'), de: hrefIn('de') }
}

/**
 * Returns whether a posted form only changes the language of its page, which this browser then keeps.
 * The page is shown again with what was typed, and nothing else is done.
 */
export function picksLanguage(context: FaceContext, form: Parameters): boolean {
  const picked = languages.find((language) => language === form.get('language'))
  if (picked !== undefined) browserOf(context).keepLanguage(picked)
  return picked !== undefined
}

/**
 * Responds with a page. Its policy allows the scripts of ours that the page contains, the images of the
 * deployment, and the logo of the client that the page shows. The policy has no `form-action`: Chromium
 * applies it to the whole chain of redirects after a form, so even the right target would break a
 * client that redirects once more. Nor is there a Cross-Origin-Opener-Policy: it would cut a sign-in in a popup from its opener.
 */
export async function page(
  context: FaceContext,
  html: string,
  status: 200 | RefusalStatus = 200,
  clientLogoUrl?: string,
): Promise<Response> {
  const { logoUrl, logoDarkUrl, iconUrl } = context.env.as.settings.brand
  const origins = [logoUrl, logoDarkUrl, iconUrl, clientLogoUrl].flatMap(
    (url) => URL.parse(url ?? '')?.origin ?? [],
  )
  const images = [...new Set(origins)].map((origin) => ` ${origin}`).join('')
  return context.html(html, status, {
    ...noStore,
    'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src 'self'${images}; script-src ${await scriptsIn(html)};${framesIn(html)} base-uri 'none'; frame-ancestors 'none'`,
    'X-Frame-Options': 'DENY',
  })
}

let scriptHashes: Promise<readonly (readonly [element: string, source: string])[]> | undefined

/** Returns the sources of a page's policy that allow its scripts. */
async function scriptsIn(html: string): Promise<string> {
  scriptHashes ??= Promise.all(
    Object.values(scripts).map(async (script) => {
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(script)))
      return [`<script>${script}</script>`, `'sha256-${base64(hash)}'`] as const
    }),
  )
  const sources = (await scriptHashes).flatMap(([element, source]) =>
    html.includes(element) ? source : [],
  )
  const foreign = html.includes(humanCheckScript) ? [humanCheckOrigin] : []
  return [...sources, ...foreign].join(' ') || "'none'"
}

/** The one frame on our pages is that of the check for people. */
const framesIn = (html: string): string =>
  html.includes(humanCheckScript) ? ` frame-src ${humanCheckOrigin};` : ''

/** Redirects by 303, so that a form posted here is never posted there (RFC 9700 4.12). */
export function seeOther(context: FaceContext, location: string): Response {
  return context.body(null, 303, { ...noStore, Location: location })
}

/** Redirects to https: "a status code indicating a permanent redirect", RFC 6797 7.2. */
function toHttps(context: FaceContext): Response {
  const { url } = context.req
  return context.redirect(
    context.env.as.issuer + url.slice(url.indexOf('/', 'http://'.length)),
    301,
  )
}

/** Characters of an address that a browser is sent on to; the platform takes 16 KB. */
const longestAddress = 12_000

/**
 * Redirects a posted request to GET if it has no session cookie: a form from another site is sent
 * without our cookies (SameSite=Lax), a link with them. Null = the request can be answered as it is.
 */
export function againByGet(
  context: FaceContext,
  path: string,
  parameters: Parameters,
): Response | null {
  if (context.req.method !== 'POST' || browserOf(context).session !== undefined) return null
  const address = `${path}?${encodeParameters(parameters)}`
  return address.length > longestAddress ? null : seeOther(context, address)
}

type RefusalStatus = 400 | 403 | 404 | 415 | 429 | 500 | 503

/** Returns a user as pages show them. */
export const shownUser = ({ username, name }: User): ShownUser =>
  name === null ? { username } : { username, name }

/** Returns a client as pages show it. Registered metadata proves no host, so none is shown. */
export const shownClient = (client: Client): ShownClient => ({
  name: client.metadata.client_name ?? client.id,
})

/** Returns a client with the host that gets the answer, if TLS proves that nobody else does. */
export const shownRecipient = ({ client, redirectUri }: ResponseTarget): ShownClient => ({
  ...shownClient(client),
  // A client that registered itself, or that a user registered, can name anybody's address: the host
  // does not vouch for its name.
  ...(provesItsHost(redirectUri) && client.origin !== 'dcr' && client.ownerId === null
    ? { verifiedHost: new URL(redirectUri).host }
    : {}),
  ...(client.origin === 'cimd' ? { documentHost: new URL(client.id).host } : {}),
  ...(client.metadata.redirect_uris.every(isLoopbackUri) ? { runsOnDeviceOnly: true } : {}),
})

type Refusal = Omit<ErrorProps, 'kind' | 'requestId'> & { uiLocales?: string }

/**
 * Refuses a request on a page of ours, and logs the refusal under the reference that the page shows.
 * `startAgainHref` leads to what was asked. `uiLocales` are those of the request that the page belongs
 * to; absent = those of this request.
 */
export async function refuse(
  context: FaceContext,
  kind: ErrorKind,
  status: RefusalStatus,
  shown: Refusal = {},
): Promise<Response> {
  context.env.as.log({ event: 'request refused', page: kind })
  return refusalPage(context, kind, status, shown)
}

async function refusalPage(
  context: FaceContext,
  kind: ErrorKind,
  status: RefusalStatus,
  { uiLocales, ...shown }: Refusal = {},
): Promise<Response> {
  const { requestId } = context.env.as
  const locales = uiLocales ?? context.req.query('ui_locales')
  // The answer to a form is no address: another language leads to where the page goes on.
  const address = refusedAddress(context) ?? shown.startAgainHref ?? '/'
  const frame = await frameOf(context, locales, address)
  return page(context, errorPage(frame, { kind, requestId, ...shown }), status)
}

type Shown = { kind: ErrorKind; status?: RefusalStatus }

const unknownClient: Shown = { kind: 'unknownClient' }
const redirectUri: Shown = { kind: 'redirectUri' }

const kinds: Vocabulary<Shown> = {
  reasons: {
    client_missing: unknownClient,
    client_unknown: unknownClient,
    document_unusable: { kind: 'clientDocument' },
    client_different: { kind: 'invalidRequest' },
    redirect_uri_different: redirectUri,
    redirect_uri_missing: redirectUri,
    not_form_encoded: { kind: 'invalidRequest', status: 415 },
  } satisfies Record<TargetReason | 'not_form_encoded', Shown>,
  codes: {
    invalid_request_uri: { kind: 'backToApp' },
    too_many_requests: { kind: 'throttled', status: 429 },
    server_error: { kind: 'serverError', status: 500 },
    temporarily_unavailable: { kind: 'unavailable', status: 503 },
  },
  rest: { kind: 'invalidRequest' },
}

/** Renders a refusal of the core, which is in the log already, as a page. */
export async function renderPageError(error: OAuthError, context: FaceContext): Promise<Response> {
  const { code, description, reason } = error
  if (reason === 'plain_http' && ['GET', 'HEAD'].includes(context.req.method))
    return toHttps(context)
  const { kind, status = 400 } = wordsFor(kinds, error)
  // A developer is told what is wrong with a request, but nothing about our own state.
  const isTold = status === 400 || status === 415
  return refusalPage(context, kind, status, isTold ? { error: { code, description } } : {})
}
