// Storage ports of the server: keys, audit, epoch, used identifiers. Rules for the ports of all
// rooms: records and parameters never contain a usable secret, only digests. Instants are
// NumericDate seconds with a millisecond fraction. Every method rejects with
// `temporarily_unavailable` if D1 does not answer; KV failures are never reported here.
import type { OAuthError } from '../../protocol/error.ts'
import type { AuditKind } from './events.ts'
import type { SealedKind } from './sealed-rows.ts'

export type Page<Item> = { items: Item[]; nextCursor: string | null }

/**
 * One audit row, written in the same batch as the change that it describes. Never contains a
 * secret.
 */
export type AuditEvent = {
  at: number
  kind: AuditKind
  userId?: number | undefined
  clientId?: string | undefined
  requestId: string
  detail?: Record<string, unknown>
  /** Who did it; absent if nobody has proved who they are. */
  actor?: Actor | undefined
  /** The client's address, as the platform tells it. */
  address?: string | undefined
  userAgent?: string | null
  /** `ok` if absent. */
  outcome?: AuditOutcome
  /** The session that began, ended or was used. */
  sessionId?: string | undefined
  /** What no other event may have: D1 refuses the whole batch of a second one. */
  key?: string | undefined
}

/** Who caused an event. `root` is the bearer of ADMIN_TOKEN. */
export type Actor = `client:${string}` | Operator['actor'] | 'cron'

/**
 * Who administers the server, and within which limits; null = without. A user does so in the console.
 */
export type Operator = {
  actor: 'root' | `admin-token:${string}` | `user:${number}`
  scope: readonly string[] | null
  expiresAt: number | null
}

/** A token of an operator beside ADMIN_TOKEN. */
export type AdminToken = {
  id: string
  digest: string
  name: string
  /** Space-separated. */
  scope: string
  createdAt: number
  expiresAt: number
  lastUsedAt: number | null
}

export type AdminTokenStore = {
  create(token: AdminToken, audit: AuditEvent): Promise<void>
  find(id: string): Promise<AdminToken | null>
  /** Lists tokens in the order of their ids, after `cursor`. */
  list(limit: number, cursor: string): Promise<Page<AdminToken>>
  /** Deletes a token; false if there is none. */
  delete(id: string, audit: AuditEvent): Promise<boolean>
  noteUse(id: string, now: number): Promise<void>
}

export type AuditOutcome = 'ok' | 'refused'

/** A key as stored, with the private half sealed. */
export type StoredKey = {
  kid: string
  use: 'sig' | 'enc'
  alg: string
  generation: number
  publicJwk: string
  wrappedPrivateKey: string
  createdAt: number
  activeAt: number
  expiresAt: number | null
  /**
   * When the key was withdrawn as compromised, or null. No token of a withdrawn key is accepted.
   */
  withdrawnAt: number | null
}

/** A filter of audit events; a member that is absent admits every event. Instants are in seconds. */
export type EventFilter = {
  userId?: number | undefined
  clientId?: string | undefined
  kind?: string | undefined
  actor?: string | undefined
  outcome?: AuditOutcome | undefined
  address?: string | undefined
  since?: number | undefined
  /** Before this instant. */
  until?: number | undefined
}

/** A stored event, with the names that its ids have now; null = none, or nobody has the id any more. */
export type ListedEvent = {
  id: number
  at: number
  kind: string
  outcome: AuditOutcome
  occurrences: number
  actor: string | null
  actorName: string | null
  userId: number | null
  username: string | null
  clientId: string | null
  clientName: string | null
  sessionId: string | null
  address: string | null
  userAgent: string | null
  requestId: string
  detail: string
}

export type AuditStore = {
  /** Counts an event in the row of the events with the same key, or inserts that row. */
  merge(event: AuditEvent, key: string): Promise<void>
  /** Returns whether there is an event with this key. */
  isKnown(key: string): Promise<boolean>
  /**
   * Lists events, newest first, before the id `cursor` (null = from the newest). It looks at a bounded
   * number of rows: a page may have fewer than `limit` items, or none, and still have a cursor.
   */
  list(filter: EventFilter, limit: number, cursor: number | null): Promise<Page<ListedEvent>>
  /** Deletes events from before `instant`, at most `most` of them; returns how many. */
  removeBefore(instant: number, most: number): Promise<number>
}

/** How often something happened on a day (days since 1970, UTC). */
export type DailyCount = { day: number; kind: AuditKind | 'user.active'; count: number }

export type StatisticsStore = {
  /**
   * Counts up to `most` further audit events from before the instant `until`, in the order of their ids,
   * and remembers the last one in the same batch: each event counts once, also if two runs overlap or a
   * run is lost. Deletes the counts from before the day `oldest`. Returns how many events it looked at.
   */
  count(until: number, oldest: number, most: number): Promise<number>
  /** Lists the counts of these kinds from the day `since` on. */
  list(since: number, kinds: readonly DailyCount['kind'][]): Promise<DailyCount[]>
}

/** What is in storage at one instant. No count exceeds 100,000: more would make a reading slow. */
export type Gauges = {
  liveGrants: number
  liveSessions: number
  /** Revocations that KV has not stored yet, and the instant of the oldest; null = none. */
  waitingRevocations: number
  oldestRevocation: number | null
  waitingLogoutNotices: number
  /** Bytes. */
  databaseSize: number
}

export type GaugeStore = { read(now: number): Promise<Gauges> }

export type SigningKeyStore = {
  /** Returns the published and the withdrawn keys, generations in descending order. */
  list(now: number): Promise<StoredKey[]>
  /** Adds keys. If two isolates create the same generation of an alg, the first one wins. */
  add(keys: readonly StoredKey[], audit?: AuditEvent): Promise<void>
  /**
   * Withdraws a key and, if it was in use, adds `successor` as the next generation, in one batch; null
   * adds none. Idempotent.
   */
  withdraw(key: StoredKey, successor: StoredKey | null, audit: AuditEvent): Promise<void>
  /** Sets when a superseded key leaves the JWKS. */
  retire(kid: string, expiresAt: number): Promise<void>
}

/** A sealed value and the id of its row. */
export type SealedRow = { id: string; sealed: string }

/** A sealed value and its replacement, which is written only if the value is unchanged. */
export type ResealedRow = SealedRow & { resealed: string }

/** Signing keys are included only while their private half may still be needed. */
export type SealedRowStore = {
  /** Returns up to `most` rows that are sealed under one of these keys. */
  list(kind: SealedKind, keyIds: readonly string[], now: number, most: number): Promise<SealedRow[]>
  /** Replaces the rows that are unchanged. Returns how many were replaced. */
  replace(kind: SealedKind, rows: readonly ResealedRow[], audit: AuditEvent): Promise<number>
  /** Returns how many rows are sealed under a key other than this one. */
  countOthers(kind: SealedKind, keyId: string, now: number): Promise<number>
}

export type ReadinessStore = {
  /**
   * Looks at what readiness depends on, in one read: the migrations that this release needs and the
   * database lacks, the distinct ids of the master keys that seal rows, and the published and withdrawn keys,
   * and whether a passkey was made for another name than `rpId`. Of a
   * database that lacks migrations, the names of these alone.
   */
  look(
    now: number,
    rpId: string | null,
  ): Promise<{
    missingMigrations: string[]
    keyIds: { kind: SealedKind; id: string }[]
    signingKeys: StoredKey[]
    hasStrandedPasskeys: boolean
  }>
}

export type EpochStore = {
  /** Rejects everything that was issued before `now`. The epoch never decreases. */
  raise(now: number, audit: AuditEvent): Promise<void>
  /** Returns the instant before which nothing that was issued counts, in seconds; 0 = none. */
  find(): Promise<number>
}

/** The records in KV for the time when D1 does not answer: sealed texts by key. */
export type OutageRecords = {
  /** Keeps a text for `lifetime` seconds. Tries twice; false if KV has taken it neither time. */
  put(key: string, text: string, lifetime: number): Promise<boolean>
  /** Reads records and revocations by their keys (null = absent); null if KV does not answer. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, string | null> | null>
}

/** Which screen a write answers, until when that screen is open, and the random operation id. */
export type Answer = { digest: string; expiresAt: number; operation: string; now: number }

/**
 * An identifier that a request spends (for example the `jti` of a client assertion or DPoP proof).
 * The digest covers its purpose and its owner. It is a plain INSERT in the batch that decides the
 * request, so a replay fails the whole batch.
 */
export type SpentIdentifier = { digest: string; expiresAt: number }

/** An identifier that a request spends, and the refusal if it was spent before. */
export type Spending = SpentIdentifier & {
  refusal: () => OAuthError
  /**
   * Whether a request that is refused leaves it unspent. Anyone can sign proofs of possession with a
   * key of their own: a stranger must not make rows by them.
   */
  onlyIfGranted?: true
}

export type UsedIdentifierStore = {
  /** Uses an identifier when no other write depends on it. Returns false if it was used before. */
  use(answer: Answer): Promise<boolean>
  /** Returns which operation used an identifier, or null if it is unused. A spent one has none. */
  findUse(digest: string): Promise<{ operation: string | null } | null>
  /**
   * Spends identifiers, all or none, when no batch decides the request. Returns the digest of one
   * that was spent before, or null if all were new.
   */
  spend(identifiers: readonly SpentIdentifier[]): Promise<string | null>
}

/**
 * Looks at the `most` rows of one table after the key `after`, deletes those that have expired and
 * returns the key to continue after; null at the end of the table.
 */
export type Sweep = (after: string, now: number, most: number) => Promise<string | null>

export type Cleaner = {
  /**
   * Deletes at most `most` expired rows of each table with an index of the expiry; returns how many.
   */
  removeExpired(now: number, most: number): Promise<number>
  /**
   * Returns a sweep for each table whose rows pay for no index of their expiry. Its keys begin with
   * random base64url. Password tries expire after `triesWindow` seconds.
   */
  sweeps(triesWindow: number): readonly Sweep[]
}
