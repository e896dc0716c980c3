// The second factor of a sign-in, between the first one and the session: until the factor is right there
// is no session, no code and no token.
import { proveSecondFactor } from '../../people/factors/second-factor.ts'
import { rememberedMark } from '../../people/factors/remembered-browser.ts'
import { standingHalf, wholeOf } from '../../people/half-proof.ts'
import { answerTo } from '../screen.ts'
import { completeLogin, login } from './login.ts'
import type { SignInStep } from './step.ts'

/** Is asked of whoever has proved one factor and has a second one. */
export const secondFactor: SignInStep<'second_factor'> = {
  name: 'second_factor',
  path: '/second-factor',
  isPrompt: false,
  needsSession: false,
  whenSilent: { code: 'login_required', description: 'a sign-in is needed' },

  isNeeded: (_as, { half }) => Promise.resolve(half !== undefined),

  // A screen on which nobody has proved anything leads to the sign-in.
  takenMeanwhile: (as, scene) =>
    scene.half === undefined ? scene : login.takenMeanwhile(as, scene),

  /**
   * Proves the second factor and begins the session. The first factor is judged again: storage begins
   * no session for a user who is disabled or has another password by now.
   */
  async answer(as, scene, { form, browser }) {
    const { half, screen } = scene
    const user = half === undefined ? null : await standingHalf(as, half)
    if (half === undefined || user === null) return { outcome: 'expired' }
    const factor = await proveSecondFactor(as, user, form.get('code') ?? '')
    if (factor.outcome === 'throttled') {
      const { retryAfter } = factor
      return { outcome: 'asks again', refusal: { reason: 'throttled', retryAfter } }
    }
    if (factor.outcome === 'wrong') {
      // The second half of a double click: its code was used up by the first half.
      const { digest } = await answerTo(as, screen)
      const isAnswered = (await as.store.usedIdentifiers.findUse(digest)) !== null
      return isAnswered
        ? { outcome: 'expired' }
        : { outcome: 'asks again', refusal: { reason: 'code' } }
    }
    const proved = wholeOf(half, user, factor.amr)
    const outcome = await completeLogin(as, scene, proved, browser.session, half.knownMark)
    if (outcome.outcome === 'expired' || form.get('remember') === undefined) return outcome
    const remembered = await rememberedMark(as, user, browser.secret)
    return remembered === null ? outcome : { ...outcome, remembered }
  },
}
