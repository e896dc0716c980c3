// The sign-in page: a password, counted before it is checked, for a session under a new secret.
import type { Hono } from 'hono'
import { beginSession, findSession, type ProvedUser } from '../core/browser-session.ts'
import { consentQuery } from '../core/consent.ts'
import {
  answerTo,
  beginInteraction,
  isAnswered,
  repeatInteraction,
  type Waiting,
} from '../core/interaction.ts'
import { isKnownBrowser, knownBrowserMark } from '../core/known-browser.ts'
import { signInProviders } from '../core/sign-in-provider.ts'
import { signInWithPassword } from '../core/sign-in.ts'
import type { Proof, SessionStanding } from '../core/records.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import { newApp, route, type App, type FaceContext } from '../http/app.ts'
import { browserSecret, readBrowserSecret, readCookie, writeCookie } from '../http/browser.ts'
import { loginPage, type LoginRefusal } from '../pages/login.tsx'
import { OAuthError } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { answeringClient, proceed } from './authorize.ts'
import { frameOf, page, renderPageError, seeOther, shownClient } from './page.ts'
import {
  answeredScreen,
  expired,
  formOf,
  resumedRequest,
  waitingScreen,
  type ResumedRequest,
} from './screen.ts'

export function loginEndpoint(): Hono<App> {
  const app = newApp(renderPageError)
  route(app, '/login', { GET: showLogin, POST: login })
  return app
}

async function showLogin(context: FaceContext): Promise<Response> {
  // Without a screen that waits, signing in leads home.
  if (context.req.query('interaction') === undefined) return seeOther(context, '/')
  const screen = await waitingScreen(context)
  if (screen instanceof Response) return screen
  const resumed = await resumedRequest(context, screen)
  if (isAnswered(screen)) return goOnAsAnswered(context, screen, resumed)
  return renderLogin(context, screen, resumed, { username: resumed?.request.loginHint })
}

/** A screen that was answered before, seen again: on with what is true now. */
async function goOnAsAnswered(
  context: FaceContext,
  screen: Waiting,
  resumed: ResumedRequest | null,
): Promise<Response> {
  if (resumed === null) return goOn(context, screen, null, null)
  const consentFor = consentQuery(resumed.target, resumed.request)
  const standing = await findSession(context.env.as, readCookie(context, 'session'), consentFor)
  // Seen again late, the sign-in that answered it may be older than the client allows.
  const { maxAge = Infinity } = resumed.request
  const since = Math.max(screen.interaction.createdAt, context.env.as.now - maxAge)
  const isSince = standing !== null && standing.session.authTime >= since
  return goOn(context, screen, resumed, standing, isSince)
}

/** Makes a sign-in wait that leads to a page of ours, and goes there. */
export async function askToSignIn(context: FaceContext, path: '/' | '/account'): Promise<Response> {
  const pending = { kind: 'page', path } as const
  const id = await beginInteraction(context.env.as, browserSecret(context), pending)
  return seeOther(context, `/login?interaction=${id}`)
}

/** Has somebody who is signed in prove it anew, and leads back to the account page. */
export async function askToConfirm(
  context: FaceContext,
  { session }: SessionStanding,
): Promise<Response> {
  const id = await beginInteraction(context.env.as, browserSecret(context), {
    kind: 'page',
    path: '/account?done=confirmed',
    confirmedSessionId: session.id,
  })
  return seeOther(context, `/login?interaction=${id}`)
}

async function login(context: FaceContext): Promise<Response> {
  const answered = await answeredScreen(context)
  if (answered instanceof Response) return answered
  const { form, screen } = answered
  const resumed = await resumedRequest(context, screen)
  const username = form.get('username')
  const signedIn = await tryPassword(context, form)
  if ('reason' in signedIn)
    return renderLogin(context, screen, resumed, { username, refusal: signedIn })
  await rememberBrowser(context, username ?? '')
  return signIn(context, screen, resumed, { ...signedIn, amr: ['pwd'] })
}

/** Begins the session of a user who has proved who he is, and goes on with what was asked. */
export async function signIn(
  context: FaceContext,
  screen: Waiting,
  resumed: ResumedRequest | null,
  proved: ProvedUser,
): Promise<Response> {
  const { as } = context.env
  const consentFor = resumed === null ? undefined : consentQuery(resumed.target, resumed.request)
  const replaced = readCookie(context, 'session')
  const begin = (answered: Waiting) =>
    beginSession(as, answerTo(as, answered), proved, replaced, consentFor)
  // A second answer to the screen (a double click) is as good as the first: who gives it has proved
  // who he is, too, and the browser waits for this answer and no longer for the other.
  const begun = (await begin(screen)) ?? (await begin(await repeatInteraction(as, screen)))
  if (begun === null) return expired(context, screen)
  if (begun.endedAnother) as.waitUntil(sendLogoutNotices(as))
  writeCookie(context, 'session', begun.secret, as.settings.lifetimes.session)
  return goOn(context, screen, resumed, begun.standing, true)
}

async function goOn(
  context: FaceContext,
  { pending }: Waiting,
  resumed: ResumedRequest | null,
  standing: SessionStanding | null,
  isSignedIn = false,
): Promise<Response> {
  if (resumed === null) return seeOther(context, pending.kind === 'page' ? pending.path : '/')
  const done = { ...resumed.done, login: isSignedIn }
  return answeringClient(context, resumed.target, () =>
    proceed(context, { ...resumed, standing, done }),
  )
}

async function tryPassword(context: FaceContext, form: Parameters): Promise<Proof | LoginRefusal> {
  const { as } = context.env
  const username = form.get('username')
  const password = form.get('password')
  if (username === undefined || password === undefined) return { reason: 'credentials' }
  const secret = readBrowserSecret(context)
  const mark = readCookie(context, 'known')
  const known = await isKnownBrowser(as, username, secret, mark)
  try {
    return await signInWithPassword(as, username, password, known)
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    if (thrown.code === 'too_many_requests') {
      return { reason: 'throttled', retryAfter: thrown.retryAfter ?? 60 }
    }
    if (thrown.code === 'invalid_grant') return { reason: 'credentials' }
    throw thrown
  }
}

async function rememberBrowser(context: FaceContext, username: string): Promise<void> {
  const mark = await knownBrowserMark(context.env.as, username, browserSecret(context))
  writeCookie(context, 'known', mark)
}

async function renderLogin(
  context: FaceContext,
  screen: Waiting,
  resumed: ResumedRequest | null,
  shown: { username?: string | undefined; refusal?: LoginRefusal },
): Promise<Response> {
  const { as } = context.env
  const address = `/login?interaction=${screen.id}`
  const frame = await frameOf(context, resumed?.request.uiLocales, address)
  const { pending } = screen
  const sessionId = pending.kind === 'page' ? pending.confirmedSessionId : resumed?.sessionId
  const standing = sessionId == null ? null : await findSession(as, readCookie(context, 'session'))
  const username = shown.username ?? standing?.user.username
  const html = loginPage(frame, {
    form: await formOf(context, '/login', screen.id),
    ...(resumed === null ? {} : { client: shownClient(resumed.target.client) }),
    ...(username === undefined ? {} : { loginHint: username }),
    ...(shown.refusal === undefined ? {} : { refusal: shown.refusal }),
    confirms: standing !== null,
    providers: {
      form: await formOf(context, '/login/provider', screen.id),
      choices: await signInProviders(as),
    },
  })
  if (shown.refusal === undefined) return page(context, html)
  if (shown.refusal.reason === 'credentials') return page(context, html, 400)
  context.header('Retry-After', String(shown.refusal.retryAfter))
  return page(context, html, 429)
}
