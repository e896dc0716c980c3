// The sign-up: a person asks for an account (Initiating User Registration via OpenID Connect 1.0).
import { askForAccount, isSignUpOpen } from '../../people/sign-up/sign-up.ts'
import { login } from './login.ts'
import { leavingToOwner } from '../owned-domain.ts'
import { type SignInStep, isDone, isPrompted } from './step.ts'

/** Is asked for by the client, or by a person who follows the link on the sign-in page. */
export const signUp: SignInStep<'create'> = {
  name: 'create',
  path: '/sign-up',
  isPrompt: true,
  needsSession: false,
  isOn: isSignUpOpen,

  async isNeeded(_as, progress) {
    // Whoever has an account may sign in instead.
    const signsIn = isDone(progress, login) || progress.half !== undefined
    return isPrompted(progress, signUp) && !signsIn
  },

  takenMeanwhile: login.takenMeanwhile,

  async answer(as, { screen }, { form, language, browser }) {
    const owned = await leavingToOwner(as, form.get('email'))
    if (owned !== null) return owned
    const asking = { browserSecret: browser.secret, language, screen: screen.sealed }
    const wanted = await askForAccount(as, form, asking)
    if (typeof wanted === 'string') {
      return { outcome: 'asks again', refusal: { reason: 'sign-up', fault: wanted } }
    }
    return { outcome: 'mailed', purpose: 'sign-up', address: wanted.address }
  },
}
