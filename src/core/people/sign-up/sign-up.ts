// Asking for an account. A mail with a code goes to the address, and until the code is right nothing is
// in `users`. An address that has an account gets another mail, and the page is the same.
import { mailableAddress } from '../../../protocol/mail-address.ts'
import type { Parameters } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { Settings } from '../../server/settings.ts'
import { emailFault, foldLoginName, loginNameFault } from '../login-name.ts'
import { newMailAction } from '../mail/action.ts'
import { admitMail, newMail, sendMails } from '../mail/outbox.ts'
import { isHuman } from './human.ts'

/** Why an account cannot be asked for. */
export type SignUpFault = 'email' | 'domain' | 'username' | 'robot'

/** The account that somebody asks for; `username` null = it is the address. */
export type WantedAccount = { address: string; username: string | null }

/** Returns whether people can create accounts by themselves. */
export const isSignUpOpen = ({ people, mail }: Settings): boolean =>
  mail.transport !== null && (people.signUp.mode === 'open' || people.signUp.mode === 'domains')

/** Returns whether people can create accounts once an operator has invited them. */
export const areInvited = ({ people }: Settings): boolean => people.signUp.mode !== 'off'

/** Returns why a text cannot be the username of somebody who signs up, or null if it can. */
export const chosenNameFault = (username: string): 'username' | null =>
  // An address would be the name of its owner, who could not sign up any more.
  loginNameFault(username) !== null || username.includes('@') ? 'username' : null

/** The input that no person sees: what is typed there was typed by a program. */
export const emptyInput = 'website'

/**
 * Reads what somebody who signs up has typed, and sends them a mail. Nothing tells whether the address
 * has an account. A program that fills in every input is told the same, and no mail is sent.
 * @throws temporarily_unavailable
 */
export async function askForAccount(
  as: AuthorizationServer,
  form: Parameters,
  asking: { browserSecret: string; language: string; screen: string },
): Promise<WantedAccount | SignUpFault> {
  const wanted = readWanted(as, form)
  if (typeof wanted === 'string') return wanted
  if (!(await isHuman(as, form, 'sign-up'))) return 'robot'
  const { address, username } = wanted
  if (form.has(emptyInput) || !(await admitMail(as, address))) return wanted
  const { browserSecret, language, screen } = asking
  const sealed = JSON.stringify({ screen, username })
  const { link, code, action } = await newMailAction(as, 'sign-up', {
    browserSecret,
    address,
    sealed,
  })
  // The action of somebody who has an account is stored, too, so that both take the same time: nobody
  // gets its code.
  const owner = await as.store.users.findByName(foldLoginName(address))
  const to = { to: address, language: owner?.locale ?? language, until: action.expiresAt }
  const minutes = String((action.expiresAt - as.now) / 60)
  const mail =
    owner === null
      ? await newMail(as, { kind: 'sign-up', ...to, facts: { link, code, minutes } })
      : await newMail(as, { kind: 'account-exists', ...to, facts: { link: `${as.issuer}/` } })
  await as.store.mailActions.give(null, action, [mail])
  sendMails(as)
  return wanted
}

function readWanted(as: AuthorizationServer, form: Parameters): WantedAccount | SignUpFault {
  const { signUp, signUpUsername } = as.settings.people
  // One spelling of an address that was typed in full-width letters.
  const address = (form.get('email') ?? '').normalize('NFKC').trim()
  const isPossible = emailFault(address) === null && loginNameFault(address) === null
  if (!isPossible || mailableAddress(address) === null) return 'email'
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  if (signUp.mode === 'domains' && !signUp.domains.includes(domain)) return 'domain'
  if (!signUpUsername) return { address, username: null }
  const username = (form.get('username') ?? '').trim()
  return chosenNameFault(username) ?? { address, username }
}
