// Addresses in the metadata of a client at which the server itself will call.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { RegisteredMetadata } from '../core/clients/metadata.ts'
import { invalidClientMetadata } from '../protocol/error.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { clientAddressesFault } from './client-address.ts'
import { OutboundError, guardedFetch, mediaTypeOf } from './outbound.ts'
import { JsonFault, parseJson } from '../protocol/strict-json.ts'

const sector = once(() => v.array(v.string()))

/**
 * Checks the addresses that a client registers for the server to call: those of its logout notices and
 * of its keys, and the document of its sector, which must list every redirect URI (OpenID Connect
 * Registration 5).
 * @param vouched whether an initial access token came with the registration: nobody else makes the
 *   server send a request
 * @throws invalid_client_metadata
 */
export async function requireReachable(
  as: AuthorizationServer,
  metadata: RegisteredMetadata,
  vouched: boolean,
): Promise<void> {
  const fault = clientAddressesFault(as, metadata)
  if (fault !== null) throw invalidClientMetadata(`${fault.field} ${fault.detail}`)
  const { sector_identifier_uri: document } = metadata
  if (document === undefined) return
  if (!vouched) {
    throw invalidClientMetadata('sector_identifier_uri needs an initial access token')
  }
  const listed = await readSector(as, document)
  if (!metadata.redirect_uris.every((uri) => listed.includes(uri))) {
    throw invalidClientMetadata('sector_identifier_uri must list every redirect URI')
  }
}

async function readSector(as: AuthorizationServer, url: string): Promise<readonly string[]> {
  try {
    const headers = { Accept: 'application/json' }
    const answer = await guardedFetch(as, url, { headers })
    const isDocument = answer.status === 200 && mediaTypeOf(answer) === 'application/json'
    const parsed = v.safeParse(sector(), isDocument ? parseJson(answer.text) : null)
    if (parsed.success) return parsed.output
  } catch (cause) {
    if (!(cause instanceof OutboundError) && !(cause instanceof JsonFault)) throw cause
  }
  throw invalidClientMetadata('sector_identifier_uri must answer a JSON array of redirect URIs')
}
