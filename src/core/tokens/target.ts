// The resources that a token is for, with what the operator says about each: the scope, the signature
// and the lifetime of the token follow from it. RFC 8707 2, RFC 9068.
import type { AccessTokenAlgorithm } from '../../crypto/signing-key.ts'
import { standardScopes } from '../../protocol/claims.ts'
import { invalidDpopProof, invalidScope } from '../../protocol/error.ts'
import { grantScope, storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isProvedKey } from './confirmation.ts'
import { textIn } from './localized-text.ts'
import type { ResourceMetadata } from './resource-metadata.ts'
import type { Confirmation } from './storage.ts'

/** A resource that a request or a grant names. */
export type Target = {
  /** The registered spelling; of an unregistered resource the spelling of the request. */
  uri: string
  /** What the operator says about it; null = not registered. */
  metadata: ResourceMetadata | null
}

/**
 * Finds what the operator says about resources. Two spellings of one resource are one target.
 *
 * @throws temporarily_unavailable
 */
export async function targetsOf(
  as: AuthorizationServer,
  uris: readonly string[],
): Promise<readonly Target[]> {
  if (uris.length === 0) return []
  const found = await as.resources.find(uris, as.now)
  const targets = new Map<string, Target>()
  for (const [index, spelling] of uris.entries()) {
    const metadata = found[index]?.metadata ?? null
    const uri = metadata?.resource ?? spelling
    targets.set(uri, { uri, metadata })
  }
  return [...targets.values()]
}

/**
 * Tells whether a scope belongs to a resource. A standard scope belongs to every resource. Where the
 * operator has not said what the scope of a resource is, it is that of the client: a scope that the
 * client has from another resource means nothing there.
 */
const belongsTo = (name: string, { metadata }: Target, ofClient: readonly string[]): boolean =>
  standardScopes.includes(name) ||
  (metadata?.scope === undefined ? ofClient : storedScope(metadata.scope)).includes(name)

/**
 * Returns the names of a scope that belong to any of the targets; all of them where there is no
 * target.
 */
export function scopeAt(
  targets: readonly Target[],
  scope: readonly string[],
  clientScope: string,
): string[] {
  const ofClient = storedScope(clientScope)
  return scope.filter(
    (name) => targets.length === 0 || targets.some((target) => belongsTo(name, target, ofClient)),
  )
}

/**
 * Returns the names of a granted scope that belong to the targets of a token.
 *
 * @throws invalid_scope where none of them does
 */
export function requireScopeAt(
  targets: readonly Target[],
  scope: readonly string[],
  clientScope: string,
): string[] {
  const left = scopeAt(targets, scope, clientScope)
  if (left.length === 0) throw invalidScope('none of the granted scope belongs to the resource')
  return left
}

/**
 * Returns the scope that a client is granted at its targets. A client may be granted the scopes of
 * every registered resource that it names, beside those that it is registered for itself. A request
 * without `scope` asks for the client's own.
 *
 * @throws invalid_scope for bad syntax or an empty result
 */
export function grantScopeAt(
  targets: readonly Target[],
  requested: string | undefined,
  clientScope: string,
  userScope: string | null,
): string[] {
  const own = scopeAt(targets, storedScope(clientScope), clientScope)
  const ofTargets = targets.flatMap(({ metadata }) => storedScope(metadata?.scope ?? ''))
  const allowed = requested === undefined ? own : [...own, ...ofTargets]
  return grantScope(requested, allowed.join(' '), userScope)
}

/**
 * Holds a token request to what its targets demand.
 *
 * @throws invalid_dpop_proof if one of them takes only tokens that are bound to a key and the request
 *   proved none (RFC 9449 5.2)
 */
export function requireProofAt(
  targets: readonly Target[],
  confirmation: Confirmation | undefined,
): void {
  if (!targets.some(({ metadata }) => metadata?.dpop_required)) return
  if (isProvedKey(confirmation)) return
  throw invalidDpopProof('the resource demands DPoP, and the request has no proof')
}

/** How an access token is signed. */
type TokenKind = { alg: AccessTokenAlgorithm; typ: 'at+jwt' | 'JWT' }

/**
 * Returns how an access token for these targets is signed: as they ask for where all ask for the
 * same, else as RFC 9068 has it.
 */
export function tokenKindOf([first, ...others]: readonly Target[]): TokenKind {
  const kindOf = (target: Target | undefined): TokenKind => ({
    alg: target?.metadata?.access_token_signing_alg ?? 'ES256',
    typ: target?.metadata?.access_token_typ ?? 'at+jwt',
  })
  const { alg, typ } = kindOf(first)
  const isSame = others.map(kindOf).every((kind) => kind.alg === alg && kind.typ === typ)
  return isSame ? { alg, typ } : { alg: 'ES256', typ: 'at+jwt' }
}

/**
 * Returns when an access token for these targets expires (whole seconds): at `expiresAt`, or earlier
 * if one of them takes no token for so long.
 */
export const expiryAt = (
  as: AuthorizationServer,
  targets: readonly Target[],
  expiresAt: number,
): number =>
  targets.reduce((earliest, { metadata }) => {
    const lifetime = metadata?.access_token_ttl
    return lifetime === undefined ? earliest : Math.min(earliest, Math.floor(as.now) + lifetime)
  }, expiresAt)

/**
 * Returns what the operator says about scopes, by scope: those of these targets, and those of this
 * server (SCOPE_TEXTS). In the language of the page, else in English, else in the first language there
 * is.
 */
export function scopeTexts(
  { settings }: AuthorizationServer,
  targets: readonly Target[],
  language: string,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const ofTargets = targets.map(({ metadata }) => Object.entries(metadata?.texts ?? {}))
  for (const entries of [...ofTargets, settings.brand.scopeTexts]) {
    for (const [scope, said] of entries) {
      const text = textIn(said, language)
      if (text !== undefined && !texts.has(scope)) texts.set(scope, text)
    }
  }
  return texts
}
