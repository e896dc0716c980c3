// The offer of a passkey to somebody who has just signed in by password.
import { isFresh } from '../../people/fresh-sign-in.ts'
import { addPasskey, declinePasskey } from '../../people/passkeys/own-passkeys.ts'
import { rpIdOf } from '../../server/rp-id.ts'
import { type SessionStep, doneWith, isDone } from './step.ts'

/** Seconds for which nobody who wanted no passkey is asked again. */
const declinedFor = 30 * 86_400

/**
 * What a sign-in notes among the steps that are done, if the script of its page found that the device
 * can hold a passkey. No client and no browser without script ever meets the offer.
 */
export const ableBrowser = { name: 'able_browser' }

/** Is asked of whoever has never had a passkey, in a browser that can have one, right after a password. */
export const passkeyOffer: SessionStep<'passkey_offer'> = {
  name: 'passkey_offer',
  path: '/passkey-offer',
  isPrompt: false,
  needsSession: true,

  isNeeded(as, progress) {
    const { session, user } = progress.standing
    return (
      isDone(progress, ableBrowser) &&
      !isDone(progress, passkeyOffer) &&
      as.settings.passkeys.isOffered &&
      rpIdOf(as) !== null &&
      session.amr.startsWith('pwd') &&
      isFresh(as, progress.standing) &&
      user.userHandle === null &&
      as.now - (user.passkeyDeclinedAt ?? -Infinity) >= declinedFor
    )
  },

  /** Adds the passkey, or notes that none is wanted. */
  async answer(as, scene, { form, language, isStillAsked }) {
    const { goal, standing, screen } = scene
    const progress = { goal, standing, done: doneWith(scene, passkeyOffer) }
    if (!(await isStillAsked())) return { outcome: 'came second' }
    const made = form.get('passkey')
    if (made === undefined) {
      const isFirst = await declinePasskey(as, standing.user, screen)
      return isFirst ? { outcome: 'goes on', progress } : { outcome: 'came second' }
    }
    // Whoever has just typed their password need not be seen once more: at the first sign-in with the
    // passkey they are.
    const isSilent = form.get('mediation') === 'conditional'
    return (await addPasskey(as, standing.user, screen, made, { language, isSilent }))
      ? { outcome: 'goes on', progress }
      : { outcome: 'asks again', refusal: { reason: 'passkey' } }
  },
}
