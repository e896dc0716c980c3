// The storage ports: what the decisions need of storage, in words. No port takes a usable secret,
// only digests. Every method rejects with `temporarily_unavailable` when D1 does not answer; KV
// failing is never seen here. Instants are NumericDate seconds with a fraction.
import type { LinkSuspicion, ProviderLinkStore, ProviderStore } from './providers/provider.ts'
import type {
  AccessEntry,
  Answer,
  Attempt,
  AuditEvent,
  Client,
  ClientChange,
  CodeRedemption,
  ConsentQuery,
  ConsentedScope,
  GrantLine,
  LogoutNotice,
  NewConsent,
  NewGrant,
  NewSession,
  NewUser,
  Page,
  Proof,
  RedemptionOutcome,
  RefreshRecord,
  Rotation,
  RotationOutcome,
  Session,
  SessionRenewal,
  SessionStanding,
  StoredKey,
  TokenFacts,
  TokenStanding,
  TryLimits,
  TryOutcome,
  User,
  UserChange,
} from './records.ts'
import type { RevocationReason } from './server/events.ts'
import type { SealedRowStore } from './server/sealed-rows.ts'

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

export type ClientStore = {
  create(client: Client, audit: AuditEvent): Promise<'created' | 'taken'>
  find(id: string): Promise<Client | null>
  list(limit: number, cursor: string): Promise<Page<Client>>
  /** As for a user: `decide` is asked again where another change came in between. */
  change(
    id: string,
    decide: (client: Client) => ClientChange,
    audit: AuditEvent,
  ): Promise<Client | null>
  delete(id: string, audit: AuditEvent): Promise<boolean>
  /** The longest access-token lifetime that any client ever had, in seconds; 0 if none has its own. */
  longestAccessTokenLifetime(): Promise<number>
}

export type GrantStore = {
  /**
   * Makes a grant for a user who has just proved who he is, if user and client are still enabled and
   * the password is still the one that was proved; resets the proved tries in the same batch.
   */
  open(grant: NewGrant, proof: Proof, audit: AuditEvent): Promise<'opened' | 'refused'>
  /** Makes the grant of a code, once: the unique code digest decides among parallel requests. */
  redeem(redemption: CodeRedemption, audit: AuditEvent): Promise<RedemptionOutcome>
  /** The compare-and-set of a refresh and the row that classifies it, in one batch. */
  rotate(rotation: Rotation): Promise<RotationOutcome>
  /** Notes that an access token until then is given out; only ever raised. False = the line ended. */
  raiseAccessExpiry(grantId: string, accessExpiresAt: number): Promise<boolean>
  find(grantId: string, now: number): Promise<GrantLine | null>
  /**
   * What decides about an access token in one read. `grantId` null: a token without a user, issued
   * at `issuedAt`.
   */
  standing(token: TokenFacts, now: number): Promise<TokenStanding>
  /** Ends a line: row and outbox in one batch. Idempotent. */
  revoke(grantId: string, reason: RevocationReason, audit: AuditEvent): Promise<void>
  /** Ends a line only if it is that client's, and tells whether it is. Idempotent. */
  revokeOfClient(
    grantId: string,
    clientId: string,
    reason: RevocationReason,
    audit: AuditEvent,
  ): Promise<boolean>
  /** Ends one access token until `expiresAt`. Idempotent. */
  revokeToken(jti: string, expiresAt: number, audit: AuditEvent): Promise<void>
}

export type SessionStore = {
  /** Begins a session without a screen (a dialect's cookie), as `open` makes a grant. */
  begin(session: NewSession, proof: Proof, audit: AuditEvent): Promise<'begun' | 'refused'>
  /**
   * Begins a session as the answer to a screen, all in one batch: the screen answered,
   * the proved tries reset, and the session that the browser had (`replacedDigest`) given the new
   * digest if it is the same user's (its lines live on), else ended. Null = another answer came
   * first, or none is awaited, or the user is disabled or has
   * another password by now.
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

export type UsedIdentifierStore = {
  /** Uses an identifier up, where nothing else depends on that; false = it was used before. */
  use(answer: Answer): Promise<boolean>
}

export type ConsentStore = {
  /** Answers the screen and records the consents, in one batch; false = it was answered before. */
  grantFor(answer: Answer, userId: number, given: NewConsent, audit: AuditEvent): Promise<boolean>
  /** What the user allowed the client and is not asked for again. */
  listRemembered(userId: number, clientId: string): Promise<ConsentedScope[]>
  /**
   * Forgets what the user allowed the client and ends the line `grantId`, or with null all the lines
   * that the client has of the user, in one batch.
   */
  withdraw(
    userId: number,
    clientId: string,
    grantId: string | null,
    audit: AuditEvent,
  ): Promise<void>
}

export type AccessStore = {
  /** What has access to the user's account, newest use first, after the first `cursor` of it. */
  listOfUser(userId: number, now: number, limit: number, cursor: number): Promise<Page<AccessEntry>>
}

export type ParkedCodeStore = {
  park(digest: string, sealed: string, expiresAt: number): Promise<void>
  find(digest: string, now: number): Promise<string | null>
}

/** Seconds from the first attempt to the second, doubled with every further one up to `longest`. */
export type RetryInterval = { first: number; longest: number }

export type LogoutNoticeStore = {
  /**
   * Takes up to `most` notices that are due, at most two of one client, untried ones first, and sets
   * their next attempt, so that one sender has each. A client's turn belongs to the two of its
   * notices that were tried most: while both wait to be tried again, its others wait behind them.
   */
  take(now: number, retry: RetryInterval, most: number): Promise<LogoutNotice[]>
  remove(id: string): Promise<void>
}

/** KV: refresh-token records and revocation lists. Never rejects; a miss means nothing. */
export type EdgeRecords = {
  putRefreshRecord(grantId: string, record: RefreshRecord, lifetime: number): Promise<void>
  findRefreshRecord(grantId: string): Promise<RefreshRecord | null>
  /** Whether KV says that the token, its line, its user or its client was ended; final where true. */
  isRevoked(token: TokenFacts): Promise<boolean>
  /** Whether KV answers at all. */
  answers(): Promise<boolean>
  /**
   * Tells KV of revocations in the outbox, as long as a token could still live by them, and removes
   * what it took; at most `most` rows.
   */
  drainOutbox(now: number, most: number): Promise<number>
}

export type SigningKeyStore = {
  /** The published keys and the withdrawn ones, generations downwards. */
  list(now: number): Promise<StoredKey[]>
  /** Adds keys; of two isolates that make the same generation of an alg, the first wins. */
  add(keys: readonly StoredKey[], audit?: AuditEvent): Promise<void>
  /**
   * Withdraws a key and, if it was the one in use, adds `successor` as the next generation, in one
   * batch. Idempotent.
   */
  withdraw(key: StoredKey, successor: StoredKey, audit: AuditEvent): Promise<void>
  /** Sets when a superseded key leaves the JWKS. */
  retire(kid: string, expiresAt: number): Promise<void>
}

export type EpochStore = {
  /** Refuses everything that was issued before `now`; only ever raised. */
  raise(now: number, audit: AuditEvent): Promise<void>
}

/**
 * The first filter in front of password tries, by address or known browser; permissive, and open
 * where it fails.
 */
export type AddressFilter = { admits(key: string): Promise<boolean> }

/**
 * Deletes what has expired, in bounded bites; returns how many rows went. Password tries have once
 * their window of `triesWindow` seconds is over.
 */
export type Cleaner = {
  removeExpired(now: number, most: number, triesWindow: number): Promise<number>
}

export type Store = {
  users: UserStore
  clients: ClientStore
  grants: GrantStore
  sessions: SessionStore
  usedIdentifiers: UsedIdentifierStore
  consents: ConsentStore
  access: AccessStore
  parkedCodes: ParkedCodeStore
  logoutNotices: LogoutNoticeStore
  providers: ProviderStore
  providerLinks: ProviderLinkStore
  edge: EdgeRecords
  signingKeys: SigningKeyStore
  sealedRows: SealedRowStore
  addressFilter: AddressFilter
  epoch: EpochStore
  cleaner: Cleaner
}
