// People and their sessions as they are stored; server/storage.ts says what holds in every room.
import type { ConsentQuery, ConsentedScope } from '../clients/storage.ts'
import type { Answer, AuditEvent, Page } from '../server/storage.ts'

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
  disabledAt: number | null
  notBefore: number
  createdAt: number
  updatedAt: number
}

export type NewUser = Omit<User, 'id' | 'notBefore'>

/** A change by an administrator; absent = as it was. */
export type UserChange = Partial<
  Pick<
    User,
    | 'username'
    | 'email'
    | 'emailVerified'
    | 'name'
    | 'role'
    | 'scope'
    | 'claims'
    | 'passwordHash'
    | 'disabledAt'
    | 'notBefore'
  >
>

/**
 * A user who has just proved who they are, as read before the proof (writes that depend on it demand
 * that the password is still that one), and the counters of tries that the proof clears. Only the core
 * and the store look into it; everybody else passes it on.
 */
export type Proof = { user: User; provedBuckets: readonly string[] }

/** What names a link to an account at a provider. */
export type LinkKey = { issuer: string; subject: string }

/** Which links a new password ends: all added to the account at or after `since` but the kept ones. */
export type LinkSuspicion = { since: number; kept: readonly LinkKey[] }

/**
 * A try of a password: counted by the name as it was typed, so that no limit tells which names are
 * one person's. A browser that knows the account counts for itself, apart from its address.
 */
export type Attempt = { foldedName: string; nameDigest: string } & (
  { address: string } | { browserId: string }
)

/** Tries of one name from one address or browser, of one name, and of one address; in seconds. */
export type TryLimits = {
  perAccount: number
  perAccountEverywhere: number
  perAddress: number
  window: number
}

/** Whether a try may be made, and has been counted; else from when on another one may. */
export type TryOutcome =
  { admitted: true; buckets: readonly string[] } | { admitted: false; retryAt: number }

/**
 * The first filter in front of password tries, by address or known browser; permissive, and open
 * where it fails.
 */
export type AddressFilter = { admits(key: string): Promise<boolean> }

export type UserStore = {
  /** Inserts the user and both folded names, all or nothing; `taken` names what another has. */
  create(user: NewUser, audit: AuditEvent): Promise<User | 'taken'>
  find(id: number): Promise<User | null>
  findBySub(sub: string): Promise<User | null>
  findByName(foldedName: string): Promise<User | null>
  /** In the order of ids, after the cursor. */
  list(limit: number, cursor: number): Promise<Page<User>>
  /**
   * Applies in one batch what `decide` makes of the user as stored. Where another change came in
   * between, D1 refuses the batch and `decide` is asked again, so it must only compute. With
   * `endsEverything` all grants and sessions of the user end in the same batch and their
   * revocations stand in the outbox; with a `suspicion` the links do that it is about.
   */
  change(
    id: number,
    decide: (user: User) => UserChange,
    endsEverything: boolean,
    audit: AuditEvent,
    suspicion?: LinkSuspicion | null,
  ): Promise<User | 'taken' | null>
  /** Replaces the hash only where it is still `from`, after a sign-in proved the password. */
  upgradePassword(id: number, from: string, to: string): Promise<void>
  /** Deletes the user; grants stay as revoked tombstones, so that no code comes back to life. */
  delete(id: number, audit: AuditEvent): Promise<boolean>
  /**
   * Reads the user and counts one try of the name and the address if all limits admit it, in one
   * batch before any hashing, so that parallel guesses all count. A refused try writes nothing.
   */
  countTry(
    attempt: Attempt,
    now: number,
    limits: TryLimits,
  ): Promise<{ user: User | null; outcome: TryOutcome }>
  /** Takes back one try of each bucket: it could not be judged. */
  takeBackTries(buckets: readonly string[]): Promise<void>
}

/** A browser session, or one behind a dialect's cookie. `id` is the `sid` of ID tokens. */
export type Session = {
  id: string
  /** `browser`, or the name of the dialect whose cookie it is. */
  face: string
  userId: number
  /** As tokens state it; never later than the last sign-in here. */
  authTime: number
  amr: string
  userAgent: string | null
  createdAt: number
  lastSeenAt: number
  idleExpiresAt: number
  absoluteExpiresAt: number
}

/** A session about to begin; the cookie's secret is known by its digest only. */
export type NewSession = Session & { digest: string }

/**
 * A session that goes on under another secret, if it still has the one with `digest`: whoever holds
 * a copy of that is out.
 */
export type SessionRenewal = { sessionId: string; digest: string; successorDigest: string }

/** A live session with its user and those of the consents asked for that stand. */
export type SessionStanding = {
  session: Session
  user: User
  consents: readonly ConsentedScope[]
}

export type SessionStore = {
  /** Begins a session without a screen (a dialect's cookie), as `open` makes a grant. */
  begin(session: NewSession, proof: Proof, audit: AuditEvent): Promise<'begun' | 'refused'>
  /**
   * Begins a session as the answer to a screen, all in one batch: the screen answered, the proved
   * tries reset, and the session that the browser had (`replacedDigest`) given the new digest if it
   * is the same user's (its lines live on), else ended. Null = another answer came first, or none is
   * awaited, or the user is disabled or has another password by now.
   */
  beginFor(
    answer: Answer,
    session: NewSession,
    replacedDigest: string | null,
    proof: Proof,
    audit: AuditEvent,
    consentFor?: ConsentQuery,
  ): Promise<SessionStanding | null>
  /** The live session of an enabled user, with a client's consents beside it. */
  find(digest: string, now: number, consentFor?: ConsentQuery): Promise<SessionStanding | null>
  /** Moves the idle expiry on; never beyond the absolute one. */
  touch(digest: string, now: number, idleExpiresAt: number): Promise<void>
  /** The live sessions of a user, newest use first, after the first `cursor` of them. */
  listOfUser(userId: number, now: number, limit: number, cursor: number): Promise<Page<Session>>
  /**
   * Ends a session of that user with the lines that live by it, and leaves a logout notice for each
   * client that wants one, in one batch. Idempotent.
   */
  end(sessionId: string, userId: number, audit: AuditEvent): Promise<void>
  /**
   * Ends every session of the user but this one, which goes on under its new secret, and every line
   * and consent. False = this session has another secret by now, or has ended: nothing was done.
   */
  endOthers(userId: number, renewal: SessionRenewal, audit: AuditEvent): Promise<boolean>
  /**
   * The same for a user who has just proved the password, who has another one from that moment on:
   * nothing issued before it counts but this session, and suspect links end. False also where the
   * password was changed meanwhile.
   */
  changePassword(
    proof: Proof,
    renewal: SessionRenewal,
    passwordHash: string,
    suspicion: LinkSuspicion,
    audit: AuditEvent,
  ): Promise<boolean>
}
