// The sign-in page: a password, counted before it is checked, for a session under a new secret.
import { consentQuery } from '../core/authorization/consent.ts'
import type { Screen } from '../core/authorization/screen.ts'
import { findSession } from '../core/people/browser-session.ts'
import { isKnownBrowser, knownBrowserMark } from '../core/people/known-browser.ts'
import { signInWithPassword } from '../core/people/sign-in.ts'
import type { Proof } from '../core/people/storage.ts'
import { signInProviders } from '../core/providers/sign-in-provider.ts'
import type { FaceContext } from '../http/app.ts'
import { browserSecret, readBrowserSecret, readCookie, writeCookie } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { type LoginRefusal, loginPage } from '../pages/login.tsx'
import { OAuthError } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { frameOf, page, renderPageError, seeOther, shownClient } from './page.ts'
import {
  type ResumedRequest,
  answeredScreen,
  formOf,
  resumedRequest,
  screenPath,
  waitingScreen,
} from './screen.ts'
import { goOn, signIn } from './sign-in.ts'

export const loginEndpoint: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [{ path: '/login', handlers: { GET: showLogin, POST: login } }],
}

async function showLogin(context: FaceContext): Promise<Response> {
  // Without a screen that waits, signing in leads home.
  if (context.req.query('screen') === undefined) return seeOther(context, '/')
  const screen = await waitingScreen(context)
  if (screen instanceof Response) return screen
  const resumed = await resumedRequest(context, screen)
  const consentFor = resumed === null ? undefined : consentQuery(resumed.target, resumed.request)
  const standing = await findSession(context.env.as, readCookie(context, 'session'), consentFor)
  // Signed in here or in another tab since it was asked for: on with what is true now. Seen late, that
  // sign-in may be older than the client allows.
  if (standing !== null && standing.session.authTime >= screen.createdAt) {
    const { maxAge = Infinity } = resumed?.request ?? {}
    const isYoung = standing.session.authTime >= context.env.as.now - maxAge
    return goOn(context, screen, resumed, standing, isYoung)
  }
  return renderLogin(context, screen, resumed, { username: resumed?.request.loginHint })
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
  screen: Screen,
  resumed: ResumedRequest | null,
  shown: { username?: string | undefined; refusal?: LoginRefusal },
): Promise<Response> {
  const { as } = context.env
  const frame = await frameOf(context, resumed?.request.uiLocales, screenPath('/login', screen))
  const { pending } = screen
  const sessionId = pending.kind === 'page' ? pending.confirmedSessionId : resumed?.sessionId
  const standing = sessionId == null ? null : await findSession(as, readCookie(context, 'session'))
  const username = shown.username ?? standing?.user.username
  const html = loginPage(frame, {
    form: await formOf(context, '/login', screen),
    ...(resumed === null ? {} : { client: shownClient(resumed.target.client) }),
    ...(username === undefined ? {} : { loginHint: username }),
    ...(shown.refusal === undefined ? {} : { refusal: shown.refusal }),
    confirms: standing !== null,
    providers: {
      form: await formOf(context, '/login/provider', screen),
      choices: await signInProviders(as),
    },
  })
  if (shown.refusal === undefined) return page(context, html)
  if (shown.refusal.reason === 'credentials') return page(context, html, 400)
  context.header('Retry-After', String(shown.refusal.retryAfter))
  return page(context, html, 429)
}
