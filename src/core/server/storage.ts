// What lasts longer than a request, as the server stores it: keys, the audit, the epoch, what is used
// once. In every room: no record holds a usable secret, only digests, and no port takes one. Instants
// are NumericDate seconds with a millisecond fraction. Every method rejects with
// `temporarily_unavailable` when D1 does not answer; KV failing is never seen here.
import type { OAuthError } from '../../protocol/error.ts'
import type { AuditKind } from './events.ts'
import type { SealedKind } from './sealed-rows.ts'

export type Page<Item> = { items: Item[]; nextCursor: string | null }

/** One row of the audit, inserted by the batch that makes it true. Never holds a secret. */
export type AuditEvent = {
  at: number
  kind: AuditKind
  userId?: number | undefined
  clientId?: string | undefined
  requestId: string
  detail?: Record<string, unknown>
}

/** A key as stored: the private half wrapped. */
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
  /** Compromised: believed by nobody since then. */
  withdrawnAt: number | null
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

/** A sealed value and the id of its row. */
export type SealedRow = { id: string; sealed: string }

/** A sealed value about to be replaced, if it still is as it was read. */
export type ResealedRow = SealedRow & { resealed: string }

/** Signing keys count only while their private half may still be needed. */
export type SealedRowStore = {
  /** The ids of the master keys that rows of the kind are sealed under, each once. */
  keyIds(kind: SealedKind, now: number): Promise<string[]>
  /** Up to `most` rows that are sealed under one of these keys. */
  list(kind: SealedKind, keyIds: readonly string[], now: number, most: number): Promise<SealedRow[]>
  /** Replaces what nobody has changed since; returns how many rows that were. */
  replace(kind: SealedKind, rows: readonly ResealedRow[], audit: AuditEvent): Promise<number>
  /** How many rows are sealed under another key than this one. */
  countOthers(kind: SealedKind, keyId: string, now: number): Promise<number>
}

export type EpochStore = {
  /** Refuses everything that was issued before `now`; only ever raised. */
  raise(now: number, audit: AuditEvent): Promise<void>
}

/** Which screen a write answers, until when that is open, and by which random operation. */
export type Answer = { digest: string; expiresAt: number; operation: string; now: number }

/**
 * An identifier that a request spends (the `jti` of a client assertion, of a proof of possession): the
 * digest covers its purpose and its owner. It rides in the batch that decides about the request, as a
 * plain INSERT: a replay fails that batch whole.
 */
export type SpentIdentifier = { digest: string; expiresAt: number }

/** An identifier that a request spends, and the refusal of one that spends it again. */
export type Spending = SpentIdentifier & { refusal: () => OAuthError }

export type UsedIdentifierStore = {
  /** Uses an identifier up, where nothing else depends on that; false = it was used before. */
  use(answer: Answer): Promise<boolean>
  /**
   * Spends identifiers, all or none, where no batch decides about the request. Returns the digest of
   * one that was spent before, or null if all of them count.
   */
  spend(identifiers: readonly SpentIdentifier[]): Promise<string | null>
}

/**
 * Looks at the `most` rows of one table after the key `after`, deletes those that have expired and
 * returns the key to continue after; null at the end of the table.
 */
export type Sweep = (after: string, now: number, most: number) => Promise<string | null>

export type Cleaner = {
  /** Deletes at most `most` expired rows of each table with an index of the expiry; returns how many. */
  removeExpired(now: number, most: number): Promise<number>
  /**
   * Returns a sweep for each table whose rows pay for no index of their expiry. Its keys begin with
   * random base64url. Password tries expire after `triesWindow` seconds.
   */
  sweeps(triesWindow: number): readonly Sweep[]
}
