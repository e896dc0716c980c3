// Resource indicators: which resource a token is for. RFC 8707.
import { invalidTarget } from '../../protocol/error.ts'
import { type Parameters, valuesOf } from '../../protocol/parameters.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isResourceIndicator } from '../clients/metadata.ts'
import type { Client } from '../clients/storage.ts'

/** Resources that one request may name. */
const mostResources = 10

/** Characters of one, as of a registered one. */
const longestResource = 2_000

/** The resources named by a request, each once. @throws invalid_target for what the client may not name. */
export function requestedResource(client: Client, parameters: Parameters): string[] {
  const named = namedResource(parameters)
  // "Its value MUST be an absolute URI... The URI MUST NOT include a fragment component."
  const allowed = client.metadata.resources
  const isAllowed = (uri: string): boolean =>
    uri.length <= longestResource &&
    isResourceIndicator(uri) &&
    (allowed === undefined || allowed.includes(uri))
  if (named.length > mostResources || !named.every(isAllowed)) {
    throw invalidTarget('the resource is not one that the client may name')
  }
  return named
}

/**
 * The resources named by a client in its own name. Nobody consents to these, so outside of
 * development they must be registered for the client.
 * @throws invalid_target
 */
export function machineResource(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): string[] {
  const named = requestedResource(client, parameters)
  const isRegistered = client.metadata.resources !== undefined
  if (named.length > 0 && !isRegistered && !as.settings.development) {
    throw invalidTarget('the resource is not registered for the client')
  }
  return named
}

/**
 * The resources that a request narrows a grant to: those it names, or all that were granted.
 * @throws invalid_target for one that was not granted (RFC 8707 2.2)
 */
export function narrowedResource(
  granted: readonly string[],
  parameters: Parameters,
): readonly string[] {
  const named = namedResource(parameters)
  if (named.length === 0) return granted
  if (!named.every((uri) => granted.includes(uri))) {
    throw invalidTarget('the resource is not one that was granted')
  }
  return named
}

/**
 * What of the granted resources the client may still name: its registered list may have become
 * shorter. Never none where there were some: a token without any is one for this server.
 * @throws invalid_target if nothing is left
 */
export function remainingResource(
  { metadata: { resources } }: Client,
  granted: readonly string[],
): readonly string[] {
  const left = resources === undefined ? granted : granted.filter((uri) => resources.includes(uri))
  if (left.length === 0 && granted.length > 0) {
    throw invalidTarget('the resource is not one that the client may name')
  }
  return left
}

/** Whether a request names a resource at all. */
export const namesResource = (parameters: Parameters): boolean =>
  namedResource(parameters).length > 0

const namedResource = (parameters: Parameters): string[] => [
  ...new Set(valuesOf(parameters, 'resource')),
]
