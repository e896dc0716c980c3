// What is stored, as plain records in the words of the RFCs. No field holds a usable secret, only
// digests. Instants are NumericDate seconds with a millisecond fraction.
import type { RegisteredMetadata } from './clients/metadata.ts'
import type { AuditKind } from './server/events.ts'

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

export type Client = {
  id: string
  secretDigest: string | null
  previousSecretDigest: string | null
  metadata: RegisteredMetadata
  disabledAt: number | null
  notBefore: number
  createdAt: number
  updatedAt: number
}

/** One authorization: the refresh line and what its access tokens stand on. */
export type Grant = {
  id: string
  userId: number
  clientId: string
  sessionId: string | null
  scope: string
  resource: string | null
  keyThumbprint: string | null
  authTime: number
  amr: string
  claimsRequest: string | null
  /** The line whose token made the code of this one, and with which it ends; null = none. */
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

/** A grant about to be made. `refreshDigest` null = a line without refresh token. */
export type NewGrant = Omit<Grant, 'generation' | 'lastUsedAt' | 'revokedAt'> & {
  refreshDigest: string | null
  /** Random for each request: after an unknown outcome it tells whose write it was. */
  operation: string
}

/** What must be true at the very moment a code becomes a grant. */
export type CodeRedemption = NewGrant & {
  codeDigest: string
  codeIssuedAt: number
  /** The resources for which a consent must still stand; empty = none was needed. */
  consentResources: readonly string[]
  /** The browser session must still live (codes from a browser). */
  sessionRequired: boolean
}

export type RedemptionOutcome =
  | { outcome: 'redeemed'; user: User }
  | { outcome: 'replayed'; grantId: string }
  | { outcome: 'refused' }

/** One rotation: `presented` must be current, then `successor` is. */
export type Rotation = {
  grantId: string
  clientId: string
  presentedDigest: string
  successorDigest: string
  operation: string
  now: number
  idleExpiresAt: number
  accessExpiresAt: number
  /** Between which instants the last rotation must lie for the token before to be a retry. */
  retryable: { from: number; until: number }
}

/** What the grant's row says after the attempt. */
export type RotationOutcome = {
  rotated: boolean
  line: GrantLine | null
}

/** A grant with what else decides about it. */
export type GrantLine = {
  grant: Grant
  /** Whether a code began it: then refreshing gives ID tokens, too. */
  fromCode: boolean
  currentDigest: string | null
  previousDigest: string | null
  rotatedAt: number | null
  /** How many generations in a row were retried, this one included; never reset once it is 2. */
  retryRounds: number
  user: User
  /** Disabled or before not_before or the epoch: nothing of this line counts. */
  barred: boolean
}

/** What no refresh of a line ever changes, as KV keeps it for all refresh tokens of the line. */
export type RefreshRecord = {
  clientId: string
  scope: string
  resource: string | null
  keyThumbprint: string | null
}

/** What an access token says about itself. `issuedAt` has the millisecond of its jti. */
export type TokenFacts = {
  /** The key that signed it. */
  kid: string
  grantId: string | null
  clientId: string
  subject: string
  jti: string
  issuedAt: number
}

/** What an access token's line tells about it. */
export type TokenLine = {
  grant: Pick<Grant, 'id' | 'authTime' | 'amr' | 'claimsRequest' | 'keyThumbprint' | 'endsWith'>
  user: User
}

/** Facts about an access token that decide whether it still counts. */
export type TokenStanding = {
  /** The line it came from; null for a token without a user, or where the line is gone. */
  line: TokenLine | null
  /** Revoked, or its line, user, client or the epoch speaks against it. */
  ended: boolean
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

/**
 * What a user allowed a client at one resource; `resource` '' = this server itself. `scope` is what
 * the user is not asked for again; '' where every request is asked about.
 */
export type ConsentedScope = { resource: string; scope: string }

/** Consents about to be given by one answer. */
export type NewConsent = {
  clientId: string
  covered: readonly ConsentedScope[]
  grantedAt: number
}

/** A line that counts, or (`grantId` null) what a client was allowed without having one. */
export type AccessEntry = {
  grantId: string | null
  clientId: string
  scope: string
  createdAt: number
  lastUsedAt: number | null
}

/** Which consents concern a request. */
export type ConsentQuery = { clientId: string; resources: readonly string[] }

/** A live session with its user and those of the consents asked for that stand. */
export type SessionStanding = {
  session: Session
  user: User
  consents: readonly ConsentedScope[]
}

/** Which screen a write answers, until when that is open, and by which random operation. */
export type Answer = { digest: string; expiresAt: number; operation: string; now: number }

/** A notice that a client must be sent: OpenID Connect Back-Channel Logout 1.0. */
export type LogoutNotice = {
  id: string
  clientId: string
  sub: string
  sessionId: string | null
  attempts: number
}

/**
 * Somebody who has just proved who he is: the user as read before the proof (what is written for it
 * demands that the password is still that one), and the counters that it clears.
 */
export type Proof = { user: User; provedBuckets: readonly string[] }

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

export type NewUser = Omit<User, 'id' | 'notBefore'>

export type Page<Item> = { items: Item[]; nextCursor: string | null }

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

export type ClientChange = Partial<
  Pick<Client, 'secretDigest' | 'previousSecretDigest' | 'metadata' | 'disabledAt' | 'notBefore'>
>

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
