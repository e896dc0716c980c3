// Signing in by the code, or the link, of a mail.
import type { Parameters } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { Settings } from '../../server/settings.ts'
import { foldLoginName, longestLoginName } from '../login-name.ts'
import { completeMailAction, findAnsweredAction, newMailAction } from '../mail/action.ts'
import { admitMail, admitOwnMail, newMail, sendMails } from '../mail/outbox.ts'
import { type ProvedUser, provedBy } from '../sign-in.ts'
import { isHuman } from './human.ts'
import { keptFacts } from './new-account.ts'

/** Returns whether people can sign in by a code that they get by mail. */
export const isMailSignInOn = ({ people, mail }: Settings): boolean =>
  mail.transport !== null && people.signInByMail

/**
 * Sends the person with this name or address a code, if there is one. The page is the same for everybody.
 * Returns what was typed.
 * @throws temporarily_unavailable
 */
export async function askForCode(
  as: AuthorizationServer,
  form: Parameters,
  asking: { browserSecret: string; language: string; screen: string },
): Promise<{ address: string } | 'email' | 'robot'> {
  const address = (form.get('email') ?? '').trim()
  if (address === '' || address.length > longestLoginName) return 'email'
  if (!(await isHuman(as, form, 'sign-in'))) return 'robot'
  if (!(await admitMail(as, address))) return { address }
  const owner = await as.store.users.findByName(foldLoginName(address))
  const { browserSecret, language, screen } = asking
  const isAdmitted = await admitOwnMail(as, address, owner?.email ?? address)
  const isThere = isAdmitted && owner !== null && owner.disabledAt === null && owner.email !== null
  const { link, code, action } = await newMailAction(as, 'sign-in', {
    browserSecret,
    address: isThere ? (owner.email ?? address) : address,
    sealed: JSON.stringify({ screen, username: null }),
  })
  const minutes = String((action.expiresAt - as.now) / 60)
  const to = { language: owner?.locale ?? language, until: action.expiresAt }
  const mails = isThere
    ? [
        await newMail(as, {
          kind: 'sign-in',
          to: owner.email ?? address,
          ...to,
          userId: owner.id,
          facts: { link, code, minutes },
        }),
      ]
    : []
  // For nobody, a row is written as well: the answer takes as long.
  await as.store.mailActions.give(isThere ? owner.id : null, action, mails)
  sendMails(as)
  return { address }
}

/** The link of a sign-in as its form was sent; with the code where another browser asked for it. */
type LinkProof = { token: string; browserSecret: string; code: string | undefined }

/**
 * Uses up the link of a sign-in, and returns who has proved that they read its mail, with the screen
 * that waits for it in the browser that it was shown in. The link alone counts only in the browser that asked: whoever makes
 * somebody else press it gets nothing.
 * @throws temporarily_unavailable
 */
export async function signInByMail(
  as: AuthorizationServer,
  { token, browserSecret, code }: LinkProof,
): Promise<{ proved: ProvedUser; screen: string | undefined } | 'wrong' | 'dead'> {
  const isOn = isMailSignInOn(as.settings)
  const found = isOn ? await findAnsweredAction(as, 'sign-in', token, browserSecret) : null
  if (found === null || found.user === null) return 'dead'
  const { isOwnBrowser, user } = found
  const answer = {
    secret: token,
    browserSecret,
    ...(isOwnBrowser ? {} : { code: code ?? '' }),
  }
  const outcome = await completeMailAction(as, 'sign-in', answer, (use) =>
    as.store.signUps.use(use),
  )
  if (outcome === 'wrong' || outcome === 'dead') return outcome
  return { proved: provedBy(user, ['otp']), screen: keptFacts(found).screen }
}
