// The operator's configuration of an identity provider. One configuration serves both uses: a
// dialect's code exchange and sign-in on the login page.
import * as z from 'zod/mini'
import { foreignAlgorithms } from '../../crypto/foreign-key.ts'
import { managedBy } from '../../protocol/managed-by.ts'
import { once } from '../../protocol/once.ts'
import { isScope } from '../../protocol/scope.ts'

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most))

/** An https host with an optional port. */
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
 * The configuration of a provider, in the form of the admin interface. Unknown members, which a
 * later version may have stored, are ignored.
 */
export const providerConfiguration = once(() =>
  z.object({
    /** The name on buttons. */
    label: text(60),
    /** Exactly as in the provider's tokens. */
    issuer: text(1000),
    client_id: text(200),
    /** Additional client ids that callers of the code exchange may use. */
    client_ids: z._default(z.array(text(200)).check(z.maxLength(50)), []),
    token_endpoint_auth_method: z._default(
      z.enum(['client_secret_basic', 'client_secret_post', 'none']),
      'client_secret_basic',
    ),
    /**
     * Pins the algorithm of the provider's tokens; absent = any asymmetric algorithm that fits the
     * key.
     */
    id_token_signed_response_alg: z.optional(z.enum(foreignAlgorithms)),

    /** Enables the code exchange for this token URL, which is compared as text. */
    token_url: z.optional(text(1000)),
    /** The host of the accepted key sets; absent = the host of `token_url`. */
    key_set_host: z.optional(host()),
    /** The claim that holds the local username (or `sub`, or `email` for the verified address). */
    user_claim: z._default(text(100), 'sub'),

    /** Whether the login page offers the provider. */
    sign_in: z._default(z.boolean(), true),
    scope: z._default(scope(1000), 'openid profile email'),
    username_claim: z._default(text(100), 'preferred_username'),
    name_claim: z._default(text(100), 'name'),
    /**
     * Who may sign in: people who have an account, or anybody, in which case a new account is
     * created.
     */
    accounts: z._default(z.enum(['existing', 'create']), 'existing'),
    /** The scope limit of accounts that the provider's sign-ins create; absent = unrestricted. */
    account_scope: z.optional(scope(4000)),
    /**
     * Whether a verified address from the provider may link to the account that has the address.
     */
    link_by_email: z._default(z.boolean(), false),
    /** Whether its assertions about linked users are exchanged for tokens (RFC 7523, ID-JAG). */
    assertions: z._default(z.boolean(), false),
    /** The clients that may present them: trust in a provider is not consent for every client. */
    assertion_clients: z._default(z.array(text(2000)).check(z.maxLength(50)), []),
    /** Domains of verified addresses that may sign in; empty = any. */
    email_domains: z._default(z.array(domain()).check(z.maxLength(100)), []),
    managed_by: z.optional(managedBy()),
  }),
)

export type ProviderConfiguration = z.infer<ReturnType<typeof providerConfiguration>>
