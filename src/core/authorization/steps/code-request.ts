// Another way to sign in: a person asks for a code by mail.
import { askForCode, isMailSignInOn } from '../../people/sign-up/mail-sign-in.ts'
import { login } from './login.ts'
import { leavingToOwner } from '../owned-domain.ts'
import type { SignInStep } from './step.ts'

/** Is never asked for: a person follows the link on the sign-in page. */
export const codeRequest: SignInStep<'code_request'> = {
  name: 'code_request',
  path: '/login/code',
  isPrompt: false,
  needsSession: false,
  isOn: isMailSignInOn,

  isNeeded: () => Promise.resolve(false),
  takenMeanwhile: login.takenMeanwhile,

  async answer(as, { screen }, { form, language, browser }) {
    const owned = await leavingToOwner(as, form.get('email'))
    if (owned !== null) return owned
    const asking = { browserSecret: browser.secret, language, screen: screen.sealed }
    const wanted = await askForCode(as, form, asking)
    if (typeof wanted === 'string') {
      return { outcome: 'asks again', refusal: { reason: 'sign-up', fault: wanted } }
    }
    return { outcome: 'mailed', purpose: 'sign-in', address: wanted.address }
  },
}
