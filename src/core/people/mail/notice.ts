// The mail that tells a person that a way into their account was added or removed. Whoever did it may be
// an intruder in a session that was left open.
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { User } from '../storage.ts'
import type { AccountChange } from './kinds.ts'
import { newMail } from './outbox.ts'
import type { SealedMail } from './storage.ts'

/** What was changed; `provider` is the name of the one that it is about. */
type Change = { change: AccountChange; provider?: string; language: string }

/**
 * Returns the mail about a change, for the batch of the change; none where no mail is sent, or where the
 * user has no address. No limit of mails applies: it could be used up on purpose before the change.
 */
export async function noticeOf(
  as: AuthorizationServer,
  { id: userId, email: to, locale }: User,
  { change, provider = '', language }: Change,
): Promise<SealedMail[]> {
  if (as.mailer === null || to === null) return []
  const facts = { link: `${as.issuer}/account`, change, provider }
  const mail = { kind: 'account-changed', to, language: locale ?? language, facts, userId } as const
  return [await newMail(as, mail)]
}
