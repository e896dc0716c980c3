// Consents, parked codes, requests of devices and logout notices as they are stored; server/storage.ts
// says what holds in every room.
import type { Client, ConsentedScope } from '../clients/storage.ts'
import type { Import, RowFault } from '../people/import/storage.ts'
import type { Guess, Session, TryLimits, User } from '../people/storage.ts'
import type { ProviderLink } from '../providers/storage.ts'
import type { Answer, AuditEvent, ListedEvent, Page, Spending } from '../server/storage.ts'
import type { NewGrant } from '../tokens/storage.ts'

/** The consents that one answer gives; `grantedAt` in seconds. */
export type NewConsent = {
  clientId: string
  /** The scopes that are added to those that stand. */
  covered: readonly ConsentedScope[]
  grantedAt: number
  /** The client as its document describes it now; null = as it is stored. */
  described: Client | null
}

export type ConsentStore = {
  /**
   * Answers the screen, stores the client as the page described it, and adds the consents to those that
   * stand, in one batch. Consents to a client of another name, redirects, methods or keys are forgotten.
   * False = the screen was answered before.
   */
  grantFor(answer: Answer, userId: number, given: NewConsent, audit: AuditEvent): Promise<boolean>
  /** Returns what the user allowed the client and is not asked for again. */
  listRemembered(userId: number, clientId: string): Promise<ConsentedScope[]>
  /**
   * Forgets what the user allowed the client and revokes the grant `grantId`, or with null all grants
   * that the client has of the user, in one batch.
   */
  withdraw(
    userId: number,
    clientId: string,
    grantId: string | null,
    audit: AuditEvent,
  ): Promise<void>
}

/** What a client has: its live grants together, with what it was allowed. */
export type AccessEntry = {
  clientId: string
  scope: string
  createdAt: number
  lastUsedAt: number | null
}

/** A live grant as the operator sees it, with the names that its ids have now. */
export type ListedGrant = {
  id: string
  userId: number
  username: string
  clientId: string
  clientName: string | null
  sessionId: string | null
  scope: string
  resource: string | null
  userAgent: string | null
  createdAt: number
  lastUsedAt: number
  idleExpiresAt: number
  absoluteExpiresAt: number
}

export type AccessStore = {
  /** Lists the live grants of a user or of a client, newest first, after `cursor` (null = from the newest). */
  listGrants(
    of: { userId: number } | { clientId: string },
    now: number,
    limit: number,
    cursor: string | null,
  ): Promise<Page<ListedGrant>>
  /** Returns what has access to the user's account, newest use first, after the first `cursor`. */
  listOfUser(userId: number, now: number, limit: number, cursor: number): Promise<Page<AccessEntry>>
}

/** A user as they leave, with the links to providers as a JSON array of `issuer` and `subject`. */
export type ExportedUser = { user: User; links: string; sealedTotp: string | null }

/** What belongs to a user, named by their `sub`: their id means nothing at another server. */
type OfUser<Record> = Omit<Record, 'userId'> & { sub: string }

/** A live grant as it leaves, without its digests. */
export type ExportedGrant = OfUser<Omit<ListedGrant, 'username' | 'clientName' | 'userAgent'>> & {
  /** Whether the grant outlives its browser session. */
  offline: boolean
  authTime: number
  amr: string
  /** As tokens state it; null = of a release that knew one class. */
  acr: string | null
}

export type ExportedConsent = {
  sub: string
  clientId: string
  /** '' is this server itself. */
  resource: string
  /** '' = the user is asked each time. */
  scope: string
  grantedAt: number
}

/** Everything there is, in the order in which it is stored, after the position `after` (0 = all). */
export type ExportStore = {
  users(limit: number, after: number): Promise<Page<ExportedUser>>
  links(limit: number, after: number): Promise<Page<OfUser<ProviderLink>>>
  consents(limit: number, after: number): Promise<Page<ExportedConsent>>
  /** Lists live grants. */
  grants(now: number, limit: number, after: number): Promise<Page<ExportedGrant>>
}

/** A user with everything that an administrator looks at, the newest of each kind. */
export type UserSheet = {
  user: User
  /** How much has access, also where the lists below have a part of it. */
  access: AccessCount
  sessions: Page<Session>
  grants: Page<ListedGrant>
  /** All of them, oldest first. */
  links: readonly ProviderLink[]
  events: Page<ListedEvent>
}

/** A client with everything that an administrator looks at, the newest of each kind. */
export type ClientSheet = {
  client: Client
  /** The username of the owner; null = there is none. */
  ownerName: string | null
  /** How many live grants it has, up to one more than was asked for: it may have millions. */
  grantCount: number
  /** When the last of those was used; null = there is none. */
  lastUsedAt: number | null
  grants: Page<ListedGrant>
  events: Page<ListedEvent>
}

/** An import with what was wrong with its rows, in the order of their lines. */
export type ImportSheet = {
  run: Import
  errors: readonly Pick<RowFault, 'line' | 'field' | 'detail'>[]
}

/** How many live sessions and grants there are. */
export type AccessCount = { sessions: number; grants: number }

/** Which parts of the lists of a sheet are read: after so many sessions, after this grant. */
export type SheetPart = { most: number; sessionsAfter: number; grantsAfter: string | null }

/** What screens of the console show that no other port reads in one call. */
export type ConsoleStore = {
  /** Reads the newest events, and since when the signing key of the algorithm whose is oldest signs. */
  readOverview(most: number): Promise<{ events: readonly ListedEvent[]; keysSince: number | null }>
  /** Reads a user with all that belongs to them in one batch; null if there is none. */
  findUser(id: number, now: number, part: SheetPart): Promise<UserSheet | null>
  /** Counts what ends with a user; null if there is none. */
  countAccess(id: number, now: number): Promise<{ user: User; access: AccessCount } | null>
  /** Reads a client with all that belongs to it in one batch; null if there is none. */
  findClient(
    id: string,
    now: number,
    part: Omit<SheetPart, 'sessionsAfter'> & { mostCounted: number },
  ): Promise<ClientSheet | null>
  /** Counts what ends with a client, up to one more than `most`; null if there is none. */
  countGrants(
    id: string,
    now: number,
    most: number,
  ): Promise<Pick<ClientSheet, 'client' | 'grantCount'> | null>
  /** Reads an import and some of its errors, one more than `most` if there are; null if there is none. */
  findImport(id: string, most: number): Promise<ImportSheet | null>
}

/** Sealed codes and pushed requests that are too long for a URL. */
export type ParkedCodeStore = {
  /**
   * Parks a sealed text until `expiresAt`, and spends the identifiers of the request in the same batch.
   * @throws the refusal of the identifier that was spent before
   */
  park(
    digest: string,
    sealed: string,
    expiresAt: number,
    spends?: readonly Spending[],
  ): Promise<void>
  find(digest: string, now: number): Promise<string | null>
}

/** A notice that a session has ended, due to a client. OpenID Connect Back-Channel Logout 1.0. */
export type LogoutNotice = {
  id: string
  clientId: string
  sub: string
  sessionId: string | null
  attempts: number
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

/** The request of a device that waits for its user. Instants in seconds. RFC 8628 3.1. */
export type DeviceRequest = {
  clientId: string
  scope: string
  resource: readonly string[]
  /** As `keptDetails` writes it; null = none. */
  authorizationDetails: string | null
  /** The part of the address that one subscriber controls, and the User-Agent of the device. */
  address: string
  userAgent: string | null
  createdAt: number
  expiresAt: number
}

export type NewDeviceRequest = DeviceRequest & {
  digest: string
  userCodeDigest: string
  /** Seconds between two polls. */
  pollInterval: number
}

/** What a user decided about the device with one of these user codes, and what that rests on. */
export type DeviceDecision = {
  userCodeDigests: readonly string[]
  clientId: string
  decision: 'allowed' | 'denied'
  userId: number
  sessionId: string
  authTime: number
  amr: string
  acr: string
  scope: string
  now: number
}

/** A poll, and what storage does not know of the grant that it opens if the user has allowed it. */
export type DevicePoll = Omit<
  NewGrant,
  | 'userId'
  | 'sessionId'
  | 'scope'
  | 'authTime'
  | 'amr'
  | 'acr'
  | 'claimsRequest'
  | 'endsWith'
  | 'offline'
> & {
  digest: string
  consentResources: readonly string[]
}

export type DevicePollOutcome =
  | {
      outcome: 'redeemed'
      user: User
      /** As the user granted it, and how they had signed in. */
      granted: { scope: string; authTime: number; amr: string; acr: string | null }
    }
  /** Nobody has decided; `tooSoon` = the device did not wait for its interval. */
  | { outcome: 'pending'; tooSoon: boolean }
  | { outcome: 'denied' }
  /** The device code has become a grant before. */
  | { outcome: 'used' }
  /**
   * The user has allowed it at that instant (seconds), but user, client, session or consent do not stand
   * now.
   */
  | { outcome: 'refused'; decidedAt: number | null }
  | { outcome: 'unknown' }

/**
 * Requests of devices (RFC 8628). What a request spends is spent by the batch that decides about it.
 */
export type DeviceCodeStore = {
  /**
   * Stores a request, unless its address has made `most` in `window` seconds: then nothing is
   * written. `taken` = another request has the user code.
   */
  request(
    request: NewDeviceRequest,
    limit: { most: number; window: number },
    spends: readonly Spending[],
  ): Promise<{ outcome: 'stored' | 'taken' } | { outcome: 'throttled'; retryAt: number }>
  /**
   * Finds the undecided request with one of these user codes, in one batch that counts a guess if
   * there is none. Beyond a limit nothing is told and nothing is written.
   */
  find(
    userCodeDigests: readonly string[],
    guess: Guess,
    now: number,
    limits: TryLimits,
  ): Promise<
    | { outcome: 'found'; request: DeviceRequest }
    | { outcome: 'unknown' }
    | { outcome: 'throttled'; retryAt: number }
  >
  /**
   * Records a decision if there is none yet, the request has not expired and the session lives, and
   * returns the decision of this user that stands; null if there is none.
   */
  decide(decision: DeviceDecision, audit: AuditEvent): Promise<'allowed' | 'denied' | null>
  /**
   * Opens the grant of an allowed device code, once, or notes the poll of one that nobody has decided
   * about. The unique code digest of grants decides among parallel redemptions. A proof of possession
   * is spent by a redemption alone.
   */
  poll(
    poll: DevicePoll,
    audit: AuditEvent,
    spends?: readonly Spending[],
  ): Promise<DevicePollOutcome>
}
