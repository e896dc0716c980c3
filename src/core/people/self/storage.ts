// What people do with their own account, and the ports that keep it.
import type { MailActionUse, NewMailAction, SealedMail } from '../mail/storage.ts'
import type { AuditEvent, Page } from '../../server/storage.ts'
import type { User } from '../storage.ts'

/** How much an account has of each kind. */
export type AccountCounts = {
  passkeys: number
  recoveryCodes: number
  /** Live sessions of browsers and dialects. */
  sessions: number
  /** Live grants, and consents of clients without one. */
  apps: number
}

/** A change of an address: the next one, and what tells the old one of it. */
export type AddressChange = {
  userId: number
  email: string
  isVerified: boolean
  /** The link that takes the change back; null = an earlier one still does. */
  undo: NewMailAction | null
  mails: readonly SealedMail[]
}

/** What people change of their own account, beside its sessions and its password. */
export type SelfStore = {
  counts(userId: number, now: number): Promise<AccountCounts>
  /** Sets the language of a user; null = none. */
  setLocale(userId: number, locale: string | null, now: number): Promise<void>
  /**
   * Gives the first password to a user without one, and ends their reset link. Returns false if the user
   * has a password by now.
   */
  setFirstPassword(user: User, passwordHash: string, audit: AuditEvent): Promise<boolean>
  /** Returns whether the user has a link that takes a change of their address back. */
  canUndoAddress(userId: number, now: number): Promise<boolean>
  /**
   * Uses a link up and gives its user the address, in one batch. With `endsEverything` it also ends all
   * sessions and grants. Returns false, with nothing written, if the link does not count or if the
   * address is another user's by now: the folded names decide.
   */
  changeAddress(
    use: MailActionUse,
    change: AddressChange,
    endsEverything: boolean,
    audit: AuditEvent,
  ): Promise<boolean>
}

/** A deletion that somebody asked for; it comes true at `deleteAt` (seconds). */
export type Deletion = {
  userId: number
  deleteAt: number
  /** The link in the mail that was answered; null = another proof was given. */
  use: MailActionUse | null
  /** The link that takes it back; null = nobody is sent one. */
  restore: NewMailAction | null
  mails: readonly SealedMail[]
}

/** How accounts end at the wish of their people. */
export type LeavingStore = {
  /**
   * Notes when an account will be deleted, and ends all sessions and grants, in one batch. Returns false,
   * with nothing written, if the link does not count or the deletion was asked for already.
   */
  request(deletion: Deletion, audit: AuditEvent): Promise<boolean>
  /**
   * Takes a deletion back, and ends the links about it. Returns false, with nothing written, if the link
   * (if one is used) does not count, or if no deletion waits.
   */
  restore(userId: number, use: MailActionUse | null, audit: AuditEvent): Promise<boolean>
  /** Deletes the account at once. Returns false, with nothing written, if the link does not count. */
  remove(userId: number, use: MailActionUse | null, audit: AuditEvent): Promise<boolean>
  /**
   * Deletes up to `most` accounts that are due at `now`, each in a batch of its own. A restoration that
   * comes first wins. Returns how many there were.
   */
  removeDue(now: number, most: number, auditOf: (userId: number) => AuditEvent): Promise<number>
}

/** The lists in a copy of somebody's data. */
export type CopiedList =
  'passkeys' | 'links' | 'sessions' | 'grants' | 'consents' | 'clients' | 'events'

/** What is stored about one user, without secrets. */
export type DataCopyStore = {
  /**
   * Counts a copy, if the last one is `window` seconds old; else returns the instant of the last one, and
   * writes nothing. D1 decides between two requests at once. A copy that nobody calls whole counts for
   * a minute.
   */
  admit(userId: number, window: number, audit: AuditEvent): Promise<number | null>
  /** Ends the copy that was admitted at an instant: one that is not whole counts no longer. */
  end(userId: number, admittedAt: number, isWhole: boolean): Promise<void>
  /** Lists rows of one kind, in the order in which they were made, after `cursor` (null = the first). */
  list(
    list: CopiedList,
    userId: number,
    limit: number,
    cursor: string | null,
  ): Promise<Page<Record<string, unknown>>>
}
