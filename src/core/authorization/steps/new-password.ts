// The change of a password that somebody else has chosen, such as the temporary one of an import.
import { changePassword } from '../../people/account.ts'
import { findSession } from '../../people/browser-session.ts'
import { consentQuery } from '../consent.ts'
import { type SessionStep, doneWith } from './step.ts'

/** Is asked of whoever has signed in by a temporary password, before anything else goes on. */
export const newPassword: SessionStep<'new_password'> = {
  name: 'new_password',
  path: '/new-password',
  isPrompt: false,
  needsSession: true,

  // By what is stored, so that leaving the page skips nothing.
  isNeeded: (_as, { standing: { user, session } }) =>
    user.passwordState === 'temporary' && session.amr.split(' ').includes('pwd'),

  /** Changes the password. The current one is verified like any other try. */
  async answer(as, scene, { form, browser }) {
    const { goal, standing } = scene
    const secret = browser.session ?? ''
    const [current, next] = [form.get('current_password') ?? '', form.get('new_password') ?? '']
    const result = await changePassword(as, standing, secret, current, next, [])
    if (result.outcome === 'throttled') {
      return {
        outcome: 'asks again',
        refusal: { reason: 'throttled', retryAfter: result.retryAfter },
      }
    }
    if (result.outcome !== 'changed') {
      return { outcome: 'asks again', refusal: { reason: 'password', fault: result.outcome } }
    }
    const consentFor = goal.kind === 'authorization' ? consentQuery(goal) : undefined
    const renewed = await findSession(as, result.secret, consentFor)
    if (renewed === null) return { outcome: 'expired' }
    return {
      outcome: 'goes on',
      progress: { goal, standing: renewed, done: doneWith(scene, newPassword) },
      session: { secret: result.secret, standing: renewed, endedAnother: true },
    }
  },
}
