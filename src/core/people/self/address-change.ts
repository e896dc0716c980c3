// The change of an e-mail address. The next one must first be proved by a code that is sent to it. The
// old one is told, with a link that takes the change back: whoever changed it may be an intruder.
import { parseJson } from '../../../protocol/strict-json.ts'
import { once } from '../../../protocol/once.ts'
import * as v from '../../../protocol/schema.ts'
import { mailableAddress } from '../../../protocol/mail-address.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { tellKv } from '../../server/revocation-outbox.ts'
import { emailFault, foldLoginName } from '../login-name.ts'
import {
  type MailActionAnswer,
  type MailActionOutcome,
  completeMailAction,
  mailLifetimes,
  newMailAction,
} from '../mail/action.ts'
import { noticeOf } from '../mail/notice.ts'
import { admitMail, newMail, sendMails } from '../mail/outbox.ts'
import type { User } from '../storage.ts'

const day = 86_400

/** Whether a typed address can be a user's; `own` = it is theirs already. */
export type AddressVerdict = 'usable' | 'unusable' | 'own'

/** Judges an address that somebody typed, already trimmed. */
export function judgeAddress({ email }: User, address: string): AddressVerdict {
  if (emailFault(address) !== null || mailableAddress(address) === null) return 'unusable'
  return address === email ? 'own' : 'usable'
}

/**
 * Sends a code to the address that a user wants to have. To an address of somebody else goes a mail that
 * says so, and nobody learns here that there is such a user. Does nothing if a limit of mails is reached.
 * @throws temporarily_unavailable
 */
export async function startAddressChange(
  as: AuthorizationServer,
  { id: userId }: User,
  address: string,
  { browserSecret, language }: { browserSecret: string; language: string },
): Promise<void> {
  if (!(await admitMail(as, address))) return
  const owner = await as.store.users.findByName(foldLoginName(address))
  const { link, code, action } = await newMailAction(as, 'change-address', {
    browserSecret,
    address,
  })
  const minutes = String(mailLifetimes['change-address'] / 60)
  const isFree = owner === null || owner.id === userId
  const mail = isFree
    ? await newMail(as, {
        ...{ kind: 'change-address', to: address, language, userId },
        facts: { link, code, minutes },
        until: action.expiresAt,
      })
    : await newMail(as, {
        ...{ kind: 'account-exists', to: address, language: owner.locale ?? language },
        facts: { link: `${as.issuer}/` },
      })
  // Ends the code before it in both cases, so that what can be typed next tells nothing.
  await as.store.mailActions.give(userId, isFree ? action : { ...action, codeDigest: null }, [mail])
  sendMails(as)
}

/**
 * Gives a user the address that the answered mail was sent to. Their folded names decide: of two users
 * who want one address the first gets it.
 * @throws temporarily_unavailable; the same answer may be sent again
 */
export const completeAddressChange = (
  as: AuthorizationServer,
  answer: MailActionAnswer,
  language: string,
): Promise<MailActionOutcome> =>
  completeMailAction(as, 'change-address', answer, async (use, { user, address }) => {
    if (user === null || address === null) return false
    const audit = auditOf(as, 'user.email-changed', { userId: user.id })
    const told = await tellOldAddress(as, user, address, language)
    const change = { userId: user.id, email: address, isVerified: true, ...told }
    const isChanged = await as.store.self.changeAddress(use, change, false, audit)
    if (isChanged) sendMails(as)
    return isChanged
  })

/**
 * Returns the mail to the old address. An earlier link that takes a change back goes on to count, and no
 * other is given out: else an intruder would change the address twice and be the only one to have it. The
 * address between is told of the change, but not which address is next: it may be an intruder's.
 */
async function tellOldAddress(
  as: AuthorizationServer,
  user: User,
  address: string,
  language: string,
) {
  const { id: userId, email, emailVerified, locale } = user
  if (email === null) return { undo: null, mails: [] }
  if (await as.store.self.canUndoAddress(userId, as.now)) {
    return { undo: null, mails: await noticeOf(as, user, { change: 'addressChanged', language }) }
  }
  const sealed = JSON.stringify({ email, isVerified: emailVerified })
  const { link, action } = await newMailAction(as, 'undo-address', { address: email, sealed })
  const days = String(mailLifetimes['undo-address'] / day)
  const mail = await newMail(as, {
    ...{ kind: 'address-changed', to: email, language: locale ?? language, userId },
    facts: { link, address, days },
    until: action.expiresAt,
  })
  return { undo: action, mails: [mail] }
}

const before = once(() => v.object({ email: v.string(), isVerified: v.boolean() }))

/**
 * Takes a change of an address back, and ends all sessions and grants: an intruder may have them. A
 * deletion that waits is taken back, too: whoever waits to leave cannot change their address, so that it
 * was asked for after the change.
 * @throws temporarily_unavailable; the same answer may be sent again
 */
export async function undoAddressChange(
  as: AuthorizationServer,
  answer: MailActionAnswer,
): Promise<MailActionOutcome> {
  const outcome = await completeMailAction(as, 'undo-address', answer, (use, found) => {
    const { user, sealed } = found
    if (user === null || sealed === null) return Promise.resolve(false)
    const { email, isVerified } = v.parse(before(), parseJson(sealed))
    const audit = auditOf(as, 'user.email-change-undone', { userId: user.id })
    const change = { userId: user.id, email, isVerified, undo: null, mails: [] }
    return as.store.self.changeAddress(use, change, true, audit)
  })
  if (outcome === 'done') tellKv(as)
  return outcome
}
