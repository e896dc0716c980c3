// Consents, parked codes and logout notices as they are stored; server/storage.ts says what holds in
// every room.
import type { Client, ConsentedScope } from '../clients/storage.ts'
import type { Answer, AuditEvent, Page } from '../server/storage.ts'

/** The consents that one answer gives; `grantedAt` in seconds. */
export type NewConsent = {
  clientId: string
  covered: readonly ConsentedScope[]
  grantedAt: number
  /** The client as its document describes it now; null = as it is stored. */
  described: Client | null
}

export type ConsentStore = {
  /**
   * Answers the screen, stores the client as the page described it, and records the consents, in one
   * batch. Consents to a client of another name, redirects, methods or keys are forgotten. False = the
   * screen was answered before.
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

/** A live grant, or (`grantId` null) what a client was allowed without having a grant. */
export type AccessEntry = {
  grantId: string | null
  clientId: string
  scope: string
  createdAt: number
  lastUsedAt: number | null
}

export type AccessStore = {
  /** Returns what has access to the user's account, newest use first, after the first `cursor`. */
  listOfUser(userId: number, now: number, limit: number, cursor: number): Promise<Page<AccessEntry>>
}

export type ParkedCodeStore = {
  park(digest: string, sealed: string, expiresAt: number): Promise<void>
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
