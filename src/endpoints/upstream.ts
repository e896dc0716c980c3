// Signing in at a provider elsewhere, from the sign-in page and from /account: out by a form of
// ours, back by an address of each provider's own, and a page that says what to do where it came to
// nothing.
import type { AuthorizationRequest } from '../core/authorization/request.ts'
import { type Screen, isShownIn, openScreen } from '../core/authorization/screen.ts'
import { findSession } from '../core/people/browser-session.ts'
import { isFresh } from '../core/people/fresh-sign-in.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { unlink } from '../core/providers/link.ts'
import {
  type Refused,
  type UpstreamRefusal,
  beginUpstreamSignIn,
  completeUpstreamSignIn,
} from '../federation/upstream-sign-in.ts'
import { type Purpose, journeyLifetime } from '../federation/upstream-state.ts'
import type { FaceContext } from '../http/app.ts'
import {
  browserSecret,
  readBrowserSecret,
  readCarried,
  readCookie,
  removeCarried,
  writeCarried,
} from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readQuery } from '../http/form.ts'
import { providerRefusedPage } from '../pages/error.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { type OwnAction, ownForm } from './own-form.ts'
import { frameOf, page, refuse, renderPageError, seeOther } from './page.ts'
import { answeredScreen, expired, resumedRequest } from './screen.ts'
import { askToConfirm, signIn } from './sign-in.ts'

export const upstreamEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: '/login/provider', handlers: { POST: leaveToSignIn } },
    { path: '/login/callback/:provider', handlers: { GET: comeBack } },
    ownForm('/account/link', freshly(leaveToLink)),
    ownForm('/account/unlink', freshly(endOwnLink)),
  ],
}

/** Asks for a sign-in first where the last one is not fresh: a stolen session must not let others in. */
function freshly(act: OwnAction): OwnAction {
  return (context, standing, form) =>
    isFresh(context.env.as, standing.session)
      ? act(context, standing, form)
      : askToConfirm(context, standing)
}

async function leaveToSignIn(context: FaceContext): Promise<Response> {
  const answered = await answeredScreen(context)
  if (answered instanceof Response) return answered
  const { form, screen } = answered
  const request = (await resumedRequest(context, screen))?.request
  const purpose = { kind: 'sign-in', screen: screen.sealed } as const
  return leave(context, form, purpose, {
    loginHint: request?.loginHint,
    maxAge: demandedAge(screen, request),
  })
}

/** How old the sign-in may be: what the client, or a page of ours, asks of us we ask of the provider. */
function demandedAge(
  { pending }: Screen,
  request: AuthorizationRequest | undefined,
): number | null {
  const isConfirmed = pending.kind === 'page' && pending.confirmedSessionId !== undefined
  if (isConfirmed || request?.prompt.includes('login') === true) return 0
  return request?.maxAge ?? null
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
  const begun = await beginUpstreamSignIn(context.env.as, {
    providerId: form.get('provider') ?? '',
    browserSecret: browserSecret(context),
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
  const secret = readBrowserSecret(context)
  const sessionSecret = readCookie(context, 'session')
  const standing = await findSession(as, sessionSecret)
  const parameters = readQuery(context.req.raw)
  const carried = journeyOf(parameters.get('state') ?? '')
  const back = await completeUpstreamSignIn(as, {
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
  if (screen.expiresAt <= as.now) return expired(context, screen)
  const { user, authTime } = back
  const proved = { user, authTime, amr: ['fed'], provedBuckets: [] }
  return signIn(context, screen, await resumedRequest(context, screen), proved)
}

/** By what name a browser carries the journey of this state. */
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
    : ({ to: 'login', href: `/login?screen=${purpose.screen}` } as const)

const statusOf = {
  denied: 400,
  expired: 400,
  unavailable: 503,
  noAccount: 403,
  notAllowed: 403,
  alreadyLinked: 403,
  emailTaken: 403,
} as const satisfies Record<UpstreamRefusal, number>

async function refusedPage(
  context: FaceContext,
  { reason, label }: Refused,
  purpose: Purpose,
): Promise<Response> {
  const { requestId } = context.env.as
  const shown = { provider: label, reason, requestId, back: backFrom(purpose) }
  return page(context, providerRefusedPage(await frameOf(context), shown), statusOf[reason])
}
