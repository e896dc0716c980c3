// Passkeys as they are stored, and the port that keeps them.
import type { NewPasskey } from '../../../crypto/webauthn/ceremony.ts'
import type { Answer, AuditEvent } from '../../server/storage.ts'
import type { SealedMail } from '../mail/storage.ts'
import type { User } from '../storage.ts'

/** A passkey. Instants are in seconds. */
export type Passkey = NewPasskey & {
  userId: number
  /** What its person calls it; null = nothing yet. */
  name: string | null
  /** The browser in which it was made. */
  userAgent: string | null
  createdAt: number
  lastUsedAt: number | null
}

/** A passkey about to be stored, with the user handle and the rpId that it was made for. */
export type PasskeyAddition = Omit<Passkey, 'name' | 'lastUsedAt'> & {
  userHandle: string
  rpId: string
}

/** A passkey that has just proved its user, with what the proof says. */
export type PasskeyUse = { id: string; counter: number; isBackedUp: boolean }

/** `mails` are those about a change, stored in its batch if the event is. */
export type PasskeyStore = {
  /** Finds a passkey with its user, who may be disabled. */
  find(id: string): Promise<{ passkey: Passkey; user: User } | null>
  /** Lists the passkeys of a user, the oldest first. */
  list(userId: number): Promise<readonly Passkey[]>
  /**
   * Stores a passkey as the answer to a screen, in one batch: `taken` if any user has that id, `refused`
   * if the screen was answered before, the user is disabled or has `most` passkeys.
   */
  add(
    answer: Answer,
    passkey: PasskeyAddition,
    most: number,
    audit: AuditEvent,
    mails: readonly SealedMail[],
  ): Promise<'added' | 'taken' | 'refused'>
  /** Names a passkey of that user, if there is one. */
  rename(userId: number, id: string, name: string | null): Promise<void>
  /**
   * Removes a passkey of that user; `last` if they could not sign in any more, and then it stays. Of
   * removals at once D1 decides: the last one finds no other way.
   */
  remove(
    userId: number,
    id: string,
    audit: AuditEvent,
    mails: readonly SealedMail[],
  ): Promise<'removed' | 'last'>
  /** Notes, as the answer to a screen, that a user wants no passkey. False if it was answered before. */
  decline(answer: Answer, userId: number): Promise<boolean>
}
