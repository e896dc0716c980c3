// Identity providers elsewhere: what the operator tells about one. One configuration serves both
// uses: a dialect's code exchange and sign-in on the login page.
import * as z from 'zod/mini'
import { foreignAlgorithms } from '../../crypto/foreign-key.ts'
import { once } from '../../protocol/once.ts'
import { isScope } from '../../protocol/scope.ts'

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
    id_token_signed_response_alg: z.optional(z.enum(foreignAlgorithms)),

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
