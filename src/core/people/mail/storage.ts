// What one-time links and codes let people do, and the port that keeps it.
import type { AuditEvent } from '../../server/storage.ts'
import type { LinkSuspicion, User } from '../storage.ts'

/** What a one-time link is for: a word of its address. */
export type MailPurpose = 'reset'

/** A one-time link about to be stored. Instants are in seconds. */
export type NewMailAction = {
  digest: string
  purpose: MailPurpose
  createdAt: number
  expiresAt: number
}

/** A one-time link that is stored. `operation` names the form that used it; null = unused. */
export type MailActionStanding = {
  user: User
  counts: boolean
  operation: string | null
  usedAt: number | null
}

/** The use of a one-time link by a form. */
export type MailActionUse = { purpose: MailPurpose; digest: string; operation: string; now: number }

/** The password that a reset link sets, and what ends with the old one. */
export type PasswordReset = {
  userId: number
  passwordHash: string
  /** The digests of the names whose tries are cleared. */
  nameDigests: readonly string[]
  suspicion: LinkSuspicion
}

export type MailActionStore = {
  /**
   * Finds a link. It counts if it is unused and not expired, and its user is enabled and nothing that was
   * issued to them has been ended since.
   */
  find(purpose: MailPurpose, digest: string, now: number): Promise<MailActionStanding | null>
  /**
   * Uses a link up and sets the password, in one batch that ends all sessions, grants and consents of
   * the user, and the suspect links. Returns false, with nothing written, if the link does not count.
   */
  setPassword(use: MailActionUse, reset: PasswordReset, audit: AuditEvent): Promise<boolean>
}
