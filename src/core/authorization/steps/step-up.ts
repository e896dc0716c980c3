// The step-up: a second factor in a session that has none, or none that is fresh enough for what is
// asked for. RFC 9470, OpenID Connect Core 3.1.2.1 (`acr_values`) and 5.5.1.1.
import type { AuthorizationServer } from '../../authorization-server.ts'
import { raiseSession } from '../../people/browser-session.ts'
import {
  hasPasskey,
  hasSecondFactor,
  proveSecondFactor,
} from '../../people/factors/second-factor.ts'
import type { SessionStanding, User } from '../../people/storage.ts'
import { type AcrDemand, levelOf, unmetRequirements } from '../../tokens/acr.ts'
import { consentQuery } from '../consent.ts'
import type { Goal } from '../goal.ts'
import { answerByPasskey } from './login.ts'
import { type Progress, type SessionStep, doneWith } from './step.ts'

/**
 * Is asked for where the session has reached less than what is asked for, and the user can reach it.
 * It rests on the session alone: a proof that has grown old on the page of a later step is asked for
 * again.
 */
export const stepUp: SessionStep<'step_up'> = {
  name: 'step_up',
  path: '/step-up',
  isPrompt: false,
  needsSession: true,
  whenSilent: { code: 'login_required', description: 'a second factor is needed' },

  /** @throws unmet_authentication_requirements where the client needs what the user cannot reach */
  async isNeeded(as, { goal, standing }) {
    const { required, wanted } = demandOf(goal)
    const reached = levelOf(standing.session, as.now)
    if (reached >= wanted) return false
    // What is only preferred is no reason for an error where nobody may be asked.
    if (await canStepUp(as, standing.user)) return reached < required || !isSilent(goal)
    if (reached < required && goal.kind === 'authorization') throw unmetRequirements()
    return false
  },

  /**
   * Proves the second factor and raises the session, which gets a new secret. A passkey of the user is a
   * whole sign-in, by which the session goes on.
   */
  async answer(as, scene, { form, browser }) {
    const { goal, standing } = scene
    if (form.get('passkey')) return answerByPasskey(as, scene, { form, browser }, standing.user)
    const factor = await proveSecondFactor(as, standing.user, form.get('code') ?? '')
    if (factor.outcome === 'throttled') {
      const { retryAfter } = factor
      return { outcome: 'asks again', refusal: { reason: 'throttled', retryAfter } }
    }
    if (factor.outcome === 'wrong') return { outcome: 'asks again', refusal: { reason: 'code' } }
    const consentFor = goal.kind === 'authorization' ? consentQuery(goal) : undefined
    const session = await raiseSession(as, standing, browser.session, factor.amr, consentFor)
    if (session === null) return { outcome: 'expired' }
    const progress = { goal, standing: session.standing, done: doneWith(scene, stepUp) }
    return { outcome: 'goes on', progress, session }
  },
}

const isSilent = (goal: Goal): boolean =>
  goal.kind === 'authorization' && goal.request.prompt.includes('none')

const demandOf = (goal: Goal): Pick<AcrDemand, 'required' | 'wanted'> => {
  if (goal.kind === 'authorization') return goal.request.acr
  const { level = 1 } = goal
  return { required: level, wanted: level }
}

const canStepUp = async (as: AuthorizationServer, user: User): Promise<boolean> =>
  as.settings.factors.mfa !== 'off' && (hasSecondFactor(user) || (await hasPasskey(as, user)))

/**
 * Returns whether what is asked for needs a second factor that the session lacks, and somebody without
 * one may be led to add it.
 */
export const lacksFactor = (
  as: AuthorizationServer,
  { goal, standing }: Progress<SessionStanding>,
): boolean => !isSilent(goal) && levelOf(standing.session, as.now) < demandOf(goal).required
