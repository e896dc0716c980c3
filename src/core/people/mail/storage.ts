// Mails that wait, what one-time links and codes let people do, and the ports that keep both.
import type { AuditEvent } from '../../server/storage.ts'
import type { LinkSuspicion, User } from '../storage.ts'

/** What a one-time link is for: a word of its address. */
export type MailPurpose =
  | 'verify'
  | 'reset'
  | 'sign-in'
  | 'sign-up'
  | 'change-address'
  | 'undo-address'
  | 'invite'
  | 'delete'
  | 'restore'

/** A one-time link about to be stored, with the code beside it. Instants are in seconds. */
export type NewMailAction = {
  digest: string
  purpose: MailPurpose
  /** The address that the action is about, as typed; null = it does not matter. */
  address: string | null
  /** The digest, keyed by MASTER_KEY, of the code; null = the link alone counts. */
  codeDigest: string | null
  /** The digest of the secret of the browser that asked: the code counts there alone. */
  browserDigest: string | null
  /** What the purpose needs to know later, under MASTER_KEY; null = nothing. */
  sealed: string | null
  createdAt: number
  expiresAt: number
}

/** A one-time link that is stored. `operation` names the form that used it; null = unused. */
export type MailActionStanding = Pick<
  NewMailAction,
  'address' | 'codeDigest' | 'browserDigest' | 'sealed'
> & {
  /** Null = it is for somebody who is no user yet. */
  user: User | null
  counts: boolean
  operation: string | null
  usedAt: number | null
}

/** The use of a one-time link by a form. */
export type MailActionUse = { purpose: MailPurpose; digest: string; operation: string; now: number }

/** Whose code was typed: the owner of an address, by its folded text, or somebody signed in. */
export type CodeOwner = { foldedAddress: string } | { userId: number }

/** Which code was typed: that of a link that is at hand, or that of its owner in the browser that asked. */
export type CodeTry = { purpose: MailPurpose; now: number } & (
  { digest: string } | { owner: CodeOwner; browserDigest: string }
)

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
   * Stores what is sent to somebody: the link of a user, or of an address of nobody yet (null), and the
   * mails beside it, in one batch. The link ends the one before of its purpose.
   */
  give(
    userId: number | null,
    action: NewMailAction | null,
    mails: readonly SealedMail[],
  ): Promise<void>
  /**
   * Finds a link. It counts if it is unused and not expired, and its user is enabled, has the address
   * that it is about where that matters, and nothing that was issued to them has been ended since.
   */
  find(purpose: MailPurpose, digest: string, now: number): Promise<MailActionStanding | null>
  /**
   * Counts a try of the codes that may have been typed, before it is compared, if one of `most` is left.
   * Empty, and nothing written, if no code waits there. There are two where an address had no account when
   * it was typed first, and has one now.
   */
  countTry(of: CodeTry, most: number): Promise<readonly { digest: string; codeDigest: string }[]>
  /**
   * Uses a link up and sets the password, in one batch that ends all sessions, grants and consents of
   * the user, and the suspect links, and stores the mails about it. Returns false, with nothing written,
   * if the link does not count.
   */
  setPassword(
    use: MailActionUse,
    reset: PasswordReset,
    mails: readonly SealedMail[],
    audit: AuditEvent,
  ): Promise<boolean>
  /**
   * Uses a link up and marks the address of its user as verified, in one batch. Returns false, with
   * nothing written, if the link does not count.
   */
  verifyAddress(use: MailActionUse, userId: number, audit: AuditEvent): Promise<boolean>
}

/** A mail about to wait. Instants are in seconds. */
export type SealedMail = {
  id: string
  /** Who gets it and what it says, under MASTER_KEY. */
  sealed: string
  /** The kind of mail. */
  purpose: string
  userId: number | null
  createdAt: number
  dueAt: number
}

/** A mail that its sender has taken. `tries` has that one, too. */
export type TakenMail = SealedMail & { tries: number }

/** A limit of mails: `most` in `window` seconds under one key, which begins with random base64url. */
export type MailLimit = { bucket: string; most: number; window: number }

export type MailStore = {
  /**
   * Counts a mail in every bucket if each has one left. Returns false, and writes nothing, if one has
   * not. One statement: of two requests at once for the last one, one is admitted.
   */
  admit(limits: readonly MailLimit[], now: number): Promise<boolean>
  /**
   * Takes up to `most` mails that are due, those never tried first, and postpones each by the seconds in
   * `pauses` at the number of its tries, so that no other sender has it meanwhile.
   */
  take(now: number, pauses: readonly number[], most: number): Promise<TakenMail[]>
  /** Removes a mail that was sent, or given up: then with the event. */
  remove(id: string, audit?: AuditEvent): Promise<void>
}
