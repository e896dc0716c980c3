// What somebody who is signed in sees of their own account, and the port that keeps it.

/** How much an account has of each kind. */
export type AccountCounts = {
  passkeys: number
  recoveryCodes: number
  /** Live sessions of browsers and dialects. */
  sessions: number
  /** Live grants, and consents of clients without one. */
  apps: number
}

/** What people do with their own account, beside its sessions and its password. */
export type SelfStore = {
  counts(userId: number, now: number): Promise<AccountCounts>
}
