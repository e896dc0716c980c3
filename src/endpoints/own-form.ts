// The forms of the account page, and the user who is signed in to send them.
import { nextStep } from '../core/authorization/next-step.ts'
import type { PagePath } from '../core/authorization/screen.ts'
import type { Progress } from '../core/authorization/steps/step.ts'
import { findSession } from '../core/people/browser-session.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, isOwnForm } from '../http/browser.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readForm } from '../http/form.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { refuse } from './page.ts'
import { proceed } from './progress.ts'

/**
 * Returns the user who may see this page of ours, with their session; or leads to the step that is
 * needed first.
 */
export async function visitorOf(
  context: FaceContext,
  path: PagePath,
): Promise<SessionStanding | Response> {
  const { as } = context.env
  const standing = await findSession(as, browserOf(context).session)
  const progress: Progress = { goal: { kind: 'page', path, confirms: false }, standing, done: [] }
  const next = await nextStep(as, progress)
  return next.step === null ? next.standing : proceed(context, progress)
}

/** What a form of the account page does for the user who is signed in. */
export type OwnAction = (
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
) => Promise<Response>

/** Returns the endpoint of a form of the account page: proved ours, from a user who is signed in. */
export function ownForm(path: string, act: OwnAction): Endpoint {
  const respond = async (context: FaceContext): Promise<Response> => {
    const form = await readForm(context.req.raw)
    if (!(await isOwnForm(context, form, path)))
      return refuse(context, 'forgery', 403, { startAgainHref: '/account' })
    const visitor = await visitorOf(context, '/account')
    return visitor instanceof Response ? visitor : act(context, visitor, form)
  }
  return { path, handlers: { POST: respond } }
}
