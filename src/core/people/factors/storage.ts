// The port that keeps second factors: the secret of an authenticator app, and recovery codes.
import type { AuditEvent } from '../../server/storage.ts'
import type { SealedMail } from '../mail/storage.ts'
import type { Guess, SessionRenewal, TryLimits, TryOutcome } from '../storage.ts'

/** What is stored of a user's factors, beside the secret in the user's own row. */
export type FactorFacts = {
  passkeys: number
  /** The keyed digests of the recovery codes that are left. */
  recoveryCodes: readonly string[]
  /** When the recovery codes were created; 0 = there are none. */
  recoveryCodesCreatedAt: number
}

/** A code that is right, and the bucket in which its try was counted, which is given back. */
type Counted = { userId: number; bucket: string }

/** A code of an app: the secret as it was read, and the time step that the code is of. */
export type TotpUse = Counted & { sealedTotp: string; step: number }

/** A typed recovery code: its digest under each listed master key. */
export type RecoveryUse = Counted & { digests: readonly string[] }

/** A secret that its person has just proved to have, in a session that this raises. */
export type TotpEnrolment = {
  renewal: SessionRenewal
  sealedTotp: string
  /** The step of the code that proved it: that code counts no more. */
  step: number
  amr: string
}

/** `mails` are those about a change, stored in its batch if the event is. */
export type FactorStore = {
  /** Counts a try if a limit admits it: before the code is looked at, so that parallel tries all count. */
  countTry(guess: Guess, now: number, limits: TryLimits): Promise<TryOutcome>
  /**
   * Uses up a time step of the secret, and gives the try back, in one batch. False if the step, or a
   * later one, was used before, the secret is another one by now, or the user is disabled.
   */
  useTotp(use: TotpUse): Promise<boolean>
  /** Uses up a recovery code, and gives the try back, in one batch. False if there is none of these. */
  useRecoveryCode(use: RecoveryUse, audit: AuditEvent): Promise<boolean>
  /** Reads what is stored of a user's factors. */
  find(userId: number): Promise<FactorFacts>
  /**
   * Stores the secret of a user who has none, and raises and renews their session, in one batch. False
   * if they have one by now, or are disabled, or the session has another secret by now, or has ended.
   */
  addTotp(
    userId: number,
    enrolment: TotpEnrolment,
    audit: AuditEvent,
    mails: readonly SealedMail[],
  ): Promise<boolean>
  /** Removes the secret of a user and the recovery codes. The event is noted if there was a secret. */
  removeTotp(userId: number, audit: AuditEvent, mails: readonly SealedMail[]): Promise<void>
  /**
   * Replaces the recovery codes of a user, if those there are were created at `replaced` (0 = there are
   * none). False if somebody else's came first.
   */
  replaceRecoveryCodes(
    userId: number,
    codes: { digests: readonly string[]; replaced: number },
    audit: AuditEvent,
    mails: readonly SealedMail[],
  ): Promise<boolean>
}
