// How an authorization request, or the way to a page of ours, goes on: by the first step that is
// needed, else it is finished. OpenID Connect Core 3.1.2.3 to 3.1.2.6.
import { OAuthError } from '../../protocol/error.ts'
import { isWithin } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { findSession } from '../people/browser-session.ts'
import type { SessionStanding } from '../people/storage.ts'
import { consentQuery } from './consent.ts'
import { goalOf, isAsDescribed, pendingGoal } from './goal.ts'
import { type Pending, type Screen, answerTo } from './screen.ts'
import { selectAccount } from './steps/select-account.ts'
import {
  type Progress,
  type Reply,
  type Scene,
  type Step,
  type StepOutcome,
  doneWith,
  interactionRequired,
} from './steps/step.ts'
import { steps } from './steps/steps.ts'

/** The step to take, with what its screen carries; or null, for a user whose goal is reached. */
type NextStep =
  { step: (typeof steps)[number]; pending: Pending } | { step: null; standing: SessionStanding }

/**
 * Returns the first step that is needed. Nothing is written.
 * @throws login_required, consent_required, interaction_required (`prompt=none`), invalid_scope,
 *   access_denied, invalid_request (a hint that is not ours)
 */
export async function nextStep(as: AuthorizationServer, progress: Progress): Promise<NextStep> {
  const { goal, standing } = progress
  for (const step of steps) {
    if (!(await isNeeded(as, step, progress))) continue
    if (goal.kind === 'authorization' && goal.request.prompt.includes('none')) {
      const { whenSilent = interactionRequired }: Step = step
      throw new OAuthError(whenSilent.code, whenSilent.description)
    }
    const sessionId = standing?.session.id ?? null
    const scope = scopeAsked(as, step, progress)
    const { done, half } = progress
    return { step, pending: pendingGoal(goal, { done, sessionId, scope, half }) }
  }
  if (standing === null) throw new Error('no step asks for a sign-in')
  return { step: null, standing }
}

const isNeeded = (
  as: AuthorizationServer,
  step: Step,
  progress: Progress,
): boolean | Promise<boolean> => {
  if (!step.needsSession) return step.isNeeded(as, progress)
  const { standing } = progress
  return standing !== null && step.isNeeded(as, { ...progress, standing })
}

/**
 * Returns the scope that the page of a step shows; empty where it shows none.
 * @throws invalid_scope
 */
export function scopeAsked(
  as: AuthorizationServer,
  step: Step,
  progress: Progress,
): readonly string[] {
  const { standing } = progress
  if (!step.needsSession || standing === null) return []
  return step.askedScope?.(as, { ...progress, standing }) ?? []
}

/**
 * Returns the scene of a screen whose step is looked at or answered. `sessionSecret` is that of the
 * session, if any. Null = the page was shown to another session, or the screen has no step.
 * @throws errors of `goalOf`
 */
export async function sceneOf(
  as: AuthorizationServer,
  step: Step,
  screen: Screen,
  sessionSecret: string | undefined,
): Promise<Scene | null> {
  const { pending } = screen
  const goal = await goalOf(as, pending)
  if (goal === null || pending.kind === 'logout') return null
  const consentFor = goal.kind === 'authorization' ? consentQuery(goal) : undefined
  const standing = await findSession(as, sessionSecret, consentFor)
  // Signed out, or somebody else by now: what was shown is not theirs to see or to answer.
  if (step.needsSession && standing?.session.id !== pending.sessionId) return null
  const { done, sessionId, half } = pending
  return { goal, standing, done, screen, sessionId, half }
}

/**
 * Returns the progress where the page of a step need not be shown any more: the step was taken in
 * another tab, or the page would ask for more than when its screen was made. Null = show it.
 * @throws errors of `nextStep`
 */
export async function overtaken(
  as: AuthorizationServer,
  step: Step,
  scene: Scene,
): Promise<Progress | null> {
  if (!step.needsSession) return step.takenMeanwhile(as, scene)
  return (await isStillAsked(as, step, scene)) ? null : scene
}

async function isStillAsked(as: AuthorizationServer, step: Step, scene: Scene): Promise<boolean> {
  const next = await nextStep(as, scene)
  const { pending } = scene.screen
  if (next.step?.name !== step.name || pending.kind === 'logout') return false
  if (!isAsDescribed(scene.goal, pending)) return false
  return isWithin(scopeAsked(as, step, scene), pending.scope)
}

/**
 * Acts on the answer to a step; `decision=switch` on any page for somebody who is signed in leads to a
 * sign-in as somebody else.
 * @throws OAuthError for the client, e.g. access_denied
 */
export async function answerStep(
  as: AuthorizationServer,
  step: Step,
  scene: Scene,
  reply: Omit<Reply, 'isStillAsked'>,
): Promise<StepOutcome> {
  const asked = { ...reply, isStillAsked: () => isStillAsked(as, step, scene) }
  if (!step.needsSession) return step.answer(as, scene, asked)
  const { standing } = scene
  if (standing === null) return { outcome: 'expired' }
  if (reply.form.get('decision') === 'switch') return switchAccount(as, scene)
  return step.answer(as, { ...scene, standing }, asked)
}

async function switchAccount(as: AuthorizationServer, scene: Scene): Promise<StepOutcome> {
  // The page that was shown to the account before is over, also if it was so already.
  await as.store.usedIdentifiers.use(await answerTo(as, scene.screen))
  const done = doneWith(scene, selectAccount)
  return { outcome: 'goes on', progress: { goal: scene.goal, standing: null, done } }
}
