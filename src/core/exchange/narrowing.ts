// What a refresh asks of its grant: less scope, some of its resources, a token for a key.
// RFC 6749 6, RFC 8707 2.2, RFC 9449 5.
import { invalidScope, invalidTarget } from '../../protocol/error.ts'
import { valuesOf } from '../../protocol/parameters.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import { isWithin, parseScope, storedScope } from '../../protocol/scope.ts'
import { isResourceIndicator } from '../clients/metadata.ts'
import { thumbprintOf } from '../tokens/confirmation.ts'
import type { Grant, NamedResource, Rotation } from '../tokens/storage.ts'
import type { TokenRequest } from './token-request.ts'

/** What a refresh asks, as the statement judges it that decides about the refresh. */
export type Asked = Pick<Rotation, 'scope' | 'resource' | 'keyThumbprint'>

/** What the access token of a refresh is for. */
export type Narrowed = { scope: readonly string[]; resource: readonly string[] }

/**
 * Reads what a refresh asks. Nothing is judged that only the grant can tell.
 * @throws invalid_scope (malformed), invalid_target (no resource indicator)
 */
export function askedOf({ parameters, confirmation }: TokenRequest): Asked {
  const scope = parameters.get('scope')
  const uris = [...new Set(valuesOf(parameters, 'resource'))]
  if (!uris.every(isResourceIndicator)) throw notGranted()
  return {
    keyThumbprint: thumbprintOf(confirmation),
    scope: scope === undefined ? null : parseScope(scope),
    resource: uris.length === 0 ? null : uris.map((uri) => ({ uri, key: resourceKey(uri) })),
  }
}

/**
 * Returns what a refresh narrows a grant to: the names that it asks for, and of the resources those it
 * names, in the spelling that was authorized.
 * @throws invalid_scope, invalid_target for what was not granted
 */
export function narrowing(grant: Grant, { scope, resource }: Asked): Narrowed {
  const grantedScope = storedScope(grant.scope)
  // "The requested scope MUST NOT include any scope not originally granted by the resource owner."
  if (scope !== null && !isWithin(scope, grantedScope)) {
    throw invalidScope('the scope is wider than what was granted', { reason: 'scope_wider' })
  }
  const granted = storedScope(grant.resource ?? '')
  // A grant of the release before has no keys: its resources are compared by their spelling.
  const known = grant.resourceKeys === null ? granted : storedScope(grant.resourceKeys)
  if (resource !== null && !resource.every(({ uri, key }) => known.some(isOneOf([uri, key])))) {
    throw notGranted()
  }
  return {
    scope: scope ?? grantedScope,
    resource: resource === null ? granted : granted.filter(isNamed(resource)),
  }
}

const isOneOf = (words: readonly string[]) => (word: string) => words.includes(word)

const isNamed = (named: readonly NamedResource[]) => (granted: string) =>
  named.some(({ key }) => key === resourceKey(granted))

const notGranted = () => invalidTarget('the resource is not one that was granted')
