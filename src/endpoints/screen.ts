// What the pages of all steps and of a logout share: the screen that waits behind an address, and the
// form that answers it.
import { parametersOf } from '../core/authorization/goal.ts'
import {
  type Pending,
  type Screen,
  isShownIn,
  openScreen,
  startAgainPath,
} from '../core/authorization/screen.ts'
import { appAddress } from '../core/clients/app-address.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, formTokenInput, isOwnForm } from '../http/browser.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { LinkedApp } from '../pages/client.tsx'
import type { Form } from '../pages/form.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { refuse, seeOther, shownClient } from './page.ts'

/** Returns the screen that the address carries, or the response where it cannot be shown. */
export async function waitingScreen(context: FaceContext): Promise<Screen | Response> {
  const screen = await screenIn(context, readQuery(context.req.raw))
  const { secret } = browserOf(context)
  if (screen === null) return refuse(context, 'expired', 400, { startAgainHref: '/' })
  // A browser that keeps no cookies would go round in circles.
  if (secret === undefined) return refuseScreen(context, 'expired', 400, screen)
  if (!(await isShownIn(secret, screen))) {
    const again = startAgainPath(screen.pending)
    return again === null ? refuseScreen(context, 'expired', 400, screen) : seeOther(context, again)
  }
  return isExpired(context, screen) ? expired(context, screen) : screen
}

/** A posted answer, proved to come from the page that was shown in this browser. */
type AnsweredScreen = { form: Parameters; screen: Screen; secret: string }

/**
 * Returns the screen that a posted form answers, or a refusal. A form that was shown before the browser
 * got the secret that it has (two tabs, opened at once by a fresh browser) is refused like one of
 * another browser, with the way to what was asked.
 */
export async function answeredScreen(context: FaceContext): Promise<AnsweredScreen | Response> {
  const form = await readForm(context.req.raw)
  const screen = await screenIn(context, form)
  const { secret } = browserOf(context)
  if (
    screen !== null &&
    secret !== undefined &&
    (await isOwnAnswer(context, form, screen, secret))
  ) {
    return isExpired(context, screen) ? expired(context, screen) : { form, screen, secret }
  }
  return screen === null
    ? refuse(context, 'forgery', 403, { startAgainHref: '/' })
    : refuseScreen(context, 'forgery', 403, screen)
}

/**
 * Refuses a screen, with the way to what was asked. Where the request was pushed, or had to be signed,
 * there is none: its client alone can begin anew, so the page sends the person back to the app.
 */
async function refuseScreen(
  context: FaceContext,
  kind: 'expired' | 'forgery',
  status: 400 | 403,
  { pending }: Screen,
  app: LinkedApp | null = null,
): Promise<Response> {
  const startAgainHref = startAgainPath(pending)
  const shown = {
    uiLocales:
      pending.kind === 'authorization' ? parametersOf(pending).get('ui_locales') : undefined,
    ...(app === null ? {} : { app }),
  }
  if (startAgainHref !== null) return refuse(context, kind, status, { ...shown, startAgainHref })
  return refuse(context, 'backToApp', status, shown)
}

const isOwnAnswer = async (
  context: FaceContext,
  form: Parameters,
  screen: Screen,
  secret: string,
): Promise<boolean> =>
  (await isShownIn(secret, screen)) && (await isOwnForm(context, form, screen.id))

async function screenIn(context: FaceContext, parameters: Parameters): Promise<Screen | null> {
  const sealed = parameters.get('screen')
  return sealed === undefined ? null : openScreen(context.env.as, sealed)
}

/** Returns the address of a screen on this page. */
export const screenPath = (path: string, { sealed }: Screen): string => `${path}?screen=${sealed}`

/** Returns whether a screen is too old to be answered. */
export const isExpired = ({ env }: FaceContext, { expiresAt }: Screen): boolean =>
  expiresAt <= env.as.now

/**
 * Responds to a screen that cannot be answered any more. A person who only looks at it has nothing to
 * lose and goes on with the goal. If the screen is old, the app has forgotten its request, and the page
 * offers to begin anew there. A person who sent an answer is told that it did not count.
 */
export async function expired(context: FaceContext, screen: Screen): Promise<Response> {
  const { pending, expiresAt } = screen
  const again = startAgainPath(pending)
  const isOld = expiresAt <= context.env.as.now
  const app = isOld || again === null ? await appOf(context, pending) : null
  if (context.req.method === 'GET' && app === null && again !== null) {
    return seeOther(context, again)
  }
  return refuseScreen(context, 'expired', 400, screen, app)
}

/** Returns the app that waits for the answer, if its address is known. */
async function appOf({ env: { as } }: FaceContext, pending: Pending): Promise<LinkedApp | null> {
  if (pending.kind !== 'authorization') return null
  const client = await as.clients.find(parametersOf(pending).get('client_id') ?? '', as.now)
  if (client === null || client.disabledAt !== null) return null
  const href = appAddress(as, client)
  return href === null ? null : { client: shownClient(client), href }
}

/** Returns a form of a screen; its hidden inputs come back as they are. */
export const formOf = async (
  context: FaceContext,
  action: string,
  { id, sealed }: Screen,
): Promise<Form> => ({
  action,
  hidden: [['screen', sealed], await formTokenInput(context, id)],
})
