// How a request goes on: a step is asked for on its page, or the goal is reached and the client gets
// its answer. RFC 6749 4.1.2, OpenID Connect Core 3.1.2.5, 3.1.2.6.
import { authorize } from '../core/authorization/authorization.ts'
import { pendingGoal } from '../core/authorization/goal.ts'
import { nextStep } from '../core/authorization/next-step.ts'
import { useUp } from '../core/authorization/pushed-request.ts'
import type { ResponseTarget } from '../core/authorization/response-target.ts'
import { encodingOf, requireAnswerable, signAnswer } from '../core/authorization/signed-answer.ts'
import {
  type PagePath,
  type Pending,
  type Screen,
  newScreen,
} from '../core/authorization/screen.ts'
import { signUp } from '../core/authorization/steps/sign-up.ts'
import type { Progress, StepOutcome } from '../core/authorization/steps/step.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import { formPostPage } from '../pages/form-post.tsx'
import { OAuthError } from '../protocol/error.ts'
import { chosenLanguage, frameOf, page, seeOther } from './page.ts'
import { expired, screenPath } from './screen.ts'

/**
 * Sends the browser to the page of the next step, or to the goal: a page of ours, or the client with
 * its code. `screenId` is the screen that the browser has just answered.
 * @throws errors of `nextStep`, for the client
 */
export async function proceed(
  context: FaceContext,
  progress: Progress,
  screenId?: string,
): Promise<Response> {
  const { as } = context.env
  const { goal } = progress
  const next = await nextStep(as, progress)
  if (next.step !== null) return showStep(context, next.step.path, next.pending)
  if (goal.kind === 'page') return seeOther(context, goal.path)
  await requireAnswerable(as, goal.target)
  const code = await authorize(as, goal, next.standing, screenId)
  return answerClient(context, goal.target, { code })
}

/** Asks for a sign-in that leads to a page of ours. */
export const askToSignIn = (context: FaceContext, path: PagePath): Promise<Response> =>
  proceed(context, { goal: { kind: 'page', path, confirms: false }, standing: null, done: [] })

/** Shows the page that asks for an account, which leads home. */
export async function askToSignUp(context: FaceContext): Promise<Response> {
  const kept = { done: [], sessionId: null, scope: [] }
  return showStep(
    context,
    signUp.path,
    pendingGoal({ kind: 'page', path: '/', confirms: false }, kept),
  )
}

/** Sends the browser to the page of a step, with a new screen. */
export async function showStep(
  context: FaceContext,
  path: string,
  pending: Pending,
): Promise<Response> {
  const screen = await newScreen(context.env.as, browserOf(context).ensureSecret(), pending)
  chosenLanguage(context)
  return seeOther(context, screenPath(path, screen))
}

/** Has a user who is signed in prove it anew; leads back to /account, or to a page under it. */
export const askToConfirm = (
  context: FaceContext,
  standing: SessionStanding,
  page: '/account' | `/account/${string}` = '/account',
): Promise<Response> => {
  const goal = { kind: 'page', path: `${page}?done=confirmed`, confirms: true } as const
  return proceed(context, { goal, standing, done: [] })
}

/** Goes on after a step: gives the browser what the step gave it, and proceeds. */
export async function goOn(
  context: FaceContext,
  screen: Screen,
  outcome: Extract<StepOutcome, { outcome: 'goes on' | 'expired' }>,
): Promise<Response> {
  if (outcome.outcome === 'expired') return expired(context, screen)
  const { as } = context.env
  const { progress, session, knownMark, remembered } = outcome
  const browser = browserOf(context)
  if (knownMark !== undefined) browser.keepKnownMark(knownMark)
  if (remembered !== undefined) browser.keepRememberedMark(remembered.mark, remembered.lifetime)
  if (session !== undefined) {
    browser.keepSession(session.secret, session.standing.session)
    if (session.endedAnother) as.waitUntil(sendLogoutNotices(as))
  }
  return proceed(context, progress, screen.id)
}

/**
 * Runs work that may refuse a request whose target is proved: refusals go to the client (RFC 6749
 * 4.1.2.1) and use up a pushed request. `screenId` is the screen that the browser has just answered.
 * `target` null = no client waits, so refusals are thrown on.
 */
export async function answeringClient(
  context: FaceContext,
  target: ResponseTarget | null,
  work: () => Promise<Response>,
  screenId?: string,
): Promise<Response> {
  try {
    return await work()
  } catch (thrown) {
    // Our own failure is ours to show: a client could do nothing with it.
    if (target === null || !(thrown instanceof OAuthError) || thrown.status >= 500) throw thrown
    const { code, description } = thrown
    // A request that is unknown or was answered names nobody who waits for an answer.
    if (code === 'invalid_request_uri') throw thrown
    await requireAnswerable(context.env.as, target)
    await useUp(context.env.as, target, screenId)
    context.env.as.log({ event: 'request refused', code, description })
    return answerClient(context, target, { error: code, error_description: description })
  }
}

type Answer = { code: string } | { error: string; error_description: string }

/**
 * Sends the client its answer in the mode that it asked for: with `state` and `iss` (RFC 9207 2), or as
 * one signed JWT (JARM 2).
 */
async function answerClient(
  context: FaceContext,
  { client, redirectUri, responseMode, state }: ResponseTarget,
  answer: Answer,
): Promise<Response> {
  const { as } = context.env
  const { encoding, isSigned } = encodingOf(responseMode)
  const stated = state === undefined ? answer : { ...answer, state }
  const parameters = Object.entries(
    isSigned ? { response: await signAnswer(as, client, stated) } : { ...stated, iss: as.issuer },
  )
  if (encoding === 'form_post') {
    const form = { action: redirectUri, hidden: parameters }
    return page(context, formPostPage(await frameOf(context), form))
  }
  const text = new URLSearchParams(parameters).toString()
  const separator = encoding === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return seeOther(context, `${redirectUri}${separator}${text}`)
}
