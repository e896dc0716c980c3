// An authorization request on its way: the next step is taken by a page of ours, or the client gets
// its answer. RFC 6749 4.1.2, OpenID Connect Core 3.1.2.5, 3.1.2.6.
import { type Done, type NextStep, nextStep } from '../core/authorization/authorization.ts'
import type { AuthorizationRequest, ResponseTarget } from '../core/authorization/request.ts'
import { newScreen, pendingAuthorization } from '../core/authorization/screen.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserSecret } from '../http/browser.ts'
import { formPostPage } from '../pages/form-post.tsx'
import { OAuthError } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { formPostAnswer, frameOf, seeOther } from './page.ts'
import { screenPath } from './screen.ts'

/** An authorization request on its way, and what has been done for it. */
export type Progress = {
  target: ResponseTarget
  request: AuthorizationRequest
  parameters: Parameters
  standing: SessionStanding | null
  done: Done
}

/** Takes the next step of a request: asks by a page of ours, or answers the client. */
export async function proceed(context: FaceContext, progress: Progress): Promise<Response> {
  const { target, request, standing, done } = progress
  return takeStep(
    context,
    progress,
    await nextStep(context.env.as, target, request, standing, done),
  )
}

/** Takes the step that was found to be the next. */
export async function takeStep(
  context: FaceContext,
  { target, parameters, standing, done }: Progress,
  next: NextStep,
): Promise<Response> {
  const { as } = context.env
  if (next.step === 'code') return answerClient(context, target, { code: next.code })
  const sessionId = standing?.session.id ?? null
  const scope = next.step === 'consent' ? next.scope : []
  const pending = pendingAuthorization(parameters, done, sessionId, scope)
  const screen = await newScreen(as, browserSecret(context), pending)
  return seeOther(context, screenPath(pathOf[next.step], screen))
}

const pathOf = {
  login: '/login',
  select_account: '/select-account',
  consent: '/consent',
} as const

/** Runs what may refuse once the target is proved: refusals go to the client. */
export async function answeringClient(
  context: FaceContext,
  target: ResponseTarget,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work()
  } catch (thrown) {
    // Our own failure is ours to show: a client could do nothing with it.
    if (!(thrown instanceof OAuthError) || thrown.status >= 500) throw thrown
    const { code, description } = thrown
    context.env.as.log({ event: 'request refused', code, description })
    return answerClient(context, target, { error: code, error_description: description })
  }
}

type Answer = { code: string } | { error: string; error_description: string }

/** The answer to the client, with `state` and `iss` (RFC 9207), in the mode that it asked for. */
async function answerClient(
  context: FaceContext,
  { redirectUri, responseMode, state }: ResponseTarget,
  answer: Answer,
): Promise<Response> {
  const { issuer } = context.env.as
  const parameters = Object.entries({
    ...answer,
    ...(state === undefined ? {} : { state }),
    iss: issuer,
  })
  if (responseMode === 'form_post') {
    const form = { action: redirectUri, hidden: parameters }
    return formPostAnswer(context, formPostPage(await frameOf(context), form))
  }
  const text = new URLSearchParams(parameters).toString()
  const separator = responseMode === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return seeOther(context, `${redirectUri}${separator}${text}`)
}
