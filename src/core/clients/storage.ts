// Clients as they are stored, and what users allow them; server/storage.ts says what holds in every
// room.
import type { AuditEvent, Page } from '../server/storage.ts'
import type { GrantType, RegisteredMetadata } from './metadata.ts'

export type Client = {
  id: string
  secretDigest: string | null
  previousSecretDigest: string | null
  metadata: RegisteredMetadata
  disabledAt: number | null
  notBefore: number
  createdAt: number
  updatedAt: number
} & ClientRegistration

/** How a client came to be; all of it but `origin` null for one that the operator created. */
export type ClientRegistration = {
  /** A `ClientOrigin`, or the name of the dialect that created the client. */
  origin: string
  /** The digest of its registration access token (RFC 7592). */
  registrationTokenDigest: string | null
  /** That of the one before, which counts until the current one is first used or it expires. */
  previousRegistrationTokenDigest: string | null
  previousRegistrationTokenExpiresAt: number | null
  /** The id of the initial access token that it was registered with. */
  registeredBy: string | null
  /** What that token allowed: a later change of the client may not go beyond it. */
  registrationLimits: RegistrationLimits | null
  /** The software statement that it was registered with (RFC 7591 2.3). */
  softwareStatement: string | null
  /** Before this instant cron does not ask whether the client is still needed; null = never. */
  keptUntil: number | null
  /** When the last of those grants expired that have no row any more; null = there was none. */
  grantedUntil: number | null
  /** The digest of the client ID metadata document that the client was made of. */
  documentDigest: string | null
  /** The id of the user who created the client and may manage it; null = it has no owner. */
  ownerId: number | null
}

export type ClientChange = Partial<
  Pick<
    Client,
    | 'secretDigest'
    | 'previousSecretDigest'
    | 'metadata'
    | 'disabledAt'
    | 'notBefore'
    | 'registrationTokenDigest'
    | 'previousRegistrationTokenDigest'
    | 'previousRegistrationTokenExpiresAt'
    | 'documentDigest'
    | 'softwareStatement'
  >
>

/** A filter of clients; a member that is absent admits every client. */
export type ClientFilter = {
  origin?: string | undefined
  /** How the name begins; the case of A to Z does not matter. */
  prefix?: string | undefined
  ownerId?: number | undefined
  managedBy?: string | undefined
}

export type ClientStore = {
  create(client: Client, audit: AuditEvent): Promise<'created' | 'taken'>
  find(id: string): Promise<Client | null>
  /**
   * Lists the clients that a filter admits, after `cursor` (null = from the first), ordered by name under
   * `prefix`, else by identifier. A page looks at a bounded number of clients: under several filters it
   * may have fewer than `limit`, or none, and still have a cursor.
   */
  list(filter: ClientFilter, limit: number, cursor: string | null): Promise<Page<Client>>
  /** The clients that a user owns, the newest first; at most `most`. */
  listOfOwner(ownerId: number, most: number): Promise<Client[]>
  /**
   * Applies what `decide` makes of the client as stored. Where another change came in between,
   * `decide` is asked again, so it must only compute. With null nothing is written, and no event.
   */
  change(
    id: string,
    decide: (client: Client) => ClientChange | null,
    audit: AuditEvent,
  ): Promise<Client | null>
  delete(id: string, audit: AuditEvent): Promise<boolean>
  /** The longest access-token lifetime that any client ever had, in seconds; 0 if none has its own. */
  longestAccessTokenLifetime(): Promise<number>
}

/**
 * What a user allowed a client at one resource; `resource` '' = this server itself. `scope` is what
 * the user is not asked for again; '' where every request is asked about.
 */
export type ConsentedScope = { resource: string; scope: string }

/** Which consents concern a request. */
export type ConsentQuery = { clientId: string; resources: readonly string[] }

/** What the bearer of an initial access token may register; null = anything. */
export type RegistrationLimits = {
  scope: string | null
  redirectHosts: readonly string[] | null
  grantTypes: readonly GrantType[] | null
}

/** An initial access token (RFC 7591 1.2). */
export type RegistrationToken = RegistrationLimits & {
  id: string
  digest: string
  label: string
  /** null = as often as wanted. */
  maxUses: number | null
  uses: number
  createdAt: number
  expiresAt: number
  lastUsedAt: number | null
}

/** What a registration must still be allowed by when it is written. */
export type Admission = {
  /** The id of the initial access token; null = none is needed. */
  tokenId: string | null
  /** Who registers: the part of the address that one subscriber controls, or `user <id>`. */
  address: string
  /** Registrations of one address, or of one user, in an hour. */
  perAddress: number
}

export type RegistrationOutcome =
  | { outcome: 'registered' }
  | { outcome: 'token refused' }
  | { outcome: 'throttled'; retryAt: number }

export type RegistrationStore = {
  /**
   * Adds a client, counts the use of its initial access token and the registration of its address, all
   * in one batch. Of many at once no more count than the limits allow; a refusal writes nothing.
   */
  register(client: Client, admission: Admission, audit: AuditEvent): Promise<RegistrationOutcome>
  /** The initial access token with this digest that still counts. */
  findToken(digest: string, now: number): Promise<RegistrationToken | null>
  /** Adds a token. Returns the token as stored: a retry with the same secret finds the first one. */
  createToken(token: RegistrationToken, audit: AuditEvent): Promise<RegistrationToken>
  listTokens(limit: number, cursor: string): Promise<Page<RegistrationToken>>
  showToken(id: string): Promise<RegistrationToken | null>
  deleteToken(id: string, audit: AuditEvent): Promise<boolean>
}

/** Seconds after which a client that registered itself is not needed any more; 0 = never. */
export type ClientLifetimes = {
  /** Since its registration, if it never had a grant. */
  unused: number
  /** Since the end of its last grant. */
  idle: number
}

export type ClientRemoval = {
  /** Removes up to `most` clients that nobody needs, in one batch; returns how many those were. */
  removeUnneeded(now: number, lifetimes: ClientLifetimes, most: number): Promise<number>
  /** Keeps a client until an instant, if it would not be kept as long as `asked`. */
  keep(id: string, asked: number, until: number): Promise<void>
  /** Notes that the client had tokens without a grant until an instant, unless `expiresAt` is noted. */
  noteUse(id: string, expiresAt: number, until: number): Promise<void>
}
