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
import { callbackPath, completeProviderSignIn } from '../federation/provider-sign-in.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import { readCarried, removeCarried } from '../http/cookies.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { journeyOf, leave, refusedPage } from './departure.ts'
import { freshly, ownForm } from './own-form.ts'
import { frameOf, refuse, renderPageError, seeOther } from './page.ts'
import { answeringClient, goOn } from './progress.ts'
import { answeredScreen, expired, isExpired } from './screen.ts'

export const providerSignInEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: providerPath, handlers: { POST: leaveToSignIn } },
    { path: `${callbackPath}:provider`, handlers: { GET: comeBack, POST: comeBackByForm } },
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
  return leave(context, form.get('provider') ?? '', purpose, {
    ...{ loginHint, maxAge: oldestSignIn(goal) },
  })
}

function leaveToLink(
  context: FaceContext,
  { session, user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const purpose = { kind: 'link', userId: user.id, sessionId: session.id } as const
  return leave(context, form.get('provider') ?? '', purpose, { maxAge: null })
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
    language: (await frameOf(context)).language,
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

/** What an answer in a form may bring; the rest, such as a second ID token, is left behind. */
const answerMembers = ['state', 'code', 'error', 'iss', 'user']

/**
 * Turns an answer that a page of the provider posted into the usual one. A browser sends no SameSite=Lax
 * cookie with a form of another site, but does with the redirect that follows.
 */
async function comeBackByForm(context: FaceContext): Promise<Response> {
  const form = await readForm(context.req.raw)
  const answer = new URLSearchParams()
  for (const name of answerMembers) {
    const value = form.get(name)?.slice(0, longestMember)
    if (value !== undefined) answer.set(name, value)
  }
  return seeOther(context, `${new URL(context.req.url).pathname}?${answer}`)
}

/** Characters of a member of an answer in a form: it has to fit into an address. */
const longestMember = 2_000

async function endOwnLink(
  context: FaceContext,
  { user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { language } = await frameOf(context)
  const outcome = await unlink(as, user, form.get('link') ?? '', language)
  if (outcome === 'unknown') return refuse(context, 'notFound', 404, { startAgainHref: '/account' })
  return seeOther(context, `/account?done=${outcome === 'last' ? 'lastWay' : 'unlinked'}`)
}
