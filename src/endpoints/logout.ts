// RP-initiated logout: OpenID Connect RP-Initiated Logout 1.0. Asks the person unless a valid hint
// is about this very session.
import {
  type LogoutRequest,
  isAboutSession,
  readLogoutRequest,
  shortened,
} from '../core/authorization/logout.ts'
import { type Pending, answerTo, newScreen } from '../core/authorization/screen.ts'
import { endSession, findSession } from '../core/people/browser-session.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, isOwnForm } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { mediaType, readForm, readQuery } from '../http/form.ts'
import { logoutPage, signedOutPage } from '../pages/logout.tsx'
import { invalidRequest } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { frameOf, page, refuse, renderPageError, seeOther, shownClient, shownUser } from './page.ts'
import { answeredScreen, expired, formOf } from './screen.ts'

const path = '/oauth2/logout'

export const logoutEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path, metadata: 'end_session_endpoint', handlers: { GET: logout, POST: logout } },
    { path: '/logout', handlers: { POST: confirmLogout } },
    { path: '/sign-out', handlers: { POST: signOutHere } },
  ],
}

async function logout(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const parameters = await readParameters(context)
  const request = await readLogoutRequest(as, parameters)
  const secret = browserOf(context).session
  if (secret === undefined && context.req.method === 'POST') {
    return askAgainByGet(context, parameters, request)
  }
  if (secret === undefined && isFramedElsewhere(context)) {
    throw invalidRequest('a logout from another site must be a navigation of the whole window')
  }
  const standing = await findSession(as, secret)
  const uiLocales = parameters.get('ui_locales')
  if (standing === null) return leave(context, request.redirect, uiLocales)
  if (await isAboutSession(request, standing)) {
    await signOut(context, standing)
    return leave(context, request.redirect, uiLocales)
  }
  // "the OP SHOULD ask the End-User whether to log out of the OP as well": any site can link here.
  const pending: Pending = { kind: 'logout', redirect: request.redirect, uiLocales }
  const screen = await newScreen(as, browserOf(context).ensureSecret(), pending)
  const html = logoutPage(await frameOf(context, uiLocales), {
    form: await formOf(context, '/logout', screen),
    user: shownUser(standing.user),
    ...(request.client === null ? {} : { client: shownClient(request.client) }),
    stayHref: '/',
  })
  return page(context, html)
}

/**
 * A form from another site comes without our cookies, whoever is signed in; a link comes with them
 * (SameSite=Lax). Only then can "nobody is signed in here" be said.
 */
async function askAgainByGet(
  context: FaceContext,
  parameters: Parameters,
  request: LogoutRequest,
): Promise<Response> {
  return seeOther(context, `${path}?${await shortened(context.env.as, parameters, request)}`)
}

/** Returns whether another site shows this in a frame: then the browser withholds our cookies. */
const isFramedElsewhere = ({ req }: FaceContext): boolean =>
  req.header('Sec-Fetch-Site') === 'cross-site' &&
  !['document', undefined].includes(req.header('Sec-Fetch-Dest'))

async function readParameters(context: FaceContext): Promise<Parameters> {
  const { raw } = context.req
  const isForm = raw.method === 'POST' && mediaType(raw) === 'application/x-www-form-urlencoded'
  return isForm ? readForm(raw) : readQuery(raw)
}

async function confirmLogout(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const answered = await answeredScreen(context)
  if (answered instanceof Response) return answered
  const { form, screen } = answered
  const { pending } = screen
  if (pending.kind !== 'logout') return expired(context, screen)
  const isFirst = await as.store.usedIdentifiers.use(await answerTo(as, screen))
  if (form.get('decision') !== 'allow') return seeOther(context, '/')
  const standing = await findSession(as, browserOf(context).session)
  if (standing !== null) {
    // Somebody has signed in since the screen was answered: it was not shown to end that session.
    if (!isFirst) return expired(context, screen)
    await signOut(context, standing)
  }
  return leave(context, pending.redirect, pending.uiLocales)
}

/** The button on our own pages. */
async function signOutHere(context: FaceContext): Promise<Response> {
  const form = await readForm(context.req.raw)
  if (!(await isOwnForm(context, form, '/sign-out'))) {
    return refuse(context, 'forgery', 403, { startAgainHref: '/' })
  }
  const standing = await findSession(context.env.as, browserOf(context).session)
  if (standing !== null) await signOut(context, standing)
  return leave(context, null)
}

async function signOut(context: FaceContext, { session, user }: SessionStanding): Promise<void> {
  const { as } = context.env
  await endSession(as, session.id, user.id)
  browserOf(context).forgetSession()
  as.waitUntil(sendLogoutNotices(as))
}

async function leave(
  context: FaceContext,
  redirect: string | null,
  uiLocales?: string,
): Promise<Response> {
  if (redirect !== null) return seeOther(context, redirect)
  // Without a session that address shows the same page.
  const frame = await frameOf(context, uiLocales, path)
  return page(context, signedOutPage(frame, { loginHref: '/' }))
}
