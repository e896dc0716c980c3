// The way back for somebody who asked to delete their account and signs in before that happens.
import { endSession, findSession } from '../../people/browser-session.ts'
import { restore as restoreAccount } from '../../people/self/leaving.ts'
import { consentQuery } from '../consent.ts'
import { type SessionStep, doneWith } from './step.ts'

/** Is asked of whoever is about to be deleted: nothing else goes on until they keep their account. */
export const restore: SessionStep<'restore'> = {
  name: 'restore',
  path: '/restore',
  isPrompt: false,
  needsSession: true,

  isNeeded: (_as, { standing: { user } }) => user.deleteAt !== null,

  /** Takes the deletion back, or signs out. */
  async answer(as, scene, { form, browser }) {
    const { goal, standing } = scene
    const { user, session } = standing
    if (form.get('decision') !== 'allow') {
      await endSession(as, session.id, user.id)
      return { outcome: 'goes on', progress: { goal, standing: null, done: [] } }
    }
    // False: another answer took it back, or it has come true. What is stored tells.
    await restoreAccount(as, user)
    const consentFor = goal.kind === 'authorization' ? consentQuery(goal) : undefined
    const found = await findSession(as, browser.session, consentFor)
    if (found === null) return { outcome: 'expired' }
    return {
      outcome: 'goes on',
      progress: { goal, standing: found, done: doneWith(scene, restore) },
    }
  },
}
