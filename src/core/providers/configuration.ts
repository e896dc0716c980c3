// The operator's configuration of an identity provider. One configuration serves both uses: a
// dialect's code exchange and sign-in on the login page.
import { foreignAlgorithms } from '../../crypto/foreign-key.ts'
import { managedBy } from '../../protocol/managed-by.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { presetNames } from '../../protocol/provider-presets.ts'
import { isScope } from '../../protocol/scope.ts'

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most))

/** An https host with an optional port. */
const host = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(260),
    v.regex(/^([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?$/, 'must be a host, in lower case'),
  ),
)

const domain = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(253),
    v.regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/, 'must be a domain, in lower case'),
  ),
)

const scope = (most: number) => v.pipe(text(most), v.check(isScope, 'must be a scope'))

/**
 * The configuration of a provider, in the form of the admin interface. Unknown members, which a
 * later version may have stored, are ignored.
 */
export const providerConfiguration = once(() =>
  v.object({
    /** Fills in what is absent here, and adds the rules of a provider that everybody knows. */
    preset: v.optional(v.picklist(presetNames)),
    /** The name on buttons. */
    label: text(60),
    /** Exactly as in the provider's tokens. */
    issuer: text(1000),
    client_id: text(200),
    /** Apple alone: who signs the client secret, and with which key. */
    team_id: v.optional(text(40)),
    key_id: v.optional(text(40)),
    /** Additional client ids that callers of the code exchange may use. */
    client_ids: v.optional(v.pipe(v.array(text(200)), v.maxLength(50)), []),
    token_endpoint_auth_method: v.optional(
      v.picklist(['client_secret_basic', 'client_secret_post', 'none']),
      'client_secret_basic',
    ),
    /**
     * Pins the algorithm of the provider's tokens; absent = any asymmetric algorithm that fits the
     * key.
     */
    id_token_signed_response_alg: v.optional(v.picklist(foreignAlgorithms)),

    /** Enables the code exchange for this token URL, which is compared as text. */
    token_url: v.optional(text(1000)),
    /** The host of the accepted key sets; absent = the host of `token_url`. */
    key_set_host: v.optional(host()),
    /** The claim that holds the local username (or `sub`, or `email` for the verified address). */
    user_claim: v.optional(text(100), 'sub'),

    /** Whether the login page offers the provider. */
    sign_in: v.optional(v.boolean(), true),
    scope: v.optional(scope(1000), 'openid profile email'),
    username_claim: v.optional(text(100), 'preferred_username'),
    name_claim: v.optional(text(100), 'name'),
    /**
     * Who may sign in: people who have an account, or anybody, in which case a new account is
     * created.
     */
    accounts: v.optional(v.picklist(['existing', 'create']), 'existing'),
    /** The scope limit of accounts that the provider's sign-ins create; absent = unrestricted. */
    account_scope: v.optional(scope(4000)),
    /**
     * Whether a verified address from the provider may link to the account that has the address.
     */
    link_by_email: v.optional(v.boolean(), false),
    /** Whether its assertions about linked users are exchanged for tokens (RFC 7523, ID-JAG). */
    assertions: v.optional(v.boolean(), false),
    /** The clients that may present them: trust in a provider is not consent for every client. */
    assertion_clients: v.optional(v.pipe(v.array(text(2000)), v.maxLength(50)), []),
    /** Domains of verified addresses that may sign in; empty = any. */
    email_domains: v.optional(v.pipe(v.array(domain()), v.maxLength(100)), []),
    /** Domains whose addresses sign in here alone, never with a password; no other provider has them. */
    domains: v.optional(v.pipe(v.array(domain()), v.maxLength(100)), []),
    managed_by: v.optional(managedBy()),
  }),
)

export type ProviderConfiguration = v.InferOutput<ReturnType<typeof providerConfiguration>>
