// Invitations: an operator gives somebody a link by which they create an account of their own.
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { type Taken, takenNames } from '../administration.ts'
import { newMailAction } from '../mail/action.ts'
import { newMail, sendMails } from '../mail/outbox.ts'

/** Who is invited, and what their account will be. */
export type InvitationDraft = {
  email: string
  /** Null = they choose it, or it is the address. */
  username: string | null
  name: string | null
  role: string | null
  scope: string | null
  /** Of the mail (BCP 47). */
  language: string
}

/** An invitation that was given out. */
export type Invitation = { link: string; expiresAt: number; isMailed: boolean }

const day = 86_400

/**
 * Invites somebody, unless a name belongs to a user. The link counts once, for a week, and ends the one
 * before to the same address. It is mailed where the server sends mail.
 * @throws temporarily_unavailable
 */
export async function invite(
  as: AuthorizationServer,
  { email, language, ...kept }: InvitationDraft,
): Promise<Invitation | Taken> {
  const taken = await takenNames(as, { email, username: kept.username ?? undefined }, null)
  if (taken.length > 0) return { taken }
  const { link, action } = await newMailAction(as, 'invite', {
    address: email,
    sealed: JSON.stringify(kept),
  })
  const { expiresAt } = action
  const isMailed = as.mailer !== null
  const days = String(Math.round((expiresAt - as.now) / day))
  const mail = { kind: 'invite', to: email, language, until: expiresAt } as const
  const mails = isMailed ? [await newMail(as, { ...mail, facts: { link, days } })] : []
  await as.store.signUps.invite(action, mails, auditOf(as, 'user.invited'))
  if (isMailed) sendMails(as)
  return { link, expiresAt, isMailed }
}
