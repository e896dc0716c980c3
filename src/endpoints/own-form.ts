// The pages under /account and their forms, and the user who is signed in to send them.
import { nextStep } from '../core/authorization/next-step.ts'
import type { PagePath } from '../core/authorization/screen.ts'
import type { Progress } from '../core/authorization/steps/step.ts'
import { findSession } from '../core/people/browser-session.ts'
import { isFresh } from '../core/people/fresh-sign-in.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, formTokenInput, isOwnForm } from '../http/browser.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readForm } from '../http/form.ts'
import type { Form } from '../pages/form.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { refuse } from './page.ts'
import { askToConfirm, proceed } from './progress.ts'

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

/** Returns a form of ours under /account; its token is bound to its action. */
export const formTo = async (context: FaceContext, action: string): Promise<Form> => ({
  action,
  hidden: [await formTokenInput(context, action)],
})

/** What a form under /account does for the user who is signed in. */
export type OwnAction = (
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
) => Promise<Response>

/** A page under /account, to which a sign-in leads back. */
export type AccountPath = '/account' | `/account/${string}`

const answerOf =
  (path: AccountPath, act: OwnAction, page: AccountPath) =>
  async (context: FaceContext): Promise<Response> => {
    const form = await readForm(context.req.raw)
    if (!(await isOwnForm(context, form, path)))
      return refuse(context, 'forgery', 403, { startAgainHref: page })
    const visitor = await visitorOf(context, page)
    return visitor instanceof Response ? visitor : act(context, visitor, form)
  }

/**
 * Returns the endpoint of a form of a page under /account: proved ours, from a user who is signed in. A
 * sign-in leads back to that page.
 */
export const ownForm = (
  path: AccountPath,
  act: OwnAction,
  page: AccountPath = '/account',
): Endpoint => ({ path, handlers: { POST: answerOf(path, act, page) } })

/** Shows a page under /account to the user who is signed in. */
export type OwnView = (context: FaceContext, standing: SessionStanding) => Promise<Response>

/** Returns the endpoint of a page under /account whose form posts to the page's own address. */
export const ownPage = (path: AccountPath, show: OwnView, act: OwnAction): Endpoint => ({
  path,
  handlers: {
    GET: async (context) => {
      const visitor = await visitorOf(context, path)
      return visitor instanceof Response ? visitor : show(context, visitor)
    },
    POST: answerOf(path, act, path),
  },
})

/**
 * Asks for a fresh sign-in first, which leads back to `page`: a thief with a stolen session must not
 * change how an account is signed in to.
 */
export const freshly =
  (act: OwnAction, page: AccountPath = '/account'): OwnAction =>
  (context, standing, form) =>
    isFresh(context.env.as, standing)
      ? act(context, standing, form)
      : askToConfirm(context, standing, page)
