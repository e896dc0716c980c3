// Signing in, however somebody proves who they are: asked for by a page, and what follows from it.
import { consentQuery } from '../core/authorization/consent.ts'
import { type Screen, answerTo, newScreen, repeatedScreen } from '../core/authorization/screen.ts'
import { type ProvedUser, beginSession } from '../core/people/browser-session.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { FaceContext } from '../http/app.ts'
import { browserSecret, readCookie, writeCookie } from '../http/browser.ts'
import { seeOther } from './page.ts'
import { answeringClient, proceed } from './progress.ts'
import { type ResumedRequest, expired, screenPath } from './screen.ts'

/** Makes a sign-in wait that leads to a page of ours, and goes there. */
export async function askToSignIn(context: FaceContext, path: '/' | '/account'): Promise<Response> {
  const pending = { kind: 'page', path } as const
  const screen = await newScreen(context.env.as, browserSecret(context), pending)
  return seeOther(context, screenPath('/login', screen))
}

/** Has somebody who is signed in prove it anew, and leads back to the account page. */
export async function askToConfirm(
  context: FaceContext,
  { session }: SessionStanding,
): Promise<Response> {
  const screen = await newScreen(context.env.as, browserSecret(context), {
    kind: 'page',
    path: '/account?done=confirmed',
    confirmedSessionId: session.id,
  })
  return seeOther(context, screenPath('/login', screen))
}

/** Begins the session of a user who has proved who he is, and goes on with what was asked. */
export async function signIn(
  context: FaceContext,
  screen: Screen,
  resumed: ResumedRequest | null,
  proved: ProvedUser,
): Promise<Response> {
  const { as } = context.env
  const consentFor = resumed === null ? undefined : consentQuery(resumed.target, resumed.request)
  const replaced = readCookie(context, 'session')
  const begin = async (answered: Screen) =>
    beginSession(as, await answerTo(as, answered), proved, replaced, consentFor)
  // A second answer to the screen (a double click) is as good as the first: who gives it has proved
  // who he is, too, and the browser waits for this answer and no longer for the other.
  const begun = (await begin(screen)) ?? (await begin(await repeatedScreen(as, screen)))
  if (begun === null) return expired(context, screen)
  if (begun.endedAnother) as.waitUntil(sendLogoutNotices(as))
  writeCookie(context, 'session', begun.secret, as.settings.lifetimes.session)
  return goOn(context, screen, resumed, begun.standing)
}

/** Goes on with what was asked, once somebody has signed in for it; `isDone` = young enough for it. */
export async function goOn(
  context: FaceContext,
  { pending }: Screen,
  resumed: ResumedRequest | null,
  standing: SessionStanding,
  isDone = true,
): Promise<Response> {
  if (resumed === null) return seeOther(context, pending.kind === 'page' ? pending.path : '/')
  const done = { ...resumed.done, login: isDone }
  return answeringClient(context, resumed.target, () =>
    proceed(context, { ...resumed, standing, done }),
  )
}
