// Identity providers elsewhere, and the links of users to accounts there, as they are stored;
// server/storage.ts says what holds in every room.
import type { LinkKey, NewUser, User } from '../people/storage.ts'
import type { AuditEvent, Page } from '../server/storage.ts'
import type { ProviderConfiguration } from './configuration.ts'

export type Provider = {
  id: string
  configuration: ProviderConfiguration
  /** Sealed under a MASTER_KEY sub-key with the provider's id; null = none. */
  wrappedClientSecret: string | null
  disabledAt: number | null
  createdAt: number
  updatedAt: number
}

export type ProviderStore = {
  create(provider: Provider, audit: AuditEvent): Promise<'created' | 'taken'>
  find(id: string): Promise<Provider | null>
  /** Every enabled provider, in the order of ids; an operator has a handful. */
  listEnabled(): Promise<Provider[]>
  list(limit: number, cursor: string): Promise<Page<Provider>>
  /** Applies what `decide` makes of the provider as stored; asked anew where another came first. */
  change(
    id: string,
    decide: (provider: Provider) => Provider,
    audit: AuditEvent,
  ): Promise<Provider | null>
  delete(id: string, audit: AuditEvent): Promise<boolean>
}

/** Which user a provider's subject is. `email` is what the provider called the account. */
export type ProviderLink = LinkKey & {
  userId: number
  email: string | null
  createdAt: number
}

/** On what a link to an existing account rests; it must be true when the link is written. */
export type LinkBasis =
  /** The session with this digest is the user's and lives. */
  | { sessionDigest: string }
  /** This is the user's e-mail address, but for the case of ASCII letters, and verified. */
  | { verifiedEmail: string }

export type ProviderLinkStore = {
  find(issuer: string, subject: string): Promise<ProviderLink | null>
  /** All links of a user, oldest first. */
  listOfUser(userId: number): Promise<ProviderLink[]>
  /**
   * Links a subject that nobody has yet; of two at once one wins. `refused` = no enabled user, no
   * basis (any more), or too many links.
   */
  link(
    link: ProviderLink,
    basis: LinkBasis,
    audit: AuditEvent,
  ): Promise<'linked' | 'taken' | 'refused'>
  /** Makes a user and the link to it in one batch; `taken` = a name or the subject has an owner. */
  createLinked(
    user: NewUser,
    link: Omit<ProviderLink, 'userId'>,
    audit: AuditEvent,
  ): Promise<User | 'taken'>
  /**
   * Ends a link, unless it is the only way in that its user has (`last`): of two such answers at
   * once, one is refused. A link to a provider that is gone, disabled or not for signing in is none.
   * Idempotent.
   */
  unlink(link: ProviderLink, audit: AuditEvent): Promise<'unlinked' | 'last'>
  /** Ends a link, whatever is left. Idempotent. */
  end(link: ProviderLink, audit: AuditEvent): Promise<void>
}
