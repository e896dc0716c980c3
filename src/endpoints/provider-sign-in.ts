// Sign-in at a provider, from the sign-in page and from the account page. A browser leaves by a form of
// ours and returns to the redirect URI of the provider; a refusal is a page that says what to do.
import { goalOf, targetOf } from '../core/authorization/goal.ts'
import { sceneOf } from '../core/authorization/next-step.ts'
import { isShownIn, openScreen } from '../core/authorization/screen.ts'
import {
  completeLogin,
  login,
  oldestSignIn,
  providerPath,
} from '../core/authorization/steps/login.ts'
import { findSession } from '../core/people/browser-session.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { unlink } from '../core/providers/link.ts'
import {
  type Refused,
  type SignInRefusal,
  beginProviderSignIn,
  callbackPath,
  completeProviderSignIn,
} from '../federation/provider-sign-in.ts'
import { type Purpose, journeyLifetime } from '../federation/journey.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import { readCarried, removeCarried, writeCarried } from '../http/cookies.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readQuery } from '../http/form.ts'
import { providerRefusedPage } from '../pages/error.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { freshly, ownForm } from './own-form.ts'
import { frameOf, page, refuse, renderPageError, seeOther } from './page.ts'
import { answeringClient, goOn } from './progress.ts'
import { answeredScreen, expired, isExpired } from './screen.ts'

export const providerSignInEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: providerPath, handlers: { POST: leaveToSignIn } },
    { path: `${callbackPath}:provider`, handlers: { GET: comeBack } },
    ownForm('/account/link', freshly(leaveToLink)),
    ownForm('/account/unlink', freshly(endOwnLink)),
  ],
}

async function leaveToSignIn(context: FaceContext): Promise<Response> {
  const answered = await answeredScreen(context)
  if (answered instanceof Response) return answered
  const { form, screen } = answered
  const goal = await goalOf(context.env.as, screen.pending)
  if (goal === null) return expired(context, screen)
  const purpose = { kind: 'sign-in', screen: screen.sealed } as const
  const loginHint = goal.kind === 'authorization' ? goal.request.loginHint : undefined
  return leave(context, form, purpose, { loginHint, maxAge: oldestSignIn(goal) })
}

function leaveToLink(
  context: FaceContext,
  { session, user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const purpose = { kind: 'link', userId: user.id, sessionId: session.id } as const
  return leave(context, form, purpose, { maxAge: null })
}

async function leave(
  context: FaceContext,
  form: Parameters,
  purpose: Purpose,
  wish: { loginHint?: string | undefined; maxAge: number | null },
): Promise<Response> {
  const begun = await beginProviderSignIn(context.env.as, {
    providerId: form.get('provider') ?? '',
    browserSecret: browserOf(context).ensureSecret(),
    purpose,
    ...wish,
  })
  if (begun === null)
    return refuse(context, 'notFound', 404, { startAgainHref: backFrom(purpose).href })
  if (begun.outcome === 'sent') {
    writeCarried(context, journeyOf(begun.state), begun.journey, journeyLifetime)
    return seeOther(context, begun.location)
  }
  return refusedPage(context, begun, purpose)
}

async function comeBack(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { secret, session: sessionSecret } = browserOf(context)
  const standing = await findSession(as, sessionSecret)
  const parameters = readQuery(context.req.raw)
  const carried = journeyOf(parameters.get('state') ?? '')
  const back = await completeProviderSignIn(as, {
    providerId: context.req.param('provider') ?? '',
    parameters,
    browserSecret: secret,
    journey: readCarried(context, carried),
    standing,
    sessionSecret,
  })
  removeCarried(context, carried)
  if (back.outcome === 'lost') return refuse(context, 'expired', 400, { startAgainHref: '/' })
  if (back.outcome === 'refused') return refusedPage(context, back, back.purpose)
  if (back.outcome === 'linked') return seeOther(context, '/account?done=linked')
  const screen = await openScreen(as, back.screen)
  if (screen === null || secret === undefined || !(await isShownIn(secret, screen))) {
    return refuse(context, 'expired', 400, { startAgainHref: '/' })
  }
  if (isExpired(context, screen)) return expired(context, screen)
  const scene = await sceneOf(as, login, screen, undefined)
  if (scene === null) return expired(context, screen)
  const work = async () =>
    goOn(context, screen, await completeLogin(as, scene, back.proved, sessionSecret))
  return answeringClient(context, targetOf(scene.goal), work, screen.id)
}

/** Returns the name by which a browser carries the journey of this state. */
const journeyOf = (state: string) =>
  `journey_${state.replaceAll(/[^\w-]/g, '').slice(0, 12)}` as const

async function endOwnLink(
  context: FaceContext,
  { user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const outcome = await unlink(context.env.as, user.id, form.get('link') ?? '')
  if (outcome === 'unknown') return refuse(context, 'notFound', 404, { startAgainHref: '/account' })
  return seeOther(context, `/account?done=${outcome === 'last' ? 'lastWay' : 'unlinked'}`)
}

const backFrom = (purpose: Purpose) =>
  purpose.kind === 'link'
    ? ({ to: 'account', href: '/account' } as const)
    : ({ to: 'login', href: `${login.path}?screen=${purpose.screen}` } as const)

const statusOf = {
  denied: 400,
  expired: 400,
  unavailable: 503,
  noAccount: 403,
  notAllowed: 403,
  alreadyLinked: 403,
  emailTaken: 403,
} as const satisfies Record<SignInRefusal, number>

async function refusedPage(
  context: FaceContext,
  { reason, label }: Refused,
  purpose: Purpose,
): Promise<Response> {
  const { requestId } = context.env.as
  const back = backFrom(purpose)
  const frame = await frameOf(context, undefined, back.href)
  const shown = { provider: label, reason, requestId, back }
  return page(context, providerRefusedPage(frame, shown), statusOf[reason])
}
