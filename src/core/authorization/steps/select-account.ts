// The choice of an account: go on as the user who is signed in, or as somebody else. OpenID Connect
// Core 3.1.2.1, `prompt=select_account`.
import { accessDenied } from '../../../protocol/error.ts'
import { login } from './login.ts'
import { type SessionStep, doneWith, isDone, isPrompted } from './step.ts'

/** Is asked for by the client alone. Whoever has just signed in for the request has chosen. */
export const selectAccount: SessionStep<'select_account'> = {
  name: 'select_account',
  path: '/select-account',
  isPrompt: true,
  needsSession: true,

  isNeeded: (_as, progress) =>
    isPrompted(progress, selectAccount) &&
    !isDone(progress, selectAccount) &&
    !isDone(progress, login),

  /** Goes on as the user who is signed in. @throws access_denied for anything but an explicit yes */
  async answer(_as, scene, { form }) {
    if (form.get('decision') !== 'allow') throw accessDenied('the user denied the request')
    // Nothing is written, so no answer needs to be the first: all of them mean the same.
    return { outcome: 'goes on', progress: { ...scene, done: doneWith(scene, selectAccount) } }
  },
}
