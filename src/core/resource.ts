// Resource indicators: which resource a token is for. RFC 8707.
import { isResourceIndicator } from '../protocol/client-metadata.ts'
import { invalidTarget } from '../protocol/error.ts'
import type { Client } from './records.ts'

/** The resources named by a request. @throws invalid_target for what the client may not name. */
export function requestedResource(client: Client, resource: string | undefined): string[] {
  if (resource === undefined) return []
  // "Its value MUST be an absolute URI... The URI MUST NOT include a fragment component."
  const allowed = client.metadata.resources
  if (!isResourceIndicator(resource) || (allowed !== undefined && !allowed.includes(resource))) {
    throw invalidTarget('the resource is not one that the client may name')
  }
  return [resource]
}
