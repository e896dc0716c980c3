// The kinds of mail, and what each needs to know beside its words.

type Linked = { link: string }
type Coded = Linked & { code: string; minutes: string }

/** The facts of each kind. Every fact is a text that a sentence may name. */
export type MailFacts = {
  /** Asks whether the address is the user's. */
  verify: Coded
  /** Lets the user set a new password. */
  reset: Coded
  /** Answers somebody who asked for a new password but signs in without one. */
  'no-password': Linked
  /** Tells that a new password was set. */
  'password-changed': Linked
  'sign-in': Coded
  'sign-up': Coded
  /** Answers somebody who signs up although they have an account. */
  'account-exists': Linked
  invite: Linked & { days: string }
  /** To the new address. */
  'change-address': Coded
  /** To the old address. */
  'address-changed': Linked & { address: string; days: string }
  delete: Coded
  /** Tells when the account will be deleted, with the link that keeps it. */
  deletion: Linked & { date: string }
  /** Tells that a way to sign in was added or removed. */
  'account-changed': Linked & { change: AccountChange; provider: string }
}

/** A change of the ways to sign in. */
export type AccountChange =
  | 'addressChanged'
  | 'passkeyAdded'
  | 'passkeyRemoved'
  | 'appAdded'
  | 'appRemoved'
  | 'codesCreated'
  | 'providerLinked'
  | 'providerUnlinked'

export type MailKind = keyof MailFacts

/** A mail about to be written: to whom, in which language (BCP 47), and what it says. */
export type Mail<Kind extends MailKind = MailKind> = {
  kind: Kind
  to: string
  language: string
  facts: MailFacts[Kind]
  userId?: number
  /** After this instant, in seconds, it is not sent any more: its link is dead. */
  until?: number
}
