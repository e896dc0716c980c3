// What login, choice, consent and logout pages share: the screen that waits behind an address, and
// the form that answers it.
import {
  proveResponseTarget,
  readAuthorizationRequest,
  type AuthorizationRequest,
  type ResponseTarget,
} from '../core/authorization-request.ts'
import type { Done } from '../core/authorization.ts'
import { appAddress } from '../core/app-address.ts'
import { findInteraction, startAgainPath, type Pending, type Waiting } from '../core/interaction.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput, isOwnForm, readBrowserSecret } from '../http/browser.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { LinkedApp } from '../pages/client.tsx'
import type { Form } from '../pages/form.tsx'
import { isRepeatable, parseParameters, type Parameters } from '../protocol/parameters.ts'
import { refuse, seeOther, shownClient } from './page.ts'

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

/**
 * A screen that cannot be answered any more. Whoever only looks at it has nothing to lose and goes on
 * with what was asked; but where that is long ago, the app has forgotten its request, and the way to
 * begin anew there is offered. Who sent an answer is told that it did not count.
 */
export async function expired(
  context: FaceContext,
  { pending, interaction }: Waiting,
): Promise<Response> {
  const isOld = interaction.expiresAt <= context.env.as.now
  const app = isOld ? await appOf(context, pending) : null
  if (context.req.method === 'GET' && app === null) {
    return seeOther(context, startAgainPath(pending))
  }
  return refuse(context, 'expired', 400, {
    startAgainHref: startAgainPath(pending),
    uiLocales:
      pending.kind === 'authorization' ? parametersOf(pending).get('ui_locales') : undefined,
    ...(app === null ? {} : { app }),
  })
}

/** The app that waits for the answer, if it has told where it begins. */
async function appOf({ env: { as } }: FaceContext, pending: Pending): Promise<LinkedApp | null> {
  if (pending.kind !== 'authorization') return null
  const client = await as.clients.find(parametersOf(pending).get('client_id') ?? '', as.now)
  if (client === null || client.disabledAt !== null) return null
  const href = appAddress(as, client)
  return href === null ? null : { client: shownClient(client), href }
}

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
