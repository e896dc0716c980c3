// What lasts longer than a request, as the server stores it: keys, the audit, the epoch, what is used
// once. In every room: no record holds a usable secret, only digests, and no port takes one. Instants
// are NumericDate seconds with a millisecond fraction. Every method rejects with
// `temporarily_unavailable` when D1 does not answer; KV failing is never seen here.
import type { OAuthError } from '../../protocol/error.ts'
import type { AuditKind } from './events.ts'
import type { SealedKind } from './sealed-rows.ts'

export type Page<Item> = { items: Item[]; nextCursor: string | null }

/** One line of the audit: written in the batch that makes it true. Never holds a secret. */
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
export type Spending = SpentIdentifier & {
  refusal: () => OAuthError
  /**
   * Whether a request that is refused leaves it unspent. Anyone can sign proofs of possession with a
   * key of their own: a stranger must not make rows by them.
   */
  onlyIfGranted?: true
}

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
 * Deletes what has expired, in bounded bites; returns how many rows went. Password tries have once
 * their window of `triesWindow` seconds is over.
 */
export type Cleaner = {
  removeExpired(now: number, most: number, triesWindow: number): Promise<number>
}
