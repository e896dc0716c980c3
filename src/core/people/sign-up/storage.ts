// The ports of accounts that people create, and of what they agree to.
import type { AuditEvent } from '../../server/storage.ts'
import type { MailActionUse, NewMailAction, SealedMail } from '../mail/storage.ts'
import type { NewUser, User } from '../storage.ts'

export type SignUpStore = {
  /**
   * Stores an invitation, which ends the one before to the same address, and the mail that brings it, in
   * one batch.
   */
  invite(action: NewMailAction, mails: readonly SealedMail[], audit: AuditEvent): Promise<void>
  /**
   * Creates a user and uses up the link that stands for the address, in one batch. Null, and nothing
   * written, if a name is another's, or if the link does not count.
   */
  create(use: MailActionUse, user: NewUser, audit: AuditEvent): Promise<User | null>
  /** Uses up the link of a sign-in. Returns false, and writes nothing, if it does not count. */
  use(use: MailActionUse): Promise<boolean>
}

export type TermsStore = {
  /** Notes that a user agreed to a version of the terms, at the instant of the event. Idempotent. */
  accept(userId: number, version: string, audit: AuditEvent): Promise<void>
}
