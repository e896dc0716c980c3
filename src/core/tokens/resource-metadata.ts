// The operator's description of a protected resource. RFC 8707, RFC 9068.
import { accessTokenAlgorithms } from '../../crypto/signing-key.ts'
import { standardScopes } from '../../protocol/claims.ts'
import { managedBy } from '../../protocol/managed-by.ts'
import { once } from '../../protocol/once.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import * as v from '../../protocol/schema.ts'
import { isScope, storedScope } from '../../protocol/scope.ts'
import { isResourceIndicator } from '../clients/metadata.ts'
import { localizedText } from './localized-text.ts'

/** Types of access tokens that a resource may ask for, the default first. */
const accessTokenTypes = ['at+jwt', 'JWT'] as const

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most))

const spelling = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(2000),
    v.check((uri) => isResourceIndicator(uri), 'must be an absolute URI without fragment'),
  ),
)

const scope = once(() =>
  v.pipe(
    text(4000),
    v.check(isScope, 'must be scope names separated by one space each'),
    // Such a name lets a token act at this server, and only a client's own scope may allow that.
    v.check(
      (names) => !storedScope(names).some((name) => standardScopes.includes(name)),
      `must not contain a scope of this server: ${standardScopes.join(', ')}`,
    ),
  ),
)

const scopeName = once(() =>
  v.pipe(
    text(200),
    v.check((name) => isScope(name) && !name.includes(' '), 'must be a scope name'),
  ),
)

/** The operator's description of a resource, as the admin interface takes and gives it. */
export const resourceMetadata = once(() =>
  v.object({
    /** The spelling that tokens have in `aud`. */
    resource: spelling(),
    /** Its name on the consent page. */
    name: v.optional(text(100)),
    /** What clients that name the resource may be granted; absent = what each is registered for. */
    scope: v.optional(scope()),
    /** Other spellings under which requests may name it. */
    aliases: v.optional(v.pipe(v.array(spelling()), v.maxLength(20)), []),
    /** The longest lifetime of an access token for it, in seconds. */
    access_token_ttl: v.optional(v.pipe(v.int(), v.minValue(1), v.maxValue(31_536_000))),
    /** Whether only tokens that are bound to a key are issued for it (RFC 9449). */
    dpop_required: v.optional(v.boolean(), false),
    /** Which clients may name it: all, or those whose own `resources` list it. */
    open_to: v.optional(v.picklist(['all', 'listed']), 'all'),
    /** What a scope lets a client do, for the consent page: in one language, or by language. */
    texts: v.optional(v.record(scopeName(), localizedText(300)), {}),
    access_token_signing_alg: v.optional(v.picklist(accessTokenAlgorithms), 'ES256'),
    access_token_typ: v.optional(v.picklist(accessTokenTypes), 'at+jwt'),
    managed_by: v.optional(managedBy()),
  }),
)

export type ResourceMetadata = v.InferOutput<ReturnType<typeof resourceMetadata>>

/** Returns the keys of all spellings of a resource, each once. */
export const keysOf = ({ resource, aliases }: ResourceMetadata): string[] => [
  ...new Set([resource, ...aliases].map(resourceKey)),
]
