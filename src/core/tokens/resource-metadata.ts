// The operator's description of a protected resource. RFC 8707, RFC 9068.
import * as z from 'zod/mini'
import { accessTokenAlgorithms } from '../../crypto/signing-key.ts'
import { standardScopes } from '../../protocol/claims.ts'
import { managedBy } from '../../protocol/managed-by.ts'
import { once } from '../../protocol/once.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import { isScope, storedScope } from '../../protocol/scope.ts'
import { isResourceIndicator } from '../clients/metadata.ts'
import { localizedText } from './localized-text.ts'

/** Types of access tokens that a resource may ask for, the default first. */
const accessTokenTypes = ['at+jwt', 'JWT'] as const

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most))

const spelling = once(() =>
  z.string().check(
    z.maxLength(2000),
    z.refine((uri) => isResourceIndicator(uri), 'must be an absolute URI without fragment'),
  ),
)

const scope = once(() =>
  text(4000).check(
    z.refine(isScope, 'must be scope names separated by one space each'),
    // Such a name lets a token act at this server, and only a client's own scope may allow that.
    z.refine(
      (names) => !storedScope(names).some((name) => standardScopes.includes(name)),
      `must not contain a scope of this server: ${standardScopes.join(', ')}`,
    ),
  ),
)

const scopeName = once(() =>
  text(200).check(z.refine((name) => isScope(name) && !name.includes(' '), 'must be a scope name')),
)

/** The operator's description of a resource, as the admin interface takes and gives it. */
export const resourceMetadata = once(() =>
  z.object({
    /** The spelling that tokens have in `aud`. */
    resource: spelling(),
    /** Its name on the consent page. */
    name: z.optional(text(100)),
    /** What clients that name the resource may be granted; absent = what each is registered for. */
    scope: z.optional(scope()),
    /** Other spellings under which requests may name it. */
    aliases: z._default(z.array(spelling()).check(z.maxLength(20)), []),
    /** The longest lifetime of an access token for it, in seconds. */
    access_token_ttl: z.optional(z.int().check(z.minimum(1), z.maximum(31_536_000))),
    /** Whether only tokens that are bound to a key are issued for it (RFC 9449). */
    dpop_required: z._default(z.boolean(), false),
    /** Which clients may name it: all, or those whose own `resources` list it. */
    open_to: z._default(z.enum(['all', 'listed']), 'all'),
    /** What a scope lets a client do, for the consent page: in one language, or by language. */
    texts: z._default(z.record(scopeName(), localizedText(300)), {}),
    access_token_signing_alg: z._default(z.enum(accessTokenAlgorithms), 'ES256'),
    access_token_typ: z._default(z.enum(accessTokenTypes), 'at+jwt'),
    managed_by: z.optional(managedBy()),
  }),
)

export type ResourceMetadata = z.infer<ReturnType<typeof resourceMetadata>>

/** Returns the keys of all spellings of a resource, each once. */
export const keysOf = ({ resource, aliases }: ResourceMetadata): string[] => [
  ...new Set([resource, ...aliases].map(resourceKey)),
]
