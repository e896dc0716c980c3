// The consent page, and the choice of an account: both answer for the session that they were shown
// to, and for no other.
import { type NextStep, nextStep } from '../core/authorization/authorization.ts'
import { consentGiven, consentQuery } from '../core/authorization/consent.ts'
import {
  type Screen,
  answerTo,
  newScreen,
  pendingAuthorization,
} from '../core/authorization/screen.ts'
import type { Client } from '../core/clients/storage.ts'
import { findSession } from '../core/people/browser-session.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { auditOf } from '../core/server/audit.ts'
import { type Target, scopeTexts } from '../core/tokens/target.ts'
import type { FaceContext } from '../http/app.ts'
import { browserSecret, readCookie } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { type ShownResource, consentPage } from '../pages/consent.tsx'
import { selectAccountPage } from '../pages/select-account.tsx'
import { accessDenied } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { isWithin } from '../protocol/scope.ts'
import {
  frameOf,
  page,
  renderPageError,
  seeOther,
  shownClient,
  shownRecipient,
  shownUser,
} from './page.ts'
import { answeringClient, proceed, takeStep } from './progress.ts'
import {
  type ResumedRequest,
  answeredScreen,
  expired,
  formOf,
  resumedRequest,
  screenPath,
  waitingScreen,
} from './screen.ts'

export const consentEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: '/consent', handlers: { GET: showConsent, POST: decide(answerConsent) } },
    { path: '/select-account', handlers: { GET: showSelection, POST: decide(answerSelection) } },
  ],
}

/** A screen with the request that it goes on with and the session that it was shown for. */
type Scene = { screen: Screen; resumed: ResumedRequest; standing: SessionStanding }

async function sceneOf(context: FaceContext, screen: Screen): Promise<Scene | Response> {
  const resumed = await resumedRequest(context, screen)
  if (resumed === null) return expired(context, screen)
  const consentFor = consentQuery(resumed.target, resumed.request)
  const standing = await findSession(context.env.as, readCookie(context, 'session'), consentFor)
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
    // Allowed here or in another tab meanwhile, or more is asked for: on with what is true now.
    if (!isAsShown(next, resumed)) {
      return takeStep(context, { ...resumed, standing }, next)
    }
    const frame = await frameOf(context, request.uiLocales)
    const html = consentPage(frame, {
      form: await formOf(context, '/consent', scene.screen),
      client: shownRecipient(target),
      user: shownUser(standing.user),
      scopes: next.scope,
      resources: request.targets.map((one) => shownResource(target.client, one)),
      scopeTexts: scopeTexts(request.targets, frame.language),
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
    form: await formOf(context, '/select-account', scene.screen),
    client: shownClient(resumed.target.client),
    user: shownUser(standing.user),
  })
  return page(context, html)
}

/** A resource that the operator registered stands for itself, any other for no more than its host. */
const shownResource = (client: Client, { uri, metadata }: Target): ShownResource => ({
  uri,
  isRegistered: metadata !== null || client.metadata.resources?.includes(uri) === true,
  name: metadata?.name,
})

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
  scene: Scene,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { screen, resumed, standing } = scene
  const { target, request, done } = resumed
  const answer = await answerTo(as, screen)
  // Anything but an explicit yes is a no, also where another answer came first.
  if (form.get('decision') !== 'allow') {
    await as.store.usedIdentifiers.use(answer)
    throw accessDenied('the user denied the request')
  }
  const next = await nextStep(as, target, request, standing, done)
  if (!isAsShown(next, resumed)) {
    return takeStep(context, { ...resumed, standing }, next)
  }
  const given = consentGiven(as, target, request, standing, next.scope)
  const audit = auditOf(as, 'consent given', {
    userId: standing.user.id,
    clientId: given.clientId,
  })
  if (!(await as.store.consents.grantFor(answer, standing.user.id, given, audit))) {
    // Another answer came first, and D1 took that one: on with what it made true.
    const now = await sceneOf(context, screen)
    return now instanceof Response ? now : proceed(context, { ...resumed, standing: now.standing })
  }
  const agreed = { ...standing, consents: given.covered }
  return proceed(context, { ...resumed, standing: agreed, done: { ...done, consent: true } })
}

/** Going on as who is signed in writes nothing, so it needs no first answer: each is the same. */
async function answerSelection(
  context: FaceContext,
  { resumed, standing }: Scene,
  form: Parameters,
): Promise<Response> {
  if (form.get('decision') !== 'allow') throw accessDenied('the user denied the request')
  return proceed(context, { ...resumed, standing, done: { ...resumed.done, selection: true } })
}

/** Another account: a sign-in that waits for the same request. */
async function switchAccount(context: FaceContext, { screen, resumed }: Scene): Promise<Response> {
  const { as } = context.env
  // What was shown to the account before is over, also if it was so already.
  await as.store.usedIdentifiers.use(await answerTo(as, screen))
  const done = { ...resumed.done, selection: true }
  const pending = pendingAuthorization(resumed.parameters, done, null)
  return seeOther(
    context,
    screenPath('/login', await newScreen(as, browserSecret(context), pending)),
  )
}
