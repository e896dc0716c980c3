// The consent page, and the choice of an account: both answer for the session that they were shown
// to, and for no other.
import type { Hono } from 'hono'
import { consentPlace, isAssured, nextStep, type NextStep } from '../core/authorization.ts'
import { auditOf } from '../core/authorization-server.ts'
import { findSession } from '../core/browser-session.ts'
import {
  answerTo,
  beginInteraction,
  pendingAuthorization,
  type Waiting,
} from '../core/interaction.ts'
import type { Consent, SessionStanding } from '../core/records.ts'
import { newApp, route, type App, type FaceContext } from '../http/app.ts'
import { browserSecret, readCookie } from '../http/browser.ts'
import { consentPage } from '../pages/consent.tsx'
import { selectAccountPage } from '../pages/select-account.tsx'
import { accessDenied } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { isWithin, storedScope } from '../protocol/scope.ts'
import { answeringClient, proceed } from './authorize.ts'
import { frameOf, page, renderPageError, seeOther, shownClient, shownUser } from './page.ts'
import {
  answeredScreen,
  expired,
  formOf,
  resumedRequest,
  waitingScreen,
  type ResumedRequest,
} from './screen.ts'

export function consentEndpoints(): Hono<App> {
  const app = newApp(renderPageError)
  route(app, '/consent', { GET: showConsent, POST: decide(answerConsent) })
  route(app, '/select-account', { GET: showSelection, POST: decide(answerSelection) })
  return app
}

/** A screen with the request that it goes on with and the session that it was shown for. */
type Scene = { screen: Waiting; resumed: ResumedRequest; standing: SessionStanding }

async function sceneOf(context: FaceContext, screen: Waiting): Promise<Scene | Response> {
  const resumed = await resumedRequest(context, screen)
  if (resumed === null) return expired(context, screen)
  const secret = readCookie(context, 'session')
  const standing = await findSession(context.env.as, secret, consentPlace(resumed.target))
  // Signed out, or somebody else by now: what was shown is not theirs to answer.
  if (standing === null || standing.session.id !== resumed.sessionId) {
    return expired(context, screen)
  }
  return { screen, resumed, standing }
}

async function showConsent(context: FaceContext): Promise<Response> {
  const screen = await waitingScreen(context)
  const scene = screen instanceof Response ? screen : await sceneOf(context, screen)
  if (scene instanceof Response) return scene
  const { resumed, standing } = scene
  const { target, request, done } = resumed
  return answeringClient(context, target, async () => {
    const next = await nextStep(context.env.as, target, request, standing, done)
    if (!isAsShown(next, resumed)) return expired(context, scene.screen)
    const frame = await frameOf(context, request.uiLocales)
    const html = consentPage(frame, {
      form: await formOf(context, '/consent', scene.screen.id),
      client: shownClient(target.client),
      user: shownUser(standing.user),
      scopes: next.scope,
      redirectUri: target.redirectUri,
      canSwitch: true,
    })
    return page(context, html)
  })
}

async function showSelection(context: FaceContext): Promise<Response> {
  const screen = await waitingScreen(context)
  const scene = screen instanceof Response ? screen : await sceneOf(context, screen)
  if (scene instanceof Response) return scene
  const { resumed, standing } = scene
  const frame = await frameOf(context, resumed.request.uiLocales)
  const html = selectAccountPage(frame, {
    form: await formOf(context, '/select-account', scene.screen.id),
    client: shownClient(resumed.target.client),
    user: shownUser(standing.user),
  })
  return page(context, html)
}

/** Whether a consent is still what is asked for, and for no more than when the screen was made. */
const isAsShown = (
  next: NextStep,
  { scope }: ResumedRequest,
): next is NextStep & { step: 'consent' } => next.step === 'consent' && isWithin(next.scope, scope)

type Decision = (context: FaceContext, scene: Scene, form: Parameters) => Promise<Response>

/** Reads a posted decision and lets `answer` act on it; refusals go to the client. */
function decide(answer: Decision): (context: FaceContext) => Promise<Response> {
  return async (context) => {
    const answered = await answeredScreen(context)
    if (answered instanceof Response) return answered
    const scene = await sceneOf(context, answered.screen)
    if (scene instanceof Response) return scene
    if (answered.form.get('decision') === 'switch') return switchAccount(context, scene)
    return answeringClient(context, scene.resumed.target, () =>
      answer(context, scene, answered.form),
    )
  }
}

async function answerConsent(
  context: FaceContext,
  { screen, resumed, standing }: Scene,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { target, request, done } = resumed
  const answer = answerTo(as, screen)
  // Anything but an explicit yes is a no.
  if (form.get('decision') !== 'allow') {
    if (!(await as.store.interactions.consume(answer))) return expired(context, screen)
    throw accessDenied('the user denied the request')
  }
  const next = await nextStep(as, target, request, standing, done)
  if (!isAsShown(next, resumed)) return expired(context, screen)
  const before = standing.consent === null ? [] : storedScope(standing.consent.scope)
  const consent: Consent = {
    ...consentPlace(target),
    scope: [...new Set([...before, ...next.scope])].join(' '),
    remembered: isAssured(target),
    grantedAt: as.now,
  }
  const audit = auditOf(as, 'consent given', {
    userId: standing.user.id,
    clientId: consent.clientId,
  })
  if (!(await as.store.consents.grantFor(answer, standing.user.id, consent, audit))) {
    return expired(context, screen)
  }
  const agreed = { ...standing, consent }
  return proceed(context, { ...resumed, standing: agreed, done: { ...done, consent: true } })
}

async function answerSelection(
  context: FaceContext,
  { screen, resumed, standing }: Scene,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  if (!(await as.store.interactions.consume(answerTo(as, screen)))) return expired(context, screen)
  if (form.get('decision') !== 'allow') throw accessDenied('the user denied the request')
  return proceed(context, { ...resumed, standing, done: { ...resumed.done, selection: true } })
}

/** Another account: a sign-in that waits for the same request. */
async function switchAccount(context: FaceContext, { screen, resumed }: Scene): Promise<Response> {
  const { as } = context.env
  if (!(await as.store.interactions.consume(answerTo(as, screen)))) return expired(context, screen)
  const done = { ...resumed.done, selection: true }
  const pending = pendingAuthorization(resumed.parameters, done, null)
  const id = await beginInteraction(as, browserSecret(context), pending)
  return seeOther(context, `/login?interaction=${id}`)
}
