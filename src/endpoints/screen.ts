// What login, choice, consent and logout pages share: the screen that waits behind an address, and
// the form that answers it.
import type { Done } from '../core/authorization/authorization.ts'
import {
  type AuthorizationRequest,
  type ResponseTarget,
  proveResponseTarget,
  readAuthorizationRequest,
} from '../core/authorization/request.ts'
import {
  type Pending,
  type Screen,
  isShownIn,
  openScreen,
  startAgainPath,
} from '../core/authorization/screen.ts'
import { appAddress } from '../core/clients/app-address.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput, isOwnForm, readBrowserSecret } from '../http/browser.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { LinkedApp } from '../pages/client.tsx'
import type { Form } from '../pages/form.tsx'
import { type Parameters, isRepeatable, parseParameters } from '../protocol/parameters.ts'
import { refuse, seeOther, shownClient } from './page.ts'

/** The screen that the address carries, or what there is to see instead. */
export async function waitingScreen(context: FaceContext): Promise<Screen | Response> {
  const screen = await screenIn(context, readQuery(context.req.raw))
  const secret = readBrowserSecret(context)
  if (screen === null) return refuse(context, 'expired', 400, { startAgainHref: '/' })
  // A browser that keeps no cookies would go round in circles.
  if (secret === undefined) {
    return refuse(context, 'expired', 400, { startAgainHref: startAgainPath(screen.pending) })
  }
  if (!(await isShownIn(secret, screen))) return seeOther(context, startAgainPath(screen.pending))
  return isExpired(context, screen) ? expired(context, screen) : screen
}

/**
 * A posted answer: the form, proved ours, and the screen that it answers. A form that was shown before
 * the browser got the secret that it has (two tabs, opened at once by a fresh browser) is refused like
 * one of another browser, with the way to what was asked.
 */
export async function answeredScreen(
  context: FaceContext,
): Promise<{ form: Parameters; screen: Screen } | Response> {
  const form = await readForm(context.req.raw)
  const screen = await screenIn(context, form)
  const secret = readBrowserSecret(context)
  const isOwn =
    screen !== null &&
    secret !== undefined &&
    (await isShownIn(secret, screen)) &&
    (await isOwnForm(context, form, screen.id))
  if (!isOwn) {
    const startAgainHref = screen === null ? '/' : startAgainPath(screen.pending)
    return refuse(context, 'forgery', 403, { startAgainHref })
  }
  return isExpired(context, screen) ? expired(context, screen) : { form, screen }
}

async function screenIn(context: FaceContext, parameters: Parameters): Promise<Screen | null> {
  const sealed = parameters.get('screen')
  return sealed === undefined ? null : openScreen(context.env.as, sealed)
}

/** The address of a screen. */
export const screenPath = (path: string, { sealed }: Screen): string => `${path}?screen=${sealed}`

const isExpired = ({ env }: FaceContext, { expiresAt }: Screen): boolean => expiresAt <= env.as.now

/**
 * A screen that cannot be answered any more. Whoever only looks at it has nothing to lose and goes on
 * with what was asked; but where that is long ago, the app has forgotten its request, and the way to
 * begin anew there is offered. Who sent an answer is told that it did not count.
 */
export async function expired(
  context: FaceContext,
  { pending, expiresAt }: Screen,
): Promise<Response> {
  const isOld = expiresAt <= context.env.as.now
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
export const formOf = async (
  context: FaceContext,
  action: string,
  { id, sealed }: Screen,
): Promise<Form> => ({
  action,
  hidden: [['screen', sealed], await formTokenInput(context, id)],
})

/** The authorization request that a screen goes on with, read anew: the client may have changed. */
export async function resumedRequest(
  context: FaceContext,
  { pending }: Screen,
): Promise<ResumedRequest | null> {
  if (pending.kind !== 'authorization') return null
  const parameters = parametersOf(pending)
  const target = await proveResponseTarget(context.env.as, parameters)
  const request = await readAuthorizationRequest(context.env.as, target.client, parameters)
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
