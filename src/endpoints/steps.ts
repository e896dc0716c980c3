// The pages of all steps: GET shows a step, POST answers it. What a step asks and what its answer does
// are the core's; how its page looks is in step-pages.ts.
import { targetOf } from '../core/authorization/goal.ts'
import { answerStep, overtaken, sceneOf, scopeAsked } from '../core/authorization/next-step.ts'
import { isOn } from '../core/authorization/prompt.ts'
import type { Scene, StepRefusal } from '../core/authorization/steps/step.ts'
import { oldestSignIn } from '../core/authorization/steps/login.ts'
import { steps } from '../core/authorization/steps/steps.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { logoUrlOf } from './client-facts.ts'
import { leave } from './departure.ts'
import { mailSent } from './mail-sent.ts'
import { frameOf, page, picksLanguage, refuse, renderPageError, seeOther } from './page.ts'
import { answeringClient, askToSignUp, goOn, proceed } from './progress.ts'
import { answeredScreen, expired, formOf, screenPath, waitingScreen } from './screen.ts'
import { stepPages } from './step-pages.ts'

type ListedStep = (typeof steps)[number]

export const stepEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: steps.map((step) => ({
    path: step.path,
    handlers: {
      GET: (context) => whereOn(context, step, show),
      POST: (context) => whereOn(context, step, answer),
    },
  })),
}

/** Answers for a step that these settings have; there is nothing at the address of another. */
const whereOn = (
  context: FaceContext,
  step: ListedStep,
  respond: (context: FaceContext, step: ListedStep) => Promise<Response>,
): Promise<Response> =>
  isOn(context.env.as.settings, step)
    ? respond(context, step)
    : refuse(context, 'notFound', 404, { startAgainHref: '/' })

async function show(context: FaceContext, step: ListedStep): Promise<Response> {
  // Without a screen that waits, signing in leads home.
  if (!step.needsSession && context.req.query('screen') === undefined) {
    return step.name === 'create' ? askToSignUp(context) : seeOther(context, '/')
  }
  const screen = await waitingScreen(context)
  if (screen instanceof Response) return screen
  const { as } = context.env
  const scene = await sceneOf(as, step, screen, browserOf(context).session)
  if (scene === null) return expired(context, screen)
  return answeringClient(context, targetOf(scene.goal), async () => {
    const now = await overtaken(as, step, scene)
    return now === null ? showPage(context, step, scene) : proceed(context, now)
  })
}

async function answer(context: FaceContext, step: ListedStep): Promise<Response> {
  const answered = await answeredScreen(context)
  if (answered instanceof Response) return answered
  const { as } = context.env
  const { form, screen, secret } = answered
  const { session, knownMark, rememberedMark } = browserOf(context)
  // A sign-in begins a session, so the one that the browser has is not read for it.
  const scene = await sceneOf(as, step, screen, step.needsSession ? session : undefined)
  if (scene === null) return expired(context, screen)
  const work = async (): Promise<Response> => {
    const browser = { secret, session, knownMark, rememberedMark }
    const { language } = await frameFor(context, step, scene)
    const outcome = picksLanguage(context, form)
      ? anotherLanguage
      : await answerStep(as, step, scene, { form, language, browser })
    if (outcome.outcome === 'mailed') {
      return mailSent(context, outcome.purpose, outcome.address, { sent: form })
    }
    if (outcome.outcome === 'goes on' || outcome.outcome === 'expired') {
      return goOn(context, screen, outcome)
    }
    if (outcome.outcome === 'leaves') {
      const { providerId, loginHint } = outcome
      const purpose = { kind: 'sign-in', screen: screen.sealed } as const
      return leave(context, providerId, purpose, { loginHint, maxAge: oldestSignIn(scene.goal) })
    }
    // Read anew: a sign-in was judged without the session, and another answer may have changed it.
    const shownTo = scene.sessionId === null ? undefined : session
    const now = await sceneOf(as, step, screen, shownTo)
    if (now === null) return expired(context, screen)
    return outcome.outcome === 'asks again'
      ? showPage(context, step, now, { sent: form, ...outcome })
      : proceed(context, now, screen.id)
  }
  return answeringClient(context, targetOf(scene.goal), work, screen.id)
}

const frameFor = (context: FaceContext, step: ListedStep, scene: Scene) => {
  const { goal, screen, standing, half } = scene
  const uiLocales = goal.kind === 'authorization' ? goal.request.uiLocales : undefined
  const locale = standing?.user.locale ?? half?.locale
  return frameOf(context, uiLocales, screenPath(step.path, screen), locale)
}

const anotherLanguage = { outcome: 'asks again', refusal: undefined } as const

/** Shows the page of a step: anew with what was typed, and the reason where that was refused. */
async function showPage(
  context: FaceContext,
  step: ListedStep,
  scene: Scene,
  answered: { sent?: Parameters; refusal?: StepRefusal | undefined } = {},
): Promise<Response> {
  const { as } = context.env
  const { goal, screen } = scene
  const formTo = (action: string, of = screen) => formOf(context, action, of)
  const html = await stepPages[step.name]({
    ...scene,
    as,
    scope: scopeAsked(as, step, scene),
    variant: context.req.query('with'),
    frame: await frameFor(context, step, scene),
    form: await formTo(step.path),
    formTo,
    ...answered,
  })
  if (html === null) return expired(context, screen)
  const { refusal } = answered
  const logoUrl = logoUrlOf({ as, goal })
  if (refusal === undefined) return page(context, html, 200, logoUrl)
  if (refusal.reason !== 'throttled') return page(context, html, 400, logoUrl)
  context.header('Retry-After', String(refusal.retryAfter))
  return page(context, html, 429, logoUrl)
}
