// The stored records of people and their sessions, and the ports that keep them. server/storage.ts
// says what holds for the ports of every room.
import type { ConsentQuery, ConsentedScope } from '../clients/storage.ts'
import type { Answer, AuditEvent, Page } from '../server/storage.ts'
import type { PasskeyUse } from './passkeys/storage.ts'
import type { NewMailAction } from './mail/storage.ts'

export type User = {
  id: number
  sub: string
  pairwiseSalt: string
  username: string
  email: string | null
  emailVerified: boolean
  name: string | null
  role: string | null
  /** What the user may be granted; null = unrestricted. */
  scope: string | null
  /** Further claims about the user. */
  claims: Record<string, unknown>
  passwordHash: string | null
  /**
   * `temporary`: the password must be changed at the next sign-in. `ask`: the endpoint of the import
   * checks the first one, and until then the hash is `resetPassword`.
   */
  passwordState: 'temporary' | 'ask' | null
  disabledAt: number | null
  notBefore: number
  /** In seconds, to within a day; 0 = never, or not since this is noted. */
  lastSignedInAt: number
  createdAt: number
  updatedAt: number
  /** Who the user is in the system that they were imported from: an id within a namespace. */
  sourceId: string | null
  externalId: string | null
  /** The import that created the user. */
  importId: string | null
  /** The applied configuration that the user belongs to. */
  managedBy: string | null
  /** The sealed TOTP secret; null = no TOTP. */
  sealedTotp: string | null
  /** No browser that was remembered before this instant counts. */
  rememberedNotBefore: number
  /** What authenticators know the user by; null = the user has no passkey. */
  userHandle: string | null
  /** In seconds; null = never. */
  passkeyDeclinedAt: number | null
  /** The language that the person chose. */
  locale: string | null
  termsVersion: string | null
  termsAcceptedAt: number | null
  /** When cron deletes the account; null = nobody asked for it. */
  deleteAt: number | null
}

export type NewUser = Omit<
  User,
  | 'id'
  | 'notBefore'
  | 'lastSignedInAt'
  | 'passwordState'
  | 'sourceId'
  | 'externalId'
  | 'importId'
  | 'managedBy'
  | 'sealedTotp'
  | 'rememberedNotBefore'
  | 'userHandle'
  | 'passkeyDeclinedAt'
  | 'locale'
  | 'termsVersion'
  | 'termsAcceptedAt'
  | 'deleteAt'
> &
  Partial<Pick<User, 'managedBy'>>

/** What administrators and imports set. */
export type Profile = Pick<
  User,
  'username' | 'email' | 'emailVerified' | 'name' | 'role' | 'scope' | 'claims' | 'disabledAt'
>

/** A change by an administrator; an absent member stays as it is. */
export type UserChange = Partial<Profile & Pick<User, 'passwordHash' | 'notBefore' | 'managedBy'>>

/**
 * Somebody who has just proved who they are: the user as read before the proof (a write that relies on
 * the proof demands that the password is still the same) and the buckets of tries that it clears.
 */
export type Proof = {
  user: User
  provedBuckets: readonly string[]
  /** The passkey that proved it: the write demands that it is still there. */
  passkey?: PasskeyUse
}

/** Identifies a link to an account at a provider. */
export type LinkKey = { issuer: string; subject: string }

/** Which links a new password ends: those added to the account at or after `since`, except `kept`. */
export type LinkSuspicion = { since: number; kept: readonly LinkKey[] }

/**
 * A try of a password. It counts for the name as typed, so that no limit tells which names belong to
 * one person. A browser that the account knows counts for itself, apart from its address.
 */
export type Attempt = Guess & { foldedName: string }

/** A guess at something secret, as limits count it: of whom, and from where. */
export type Guess = { nameDigest: string } & ({ address: string } | { browserId: string })

/**
 * The most tries in a window of `window` seconds: of one name from one address or known browser, of
 * one name from all addresses, and from one address.
 */
export type TryLimits = {
  perAccount: number
  perAccountEverywhere: number
  perAddress: number
  window: number
  /**
   * Beyond the limit from all addresses, a name has one more try each time this many seconds pass;
   * absent = 60.
   */
  pace?: number
}

/** A try that was counted, and in which bucket; or one that was refused, and when to try again. */
export type TryOutcome = { admitted: true; bucket: string } | { admitted: false; retryAt: number }

/**
 * The first filter in front of password tries, by address or known browser. It is permissive and
 * admits everything if it fails.
 */
export type AddressFilter = { admits(key: string): Promise<boolean> }

/** Finds users. */
export type UserStore = {
  find(id: number): Promise<User | null>
  findBySub(sub: string): Promise<User | null>
  /** Finds the user of a folded username or e-mail address. */
  findByName(foldedName: string): Promise<User | null>
}

/** A filter of users; a member that is absent admits every user. Instants are in seconds. */
export type UserFilter = {
  /** Folded. */
  username?: string | undefined
  /** Folded. */
  email?: string | undefined
  sub?: string | undefined
  /** In whichever namespace. */
  externalId?: string | undefined
  importId?: string | undefined
  managedBy?: string | undefined
  /** How a username or e-mail address begins, folded. */
  prefix?: string | undefined
  isDisabled?: boolean | undefined
  role?: string | undefined
  createdAfter?: number | undefined
  createdBefore?: number | undefined
  /** Who has certainly not signed in since; ordered by the last sign-in, those without one first. */
  notSignedInSince?: number | undefined
}

/** What an administrator does with users. */
export type UserAdministration = {
  /** Inserts a user with their folded names; `taken` if one of them belongs to another user. */
  create(user: NewUser, audit: AuditEvent): Promise<User | 'taken'>
  /**
   * Lists the users that a filter admits, after `cursor` (null = from the first). The order depends on
   * the filter, so that an index has it. A page looks at a bounded number of users: under several
   * filters it may have fewer than `limit`, or none, and still have a cursor.
   */
  list(filter: UserFilter, now: number, limit: number, cursor: string | null): Promise<Page<User>>
  /**
   * Applies the change that `decide` computes from the stored user, in one batch; null if there is no
   * such user. If another change came first, D1 refuses the batch and `decide` runs again, so it must
   * have no effects. With `endsEverything` the same batch ends all sessions and grants of the user and
   * puts their revocations into the outbox; with a `suspicion` it ends the suspect links.
   */
  change(
    id: number,
    decide: (user: User) => UserChange,
    endsEverything: boolean,
    audit: AuditEvent,
    suspicion?: LinkSuspicion | null,
  ): Promise<User | 'taken' | null>
  /**
   * Removes the password of a user and stores the link by which they set a new one, in one batch that
   * ends all sessions, grants and suspect links. The link ends the one before. Returns null if there is
   * no such user. `check` may refuse the stored user by throwing; it may run again.
   */
  startReset(
    id: number,
    link: NewMailAction,
    check: (user: User) => void,
    suspicion: LinkSuspicion,
    audit: AuditEvent,
  ): Promise<User | null>
  /** Removes the imported TOTP secret of a user; the event is noted if there was one. */
  removeSecondFactors(id: number, audit: AuditEvent): Promise<void>
  /**
   * Deletes a user; false if there is none. Grants stay as revoked tombstones, so that no code comes
   * back to life.
   */
  delete(id: number, audit: AuditEvent): Promise<boolean>
}

/** What signing in by password needs. */
export type PasswordStore = {
  /**
   * Reads the user and counts one try if every limit admits it. This is one batch, before the password
   * is hashed, so that parallel guesses all count. A refused try writes nothing.
   */
  countTry(
    attempt: Attempt,
    now: number,
    limits: TryLimits,
  ): Promise<{ user: User | null; outcome: TryOutcome }>
  /** Takes back one try of a bucket, because the password could not be checked. */
  takeBackTry(bucket: string): Promise<void>
  /** Clears the tries of all names with these digests, from everywhere. */
  clearTries(nameDigests: readonly string[], audit: AuditEvent): Promise<void>
  /** Replaces a hash by one of the same password, only if it is still `from`. */
  upgrade(userId: number, from: string, to: string): Promise<void>
  /** Gives a user whose password is asked for elsewhere the first hash of it, unless they have one. */
  adopt(userId: number, hash: string): Promise<void>
}

/** A browser session, or the session of a dialect's cookie. `id` is the `sid` of ID tokens. */
export type Session = {
  id: string
  /** `browser`, or the name of the dialect whose cookie it is. */
  face: string
  userId: number
  /** The `auth_time` that tokens state; never later than the last sign-in here. */
  authTime: number
  amr: string
  /** When a second factor or a passkey was last proved in the session; null = never. */
  secondFactorAt: number | null
  userAgent: string | null
  /** City and country of the sign-in; null = unknown. */
  place: string | null
  createdAt: number
  lastSeenAt: number
  idleExpiresAt: number
  absoluteExpiresAt: number
}

/** A session about to begin. Of the cookie's secret, only the digest is known. */
export type NewSession = Session & { digest: string }

/**
 * Replaces the secret of a session that still has the one with `digest`: a copy of that secret is
 * worth nothing from then on.
 */
export type SessionRenewal = { sessionId: string; digest: string; successorDigest: string }

/** A live session with its user, and the stored ones of the consents that were asked for. */
export type SessionStanding = {
  session: Session
  user: User
  consents: readonly ConsentedScope[]
}

export type SessionStore = {
  /**
   * Begins a session without a screen (a dialect's cookie). `refused` if the user is disabled or has
   * another password by now.
   */
  begin(session: NewSession, proof: Proof, audit: AuditEvent): Promise<'begun' | 'refused'>
  /**
   * Begins a session as the answer to a screen, in one batch: uses up the screen, clears the proved
   * tries, and either moves the browser's session (`replacedDigest`) to the new digest, if it belongs
   * to the same user (its grants live on), or ends it. Null if another answer came first, or if the
   * user is disabled or has another password by now.
   */
  beginFor(
    answer: Answer,
    session: NewSession,
    replacedDigest: string | null,
    proof: Proof,
    audit: AuditEvent,
    consentFor?: ConsentQuery,
  ): Promise<SessionStanding | null>
  /**
   * Notes that a second factor was proved in a session that still has the presented secret, and
   * replaces that secret, in one statement. Null if it has another one by now, or has ended.
   */
  raise(
    raised: SessionRenewal & Pick<Session, 'amr'> & { now: number },
    audit: AuditEvent,
    consentFor?: ConsentQuery,
  ): Promise<SessionStanding | null>
  /** Finds the live session of an enabled user, with a client's consents. */
  find(digest: string, now: number, consentFor?: ConsentQuery): Promise<SessionStanding | null>
  /** Returns whose session it is; null if there is none, or it has ended. */
  findOwner(sessionId: string, now: number): Promise<number | null>
  /** Postpones the idle expiry, but never beyond the absolute one. */
  touch(digest: string, now: number, idleExpiresAt: number): Promise<void>
  /**
   * Ends a session of that user with the grants that live by it, and leaves a logout notice for each
   * client that wants one, in one batch. Idempotent.
   */
  end(sessionId: string, userId: number, audit: AuditEvent): Promise<void>
}

/** What somebody who is signed in does with all of their own account. */
export type AccountStore = {
  /** Lists the live sessions of a user, newest use first, after the first `cursor` of them. */
  listSessions(userId: number, now: number, limit: number, cursor: number): Promise<Page<Session>>
  /**
   * Ends every other session of the user and every grant and consent; this session goes on under its
   * new secret. False, and nothing done, if this session has another secret by now, or has ended.
   */
  endOthers(userId: number, renewal: SessionRenewal, audit: AuditEvent): Promise<boolean>
  /**
   * Does what `endOthers` does, replaces the password that was just proved, and ends the suspect links:
   * nothing issued before this moment counts, except this session. False also if somebody else changed
   * the password meanwhile.
   */
  changePassword(
    proof: Proof,
    renewal: SessionRenewal,
    passwordHash: string,
    suspicion: LinkSuspicion,
    audit: AuditEvent,
  ): Promise<boolean>
}
