// Grants as they are stored, and what decides about their tokens; server/storage.ts says what holds
// in every room.
import type { Client } from '../clients/storage.ts'
import type { Proof, User } from '../people/storage.ts'
import type { RevocationReason } from '../server/events.ts'
import type { AuditEvent, Page, Spending } from '../server/storage.ts'
import type { DetailsTypeMetadata } from './details-type.ts'
import type { ResourceMetadata } from './resource-metadata.ts'

/** The `cnf` of a bound token (RFC 7800): RFC 9449 6.1, RFC 8705 3.1. */
export type Confirmation = { jkt: string } | { 'x5t#S256': string }

/** One authorization: its refresh token and what its access tokens depend on. */
export type Grant = {
  id: string
  userId: number
  clientId: string
  sessionId: string | null
  scope: string
  /** Space-separated resource indicators as they were authorized; null = this server itself. */
  resource: string | null
  /** Their keys (`resourceKey`); null in a grant of the release before. */
  resourceKeys: string | null
  /** The key that the refresh token is bound to; null = none. */
  keyThumbprint: string | null
  authTime: number
  amr: string
  /** The class that the sign-in reached (`statedAcr`); null in a grant of the release before. */
  acr: string | null
  claimsRequest: string | null
  /** The entries of RFC 9396, each with its members in order, as a JSON array; null = none. */
  authorizationDetails: string | null
  /** The grant whose token made the code of this one, and with which it ends; null = none. */
  endsWith: string | null
  generation: number
  offline: boolean
  userAgent: string | null
  createdAt: number
  lastUsedAt: number
  idleExpiresAt: number
  absoluteExpiresAt: number
  accessExpiresAt: number
  revokedAt: number | null
}

/** A grant about to be made. `refreshDigest` null = a grant without a refresh token. */
export type NewGrant = Omit<Grant, 'generation' | 'resourceKeys' | 'lastUsedAt' | 'revokedAt'> & {
  refreshDigest: string | null
  /** Random for each request: after an unknown outcome it tells whose write it was. */
  operation: string
}

/** A grant about to be made for a user whom storage finds: it has no refresh token. */
export type AssertedGrant = Omit<NewGrant, 'userId'>

/** Whom an assertion names, and what must be true at the very moment it becomes a grant. */
export type AssertedSubject =
  /** The user to whom the provider's subject is linked, while the provider is trusted for that. */
  | { providerId: string; issuer: string; subject: string }
  /** The user with this `sub`, or this username as it is written; `foldedName` finds the latter. */
  | { subject: string; foldedName: string }

export type AssertedOutcome =
  | { outcome: 'opened'; scope: readonly string[]; user: User }
  /** There is no such user, or no longer. */
  | { outcome: 'refused' }
  /** The user may have nothing of the grant's scope. */
  | { outcome: 'no scope' }
  /** Everything of the user or the client from before that instant (seconds) was ended; nothing is spent. */
  | { outcome: 'too early'; notBefore: number }

/** What must be true at the very moment a code becomes a grant. */
export type CodeRedemption = NewGrant & {
  codeDigest: string
  codeIssuedAt: number
  /** The digest of the document that described the client when the code was issued; null = none did. */
  documentDigest: string | null
  /** The resources for which a consent must still stand; empty = none was needed. */
  consentResources: readonly string[]
  /** The browser session must still live (codes from a browser). */
  sessionRequired: boolean
}

export type RedemptionOutcome =
  | { outcome: 'redeemed'; user: User; sessionExpiresAt: number | null }
  | { outcome: 'replayed'; grantId: string }
  | { outcome: 'refused' }

/** Which resources a client may name. */
export type Nameable = {
  /** Whether one that is not registered may be named. */
  unregistered: boolean
  /** The keys that the client's registration lists; null = it limits none. */
  listed: readonly string[] | null
}

/** One refresh: `presented` must be current, then `successor` is, where the token rotates. */
export type Rotation = {
  grantId: string
  clientId: string
  /**
   * The key or certificate that the request proves; null = none. A bound grant must have this one.
   */
  keyThumbprint: string | null
  /** Whether it proves that by DPoP, as a resource may demand; a certificate is no such proof. */
  provesKey: boolean
  presentedDigest: string
  successorDigest: string
  /** Whether the client's refresh tokens rotate; that of a bound grant never does. */
  rotates: boolean
  /** What the request narrows the access token to; null = it does not. */
  scope: readonly string[] | null
  /**
   * Of each resource that the request names the spellings and keys, any of which the grant may have.
   */
  resource: readonly (readonly string[])[] | null
  /** The entries of RFC 9396 that the request names, as texts that equal those of the grant. */
  authorizationDetails: readonly string[] | null
  /**
   * What the client may name by now. At least one of the grant's resources must be such a one, and
   * where the request names none, no resource of the grant may demand a proof that the request lacks.
   * A grant without `resourceKeys` is not judged: it is for this server, or from the release before.
   */
  nameable: Nameable
  operation: string
  now: number
  idleExpiresAt: number
  accessExpiresAt: number
  /**
   * Between which instants the last rotation must lie for the token before to be a retry, and until
   * when for the retry to count as one of the rounds that end the grace.
   */
  retryable: { from: number; until: number; countedUntil: number }
  /** The event of the grant's first refresh; null = the token shows that it was refreshed before. */
  audit: AuditEvent | null
}

/** What the grant's row says after the attempt. */
export type RotationOutcome = {
  refreshed: boolean
  found: FoundGrant | null
}

/** A grant with what else decides about it. */
export type FoundGrant = {
  grant: Grant
  /** Whether a code began it: then refreshing gives ID tokens, too. */
  fromCode: boolean
  currentDigest: string | null
  previousDigest: string | null
  rotatedAt: number | null
  /** How many generations in a row were retried, this one included; never reset once it is 2. */
  retryRounds: number
  /** When the browser session expires with which the grant ends; null = it ends with none. */
  sessionExpiresAt: number | null
  user: User
  /**
   * Whether nothing of this grant counts although it is not revoked: its user, its client, its browser
   * session, the grant that it ends with or the epoch speaks against it.
   */
  barred: boolean
}

/** What an access token says about itself. `issuedAt` has the millisecond of its jti. */
export type TokenFacts = {
  /** The key that signed it. */
  kid: string
  grantId: string | null
  /** Whom it was issued to. */
  clientId: string
  /** Whose grant it stands on: another client's where the token came by an exchange (RFC 8693). */
  grantClientId: string
  subject: string
  jti: string
  issuedAt: number
}

/** The grant of an access token, and its user. */
export type UserGrant = {
  grant: Pick<Grant, 'id' | 'authTime' | 'amr' | 'acr' | 'claimsRequest' | 'endsWith'>
  user: User
}

/** Facts about an access token that decide whether it still counts. */
export type TokenStanding = {
  /** The grant of the token; null for a token without a user and for a deleted grant. */
  userGrant: UserGrant | null
  /** Revoked, or its grant, user, client, signing key or the epoch speaks against it. */
  ended: boolean
}

/**
 * Grants. What a request spends is spent by the batch that decides about it. Where an identifier was
 * spent before, nothing of the batch happens and the method rejects with that identifier's refusal.
 */
export type GrantStore = {
  /**
   * Makes a grant for a user who has just proved who they are, if user and client are still enabled and
   * the password is still the one that was proved, and the client is trusted with passwords; resets
   * the proved tries in the same batch.
   */
  open(
    grant: NewGrant,
    proof: Proof,
    audit: AuditEvent,
    spends?: readonly Spending[],
  ): Promise<'opened' | 'refused'>
  /** Makes a grant for the user whom an assertion names, narrowed to that user's scope. */
  openAsserted(
    grant: AssertedGrant,
    subject: AssertedSubject,
    audit: AuditEvent,
    spends?: readonly Spending[],
  ): Promise<AssertedOutcome>
  /** Makes the grant of a code, once: the unique code digest decides among parallel requests. */
  redeem(
    redemption: CodeRedemption,
    audit: AuditEvent,
    spends?: readonly Spending[],
  ): Promise<RedemptionOutcome>
  /** The compare-and-set of a refresh and the row that classifies it, in one batch. */
  rotate(rotation: Rotation, spends?: readonly Spending[]): Promise<RotationOutcome>
  /** Raises the latest expiry of the access tokens; never lowers it. False = the grant has ended. */
  raiseAccessExpiry(grantId: string, accessExpiresAt: number): Promise<boolean>
  find(grantId: string, now: number): Promise<FoundGrant | null>
  /**
   * What decides about an access token in one read. `grantId` null: a token without a user, issued
   * at `issuedAt`.
   */
  standing(token: TokenFacts, now: number): Promise<TokenStanding>
  /** Ends a grant: row and outbox in one batch. Idempotent. */
  revoke(grantId: string, reason: RevocationReason, audit: AuditEvent): Promise<void>
  /** Ends a grant if it is that client's, and returns whether it is. Idempotent. */
  revokeOfClient(
    grantId: string,
    clientId: string,
    reason: RevocationReason,
    audit: AuditEvent,
    spends?: readonly Spending[],
  ): Promise<boolean>
  /** Ends one access token until `expiresAt`. Idempotent. */
  revokeToken(
    jti: string,
    expiresAt: number,
    audit: AuditEvent,
    spends?: readonly Spending[],
  ): Promise<void>
}

/** A grant that counts, as people see it who look at what has access to an account. */
export type HeldGrant = {
  grant: Pick<
    Grant,
    | 'id'
    | 'scope'
    | 'authTime'
    | 'createdAt'
    | 'idleExpiresAt'
    | 'absoluteExpiresAt'
    | 'accessExpiresAt'
  >
  /** Whether it has a refresh token that has not expired. */
  isRefreshable: boolean
  client: Client
}

/** Grants of one user: looked at, and ended by their ids. */
export type HeldGrantStore = {
  /** The grants of a user that count, each with its client, the newest first; at most `most`. */
  listOfUser(userId: number, now: number, most: number): Promise<HeldGrant[]>
  /** Ends a grant only if it is that user's, and tells whether it is. Idempotent. */
  revokeOfUser(
    grantId: string,
    userId: number,
    reason: RevocationReason,
    audit: AuditEvent,
  ): Promise<boolean>
}

/** A protected resource that the operator registered (RFC 8707). */
export type Resource = {
  id: string
  metadata: ResourceMetadata
  createdAt: number
  updatedAt: number
}

export type ResourceStore = {
  /** Creates a resource; `taken` = one of its spellings belongs to another resource. */
  create(resource: Resource, audit: AuditEvent): Promise<'created' | 'taken'>
  find(id: string): Promise<Resource | null>
  /** The resources that these keys belong to, by key (protocol/resource-key.ts). */
  findByKeys(keys: readonly string[]): Promise<ReadonlyMap<string, Resource>>
  list(limit: number, cursor: string): Promise<Page<Resource>>
  /** Applies what `decide` makes of the resource as stored; asked anew where another came first. */
  change(
    id: string,
    decide: (metadata: ResourceMetadata) => ResourceMetadata,
    audit: AuditEvent,
  ): Promise<Resource | 'taken' | null>
  delete(id: string, audit: AuditEvent): Promise<boolean>
}

/** A type of authorization details that the operator registered (RFC 9396). */
export type DetailsType = {
  metadata: DetailsTypeMetadata
  createdAt: number
  updatedAt: number
}

export type DetailsTypeStore = {
  /** Creates a type; `taken` = there is one of this name. */
  create(type: DetailsType, audit: AuditEvent): Promise<'created' | 'taken'>
  find(type: string): Promise<DetailsType | null>
  all(): Promise<readonly DetailsType[]>
  list(limit: number, cursor: string): Promise<Page<DetailsType>>
  /** Applies what `decide` makes of the type as stored; asked anew where another change came first. */
  change(
    type: string,
    decide: (metadata: DetailsTypeMetadata) => DetailsTypeMetadata,
    audit: AuditEvent,
  ): Promise<DetailsType | null>
  delete(type: string, audit: AuditEvent): Promise<boolean>
}

/** KV: revocation lists. Never rejects; a miss means nothing. */
export type RevocationLists = {
  /** Whether KV says that the token, its grant, its user or its client was ended; final where true. */
  isRevoked(token: TokenFacts): Promise<boolean>
  /** Whether KV answers at all. */
  answers(): Promise<boolean>
  /**
   * Tells KV of revocations in the outbox, as long as a token could still live by them, and removes
   * what it took; at most `most` rows.
   */
  drainOutbox(now: number, most: number): Promise<number>
}
