// Resource indicators: which resources a client may name, and which of a grant a token is for.
// RFC 8707 2.
import { invalidTarget } from '../../protocol/error.ts'
import { type Parameters, valuesOf } from '../../protocol/parameters.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isResourceIndicator } from '../clients/metadata.ts'
import type { Client } from '../clients/storage.ts'
import { keysOf } from './resource-metadata.ts'
import type { Nameable } from './storage.ts'
import { type Target, targetsOf } from './target.ts'

/** Resources that one request may name. */
const mostResources = 20

/** Characters of one, as of a registered one. */
const longestResource = 2_000

/**
 * Returns the resources that a request names, each once.
 *
 * @throws invalid_target for what is no resource indicator or what the client may not name
 */
export function requestedTargets(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): Promise<readonly Target[]> {
  return namedTargets(as, client, valuesOf(parameters, 'resource'))
}

/**
 * Returns the resources that a client names, each once.
 *
 * @throws invalid_target as `requestedTargets` does
 */
export async function namedTargets(
  as: AuthorizationServer,
  client: Client,
  named: readonly string[],
): Promise<readonly Target[]> {
  const targets = await targetsOf(as, indicatorsIn(named))
  if (!targets.every((target) => mayName(as, client, target))) throw notNameable()
  return targets
}

/**
 * Returns the resources that a client names in its own name. Nobody consents to these, so outside of
 * development they must be registered for the client.
 *
 * @throws invalid_target
 */
export async function machineTargets(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): Promise<readonly Target[]> {
  const targets = await requestedTargets(as, client, parameters)
  const isRegistered = client.metadata.resources !== undefined
  if (targets.length > 0 && !isRegistered && !as.settings.development) {
    throw invalidTarget('the resource is not registered for the client')
  }
  return targets
}

/**
 * Returns the granted resources that a token request narrows its grant to: those that it names under
 * any spelling, or all that the client may still name.
 *
 * @throws invalid_target for one that was not granted (RFC 8707 2.2) or that the client may no longer
 *   name
 */
export async function narrowedTargets(
  as: AuthorizationServer,
  client: Client,
  granted: readonly string[],
  parameters: Parameters,
): Promise<readonly Target[]> {
  // The whole grant first: what the request names of it is remembered then, and D1 is asked once.
  const targets = await remainingTargets(as, client, granted)
  const named = await requestedTargets(as, client, parameters)
  if (named.length === 0) return targets
  const keys = named.map(({ uri }) => resourceKey(uri))
  const isNamed = ({ uri }: Target): boolean => keys.includes(resourceKey(uri))
  const narrowed = targets.filter(isNamed)
  if (narrowed.length < named.length) {
    throw invalidTarget('the resource is not one that was granted')
  }
  return narrowed
}

/**
 * Returns the granted resources that the client may still name: its registered list may have become
 * shorter, a resource may have been deleted or closed. Never none where there were some: a token
 * without any is one for this server.
 *
 * @throws invalid_target if nothing is left
 */
export async function remainingTargets(
  as: AuthorizationServer,
  client: Client,
  granted: readonly string[],
): Promise<readonly Target[]> {
  const targets = await targetsOf(as, granted)
  const left = targets.filter((target) => mayName(as, client, target))
  if (left.length === 0 && targets.length > 0) throw notNameable()
  return left
}

/** Returns what a client may name, for the statement that decides about its refresh tokens. */
export const nameableBy = (
  { settings }: AuthorizationServer,
  { metadata: { resources } }: Client,
): Nameable => ({
  unregistered: settings.resources === 'any',
  listed: resources === undefined ? null : resources.map(resourceKey),
})

/** Returns whether the client may name a resource. */
export function mayName(
  { settings }: AuthorizationServer,
  { metadata: { resources } }: Client,
  { uri, metadata }: Target,
): boolean {
  const keys = metadata === null ? [resourceKey(uri)] : keysOf(metadata)
  const isListed = resources?.some((one) => keys.includes(resourceKey(one)))
  if (isListed === false) return false
  return metadata === null
    ? settings.resources === 'any'
    : metadata.open_to === 'all' || isListed === true
}

/** Returns the refusal of a resource that the client may not name. */
export const notNameable = () => invalidTarget('the resource is not one that the client may name')

/** Returns the resources that are named, each once, under the spelling that comes first. */
function indicatorsIn(named: readonly string[]): string[] {
  // "Its value MUST be an absolute URI... The URI MUST NOT include a fragment component."
  const isIndicator = (uri: string): boolean =>
    uri.length <= longestResource && isResourceIndicator(uri)
  if (named.length > mostResources || !named.every(isIndicator)) throw notNameable()
  const keys = named.map(resourceKey)
  return named.filter((uri, index) => keys.indexOf(resourceKey(uri)) === index)
}
