// The consent of a user to what a client asks for. OpenID Connect Core 3.1.2.4.
import { accessDenied } from '../../../protocol/error.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { SessionStanding } from '../../people/storage.ts'
import { auditOf } from '../../server/audit.ts'
import { askedScope, consentGiven, mustConsent } from '../consent.ts'
import type { AuthorizationGoal } from '../goal.ts'
import { answerTo } from '../screen.ts'
import { type SessionStep, doneWith, isDone, isPrompted } from './step.ts'

/** Is asked for where no consent stands that covers the request, or where the client wants it anew. */
export const consent: SessionStep<'consent'> = {
  name: 'consent',
  path: '/consent',
  isPrompt: true,
  needsSession: true,
  whenSilent: { code: 'consent_required', description: 'a consent is needed' },

  isNeeded: (as, progress) =>
    progress.goal.kind === 'authorization' &&
    !isDone(progress, consent) &&
    (isPrompted(progress, consent) || lacksConsent(as, progress.goal, progress.standing)),

  askedScope: (as, { goal, standing }) =>
    goal.kind === 'authorization' ? askedScope(as, goal, standing) : [],

  /**
   * Records the consent with the answer to its screen, in one batch.
   * @throws access_denied for anything but an explicit yes
   */
  async answer(as, scene, { form, isStillAsked }) {
    const { goal, standing, screen } = scene
    if (goal.kind !== 'authorization') return { outcome: 'expired' }
    const answer = await answerTo(as, screen)
    // Anything but an explicit yes is a no, also where another answer came first.
    if (form.get('decision') !== 'allow') {
      await as.store.usedIdentifiers.use(answer)
      throw accessDenied('the user denied the request')
    }
    // Allowed in another tab meanwhile, or more is asked for than was shown: this yes adds nothing.
    if (!(await isStillAsked())) return { outcome: 'goes on', progress: scene }
    const { user } = standing
    const given = consentGiven(as, goal, askedScope(as, goal, standing))
    const audit = auditOf(as, 'consent.given', { userId: user.id, clientId: given.clientId })
    // D1 decides which of two answers to one screen counts.
    if (!(await as.store.consents.grantFor(answer, user.id, given, audit))) {
      return { outcome: 'came second' }
    }
    if (given.described !== null) as.clients.forget(given.clientId)
    const agreed = { ...standing, consents: given.covered }
    const target = { ...goal.target, documentChange: 'none' } as const
    return {
      outcome: 'goes on',
      progress: {
        goal: { ...goal, target },
        standing: agreed,
        done: doneWith(scene, consent),
      },
    }
  },
}

const lacksConsent = (
  as: AuthorizationServer,
  goal: AuthorizationGoal,
  standing: SessionStanding,
): boolean => mustConsent(goal, standing, askedScope(as, goal, standing))
