// What login, choice, consent and logout pages share: the screen that waits behind an address, and
// the form that answers it.
import {
  proveResponseTarget,
  readAuthorizationRequest,
  type AuthorizationRequest,
  type ResponseTarget,
} from '../core/authorization-request.ts'
import type { Done } from '../core/authorization.ts'
import { findInteraction, startAgainPath, type Waiting } from '../core/interaction.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput, isOwnForm, readBrowserSecret } from '../http/browser.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { Form } from '../pages/form.tsx'
import { isRepeatable, parseParameters, type Parameters } from '../protocol/parameters.ts'
import { refuse } from './page.ts'

/** The screen that the address names, or the page that says why there is none. */
export async function waitingScreen(context: FaceContext): Promise<Waiting | Response> {
  return screenWith(context, readQuery(context.req.raw).get('interaction'))
}

/** A posted answer: the form, proved ours, and the screen that it answers. */
export async function answeredScreen(
  context: FaceContext,
): Promise<{ form: Parameters; screen: Waiting } | Response> {
  const form = await readForm(context.req.raw)
  const id = form.get('interaction')
  if (!(await isOwnForm(context, form, id ?? ''))) {
    return refuse(context, 'forgery', 403, { startAgainHref: '/' })
  }
  const screen = await screenWith(context, id)
  return screen instanceof Response ? screen : { form, screen }
}

async function screenWith(
  context: FaceContext,
  id: string | undefined,
): Promise<Waiting | Response> {
  const found = await findInteraction(context.env.as, readBrowserSecret(context), id)
  if (found === null) return refuse(context, 'expired', 400, { startAgainHref: '/' })
  return found.expired ? expired(context, found) : found
}

/** "It was open too long, or nobody is there to answer it", with the way to begin anew. */
export const expired = (context: FaceContext, { pending }: Waiting): Promise<Response> =>
  refuse(context, 'expired', 400, {
    startAgainHref: startAgainPath(pending),
    uiLocales:
      pending.kind === 'authorization' ? parametersOf(pending).get('ui_locales') : undefined,
  })

const parametersOf = ({ query }: { query: string }): Parameters =>
  parseParameters(query, { mayRepeat: isRepeatable })

/** The form that answers a screen: everything in it comes back as it is. */
export const formOf = async (context: FaceContext, action: string, id: string): Promise<Form> => ({
  action,
  hidden: [['interaction', id], await formTokenInput(context, id)],
})

/** The authorization request that a screen goes on with, read anew: the client may have changed. */
export async function resumedRequest(
  context: FaceContext,
  { pending }: Waiting,
): Promise<ResumedRequest | null> {
  if (pending.kind !== 'authorization') return null
  const parameters = parametersOf(pending)
  const target = await proveResponseTarget(context.env.as, parameters)
  const request = readAuthorizationRequest(target.client, parameters)
  const { done, sessionId, scope } = pending
  return { target, request, parameters, done, sessionId, scope }
}

export type ResumedRequest = {
  target: ResponseTarget
  request: AuthorizationRequest
  parameters: Parameters
  done: Done
  /** The session that the screen was shown for. */
  sessionId: string | null
  /** What a consent was asked for. */
  scope: readonly string[]
}
