// Proving that the address of an account is its user's, by a mail to it.
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import type { User } from '../storage.ts'
import {
  type MailActionOutcome,
  completeMailAction,
  findMailAction,
  mailLifetimes,
  newMailAction,
} from './action.ts'
import { admitMail, newMail, sendMails } from './outbox.ts'

/**
 * Sends a mail by which the user proves that their address is theirs. Does nothing if there is no
 * address, if it is proved, or if a limit of mails is reached.
 * @throws temporarily_unavailable
 */
export async function startVerification(
  as: AuthorizationServer,
  user: User,
  { browserSecret, language }: { browserSecret: string; language: string },
): Promise<void> {
  const { id: userId, email: to, emailVerified, locale } = user
  if (to === null || emailVerified || !(await admitMail(as, to))) return
  const { link, code, action } = await newMailAction(as, 'verify', { browserSecret, address: to })
  const facts = { link, code, minutes: String(mailLifetimes.verify / 60) }
  const mail = await newMail(as, {
    ...{ kind: 'verify', to, language: locale ?? language, facts, userId },
    until: action.expiresAt,
  })
  await as.store.mailActions.give(userId, action, [mail])
  sendMails(as)
}

/**
 * Marks the address of a user as verified, if it is still theirs. In another browser than the one that
 * asked, the link needs the code beside it: it may be a scanner of mails that presses the button.
 * @throws temporarily_unavailable
 */
export async function completeVerification(
  as: AuthorizationServer,
  {
    secret,
    browserSecret,
    code,
  }: { secret: string; browserSecret: string; code?: string | undefined },
): Promise<MailActionOutcome> {
  const found = await findMailAction(as, 'verify', secret, browserSecret)
  const needsCode = found !== null && !found.isOwnBrowser
  const answer = { secret, browserSecret, ...(needsCode ? { code: code ?? '' } : {}) }
  return completeMailAction(as, 'verify', answer, async (use, { user }) => {
    if (user === null) return false
    const audit = auditOf(as, 'user.email-verified', { userId: user.id })
    return as.store.mailActions.verifyAddress(use, user.id, audit)
  })
}
