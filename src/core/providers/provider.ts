// Identity providers elsewhere: what the operator tells about one, and where it is kept. One table
// serves both uses: a dialect's code exchange and sign-in on the login page.
import * as z from 'zod/mini'
import { upstreamAlgorithms } from '../../crypto/upstream-token.ts'
import { once } from '../../protocol/once.ts'
import { isScope } from '../../protocol/scope.ts'
import type { AuditEvent, NewUser, Page, User } from '../records.ts'

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most))

/** An https host with an optional port, as it stands in a URL. */
const host = once(() =>
  z
    .string()
    .check(
      z.maxLength(260),
      z.regex(/^([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?$/, 'must be a host, in lower case'),
    ),
)

const domain = once(() =>
  z
    .string()
    .check(
      z.maxLength(253),
      z.regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/, 'must be a domain, in lower case'),
    ),
)

const scope = (most: number) => text(most).check(z.refine(isScope, 'must be a scope'))

/**
 * The operator's description of a provider, as the admin interface takes and gives it. What a later
 * version has stored beside is passed over.
 */
export const providerConfiguration = once(() =>
  z.object({
    /** Its name on buttons. */
    label: text(60),
    /** Exact, as its tokens spell it. */
    issuer: text(1000),
    client_id: text(200),
    /** Further client ids that callers of the code exchange may name. */
    client_ids: z._default(z.array(text(200)).check(z.maxLength(50)), []),
    token_endpoint_auth_method: z._default(
      z.enum(['client_secret_basic', 'client_secret_post', 'none']),
      'client_secret_basic',
    ),
    /** Pins the algorithm of its tokens; absent = any asymmetric one that fits the key. */
    id_token_signed_response_alg: z.optional(z.enum(upstreamAlgorithms)),

    /** The code exchange: on where `token_url` is set, compared as text. */
    token_url: z.optional(text(1000)),
    /** The host whose key sets count; absent = the host of `token_url`. */
    key_set_host: z.optional(host()),
    /** The claim that is the local username (or `sub`; for `email` the verified address). */
    user_claim: z._default(text(100), 'sub'),

    /** Sign-in on the login page. */
    sign_in: z._default(z.boolean(), true),
    scope: z._default(scope(1000), 'openid profile email'),
    username_claim: z._default(text(100), 'preferred_username'),
    name_claim: z._default(text(100), 'name'),
    /** Who may come: people with an account, or anyone, who then gets one. */
    accounts: z._default(z.enum(['existing', 'create']), 'existing'),
    /** What those who get an account may be granted; absent = unrestricted. */
    account_scope: z.optional(scope(4000)),
    /** Whether an address that the provider verified may find the account that has it. */
    link_by_email: z._default(z.boolean(), false),
    /** Domains of verified addresses that may come; empty = any. */
    email_domains: z._default(z.array(domain()).check(z.maxLength(100)), []),
  }),
)

export type ProviderConfiguration = z.infer<ReturnType<typeof providerConfiguration>>

export type Provider = {
  id: string
  configuration: ProviderConfiguration
  /** Sealed under a MASTER_KEY sub-key with the provider's id; null = none. */
  wrappedClientSecret: string | null
  disabledAt: number | null
  createdAt: number
  updatedAt: number
}

/** Which user a provider's subject is. `email` is what the provider called the account. */
export type ProviderLink = {
  issuer: string
  subject: string
  userId: number
  email: string | null
  createdAt: number
}

/** What names a link. */
export type LinkKey = Pick<ProviderLink, 'issuer' | 'subject'>

/** On what a link to an existing account rests; it must be true when the link is written. */
export type LinkBasis =
  /** The session with this digest is the user's and lives. */
  | { sessionDigest: string }
  /** This is the user's e-mail address, but for the case of ASCII letters, and verified. */
  | { verifiedEmail: string }

/** Which links a new password ends: all added to the account at or after `since` but the kept ones. */
export type LinkSuspicion = { since: number; kept: readonly LinkKey[] }

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
