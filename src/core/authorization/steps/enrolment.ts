// Setting up an authenticator app where the operator, or a client, needs a second factor and the user
// has none.
import { findSession } from '../../people/browser-session.ts'
import { isSecondFactorRequired } from '../../people/factor-policy.ts'
import { hasPasskey, hasSecondFactor } from '../../people/factors/second-factor.ts'
import { completeTotp } from '../../people/factors/totp-enrolment.ts'
import { consentQuery } from '../consent.ts'
import { lacksFactor } from './step-up.ts'
import { type SessionStep, doneWith } from './step.ts'

/** Is asked of whoever must have a second factor and has neither an app nor a passkey. */
export const enrolment: SessionStep<'enrolment'> = {
  name: 'enrolment',
  path: '/second-factor/set-up',
  isPrompt: false,
  needsSession: true,

  async isNeeded(as, progress) {
    const { user } = progress.standing
    if (as.settings.factors.mfa === 'off' || hasSecondFactor(user)) return false
    if (!isSecondFactorRequired(as, user) && !lacksFactor(as, progress)) return false
    return !(await hasPasskey(as, user))
  },

  /** Stores the secret once its app has shown a code. A sign-in that is not fresh is asked for anew. */
  async answer(as, scene, { form, language, browser }) {
    const { goal, standing } = scene
    const [carried, code] = [form.get('enrolment'), form.get('code')]
    if (carried === undefined || code === undefined) {
      return { outcome: 'goes on', progress: { goal, standing: null, done: [] } }
    }
    const added = await completeTotp(as, standing, browser.session ?? '', {
      ...{ carried, code, language },
    })
    if (added.outcome === 'second') return { outcome: 'came second' }
    if (added.outcome !== 'added') {
      const reason = added.outcome === 'wrong' ? 'code' : 'old'
      return { outcome: 'asks again', refusal: { reason } }
    }
    const consentFor = goal.kind === 'authorization' ? consentQuery(goal) : undefined
    const renewed = await findSession(as, added.secret, consentFor)
    if (renewed === null) return { outcome: 'expired' }
    return {
      outcome: 'goes on',
      progress: { goal, standing: renewed, done: doneWith(scene, enrolment) },
      session: { secret: added.secret, standing: renewed, endedAnother: false },
    }
  },
}
