// Storage ports for identity providers and for the links of users to their accounts at providers.
// server/storage.ts has the rules of all ports.
import type { SealedMail } from '../people/mail/storage.ts'
import type { LinkKey, NewUser, User } from '../people/storage.ts'
import type { AuditEvent, Page } from '../server/storage.ts'
import type { ProviderConfiguration } from './configuration.ts'

export type Provider = {
  id: string
  configuration: ProviderConfiguration
  /** Sealed under a MASTER_KEY sub-key together with the provider's id; null = none. */
  wrappedClientSecret: string | null
  disabledAt: number | null
  createdAt: number
  updatedAt: number
}

export type ProviderStore = {
  create(provider: Provider, audit: AuditEvent): Promise<'created' | 'taken'>
  find(id: string): Promise<Provider | null>
  /** Returns all enabled providers, ordered by id. Operators have only a few. */
  listEnabled(): Promise<Provider[]>
  list(limit: number, cursor: string): Promise<Page<Provider>>
  /**
   * Applies `decide` to the stored provider and repeats it if another change came first. Returns
   * null if there is no such provider.
   */
  change(
    id: string,
    decide: (provider: Provider) => Provider,
    audit: AuditEvent,
  ): Promise<Provider | null>
  delete(id: string, audit: AuditEvent): Promise<boolean>
}

/** Links a provider's subject to a user. `email` is the address that the provider reported. */
export type ProviderLink = LinkKey & {
  userId: number
  email: string | null
  createdAt: number
}

/** The proof for linking to an existing account. It must still hold when the link is written. */
export type LinkBasis =
  /** A live session of the user has this digest. */
  | { sessionDigest: string }
  /** The user has this verified e-mail address, ignoring ASCII case. */
  | { verifiedEmail: string }

/** `mails` are those about a change, stored in its batch if the event is. */
export type ProviderLinkStore = {
  find(issuer: string, subject: string): Promise<ProviderLink | null>
  /** Returns all links of a user, oldest first. */
  listOfUser(userId: number): Promise<ProviderLink[]>
  /**
   * Links a subject that has no link yet; of two concurrent calls, one wins. Returns `refused` if
   * the user is disabled or missing, the basis no longer holds, or there are too many links.
   */
  link(
    link: ProviderLink,
    basis: LinkBasis,
    audit: AuditEvent,
    mails: readonly SealedMail[],
  ): Promise<'linked' | 'taken' | 'refused'>
  /**
   * Creates a user and its link in one batch. Returns `taken` if a name or the subject is in use.
   */
  createLinked(
    user: NewUser,
    link: Omit<ProviderLink, 'userId'>,
    audit: AuditEvent,
  ): Promise<User | 'taken'>
  /**
   * Removes a link unless it is the user's only way to sign in (`last`). Of two concurrent removals
   * of the last two links, one is refused. Links to deleted or disabled providers, or to providers
   * without sign-in, do not count as a way to sign in. Idempotent.
   */
  unlink(
    link: ProviderLink,
    audit: AuditEvent,
    mails: readonly SealedMail[],
  ): Promise<'unlinked' | 'last'>
  /** Removes a link even if it is the last one. Idempotent. */
  end(link: ProviderLink, audit: AuditEvent): Promise<void>
}
