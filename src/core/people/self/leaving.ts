// How people end their own account. They are signed out everywhere at once; for as long as the deletion
// is delayed they can take it back, by the link in a mail or by signing in.
import type { AuthorizationServer, Server } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { tellKv } from '../../server/revocation-outbox.ts'
import type { AuditEvent } from '../../server/storage.ts'
import {
  type MailActionAnswer,
  type MailActionOutcome,
  completeMailAction,
  mailLifetimes,
  newMailAction,
} from '../mail/action.ts'
import { admitMail, newMail, sendMails } from '../mail/outbox.ts'
import type { MailActionUse } from '../mail/storage.ts'
import type { User } from '../storage.ts'

/** What proves that a person wants their account deleted, beside a fresh sign-in. */
export type DeletionProof = 'code' | 'password' | 'sign-in'

/** Returns which proof a user can give: the code of a mail where there is mail. */
export function deletionProofOf(
  { mailer }: AuthorizationServer,
  { email }: User,
  hasPassword: boolean,
): DeletionProof {
  if (mailer !== null && email !== null) return 'code'
  return hasPassword ? 'password' : 'sign-in'
}

/**
 * Sends the code that confirms a deletion. Does nothing if a limit of mails is reached.
 * @throws temporarily_unavailable
 */
export async function startDeletion(
  as: AuthorizationServer,
  { id: userId, email: to, locale }: User,
  { browserSecret, language }: { browserSecret: string; language: string },
): Promise<void> {
  if (to === null || !(await admitMail(as, to))) return
  const { link, code, action } = await newMailAction(as, 'delete', { browserSecret, address: to })
  const mail = await newMail(as, {
    ...{ kind: 'delete', to, language: locale ?? language, userId },
    facts: { link, code, minutes: String(mailLifetimes.delete / 60) },
    until: action.expiresAt,
  })
  await as.store.mailActions.give(userId, action, [mail])
  sendMails(as)
}

/** Deletes the account of whoever answers the mail about it. @throws temporarily_unavailable */
export async function confirmDeletion(
  as: AuthorizationServer,
  answer: MailActionAnswer,
  language: string,
): Promise<MailActionOutcome> {
  const outcome = await completeMailAction(as, 'delete', answer, (use, { user }) =>
    user === null ? Promise.resolve(false) : leave(as, user, use, language),
  )
  // A second click, by somebody who was still there when it was sent: the first one has deleted them.
  const isGone =
    outcome === 'wrong' && 'userId' in answer && (await as.store.users.find(answer.userId)) === null
  return isGone ? 'repeated' : outcome
}

/**
 * Deletes an account, or notes when cron does so, and ends all sessions and grants. `use` is that of the
 * link in the mail; null = the person proved their wish otherwise. Returns false, and does nothing, if
 * the link does not count, or if another request came first. Whoever calls it sends the logout notices.
 * @throws temporarily_unavailable
 */
export async function leave(
  as: AuthorizationServer,
  user: User,
  use: MailActionUse | null,
  language: string,
): Promise<boolean> {
  const { deletionDelay } = as.settings.people
  const isDone = await (deletionDelay === 0
    ? as.store.leaving.remove(user.id, use, withoutTrace(auditOf(as, 'user.deleted', idOf(user))))
    : leaveLater(as, user, use, language))
  if (isDone) {
    tellKv(as)
    sendMails(as)
  }
  return isDone
}

const idOf = ({ id }: User) => ({ userId: id })

/** Nothing of a user who is deleted stays in the event that says so. */
const withoutTrace = (event: AuditEvent): AuditEvent => ({
  ...event,
  address: undefined,
  userAgent: null,
})

async function leaveLater(
  as: AuthorizationServer,
  user: User,
  use: MailActionUse | null,
  language: string,
): Promise<boolean> {
  const { id: userId, email: to, locale } = user
  const { deletionDelay } = as.settings.people
  const deleteAt = as.now + deletionDelay
  const given =
    to === null || as.mailer === null
      ? null
      : await restoreLink(as, { userId, to, language: locale ?? language, deleteAt })
  const audit = auditOf(as, 'user.deletion-requested', { userId })
  const { restore, mails } = given ?? { restore: null, mails: [] }
  return as.store.leaving.request({ userId, deleteAt, use, restore, mails }, audit)
}

async function restoreLink(
  as: AuthorizationServer,
  {
    userId,
    to,
    language,
    deleteAt,
  }: { userId: number; to: string; language: string; deleteAt: number },
) {
  const lifetime = deleteAt - as.now
  const { link, action } = await newMailAction(as, 'restore', { address: to, lifetime })
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' })
  const mail = await newMail(as, {
    ...{ kind: 'deletion', to, language, userId, until: deleteAt },
    facts: { link, date: date.format(deleteAt * 1000) },
  })
  return { restore: action, mails: [mail] }
}

/** Takes a deletion back by the link of its mail. @throws temporarily_unavailable */
export const restoreByMail = (
  as: AuthorizationServer,
  answer: MailActionAnswer,
): Promise<MailActionOutcome> =>
  completeMailAction(as, 'restore', answer, (use, { user }) =>
    user === null ? Promise.resolve(false) : restore(as, user, use),
  )

/** Takes the deletion of a user back who has signed in. Returns false if none waits any more. */
export const restore = (
  as: AuthorizationServer,
  user: User,
  use: MailActionUse | null = null,
): Promise<boolean> =>
  as.store.leaving.restore(user.id, use, auditOf(as, 'user.deletion-undone', idOf(user)))

/** Deletes up to `most` accounts whose delay has passed at `now` (seconds); returns how many. */
export const removeLeavers = (
  { store }: Pick<Server, 'store'>,
  now: number,
  most: number,
): Promise<number> =>
  store.leaving.removeDue(now, most, (userId) => ({
    ...{ at: now, kind: 'user.deleted', requestId: 'cron', actor: 'cron', userId },
  }))
