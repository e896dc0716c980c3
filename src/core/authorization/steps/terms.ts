// The terms of use: who has not agreed to those of today is asked before going on.
import { accessDenied } from '../../../protocol/error.ts'
import { auditOf } from '../../server/audit.ts'
import { type SessionStep, doneWith } from './step.ts'

/**
 * Is asked of whoever has agreed to other terms, or to none. The account pages are open all the same:
 * whoever does not agree can take their data and leave.
 */
export const terms: SessionStep<'terms'> = {
  name: 'terms',
  path: '/terms',
  isPrompt: false,
  needsSession: true,
  isOn: ({ people }) => people.terms !== null,

  isNeeded: (as, { goal, standing: { user } }) => {
    const wanted = as.settings.people.terms
    const isOpen = goal.kind === 'page' && goal.path.startsWith('/account')
    return wanted !== null && user.termsVersion !== wanted.version && !isOpen
  },

  /** @throws access_denied for anything but an explicit yes */
  async answer(as, scene, { form, isStillAsked }) {
    if (form.get('decision') !== 'allow') throw accessDenied('the user did not agree to the terms')
    const wanted = as.settings.people.terms
    if (wanted === null || !(await isStillAsked())) return { outcome: 'goes on', progress: scene }
    const { user } = scene.standing
    const audit = auditOf(as, 'user.terms-accepted', {
      userId: user.id,
      detail: { version: wanted.version },
    })
    await as.store.terms.accept(user.id, wanted.version, audit)
    const agreed = { ...user, termsVersion: wanted.version, termsAcceptedAt: as.now }
    const standing = { ...scene.standing, user: agreed }
    return { outcome: 'goes on', progress: { ...scene, standing, done: doneWith(scene, terms) } }
  },
}
