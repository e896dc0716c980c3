// A client as the addresses, headings and lists of the console name it.
import type { RegisteredMetadata } from '../core/clients/metadata.ts'
import { deviceCodeGrantType } from '../core/clients/metadata.ts'
import type { Client } from '../core/clients/storage.ts'
import type { ClientKind } from '../protocol/client-kind.ts'
import { displayName } from '../pages/display-name.tsx'
import type { Visit } from './visit.ts'

/** Beyond this number grants of a client are not counted. */
export const mostCounted = 1000

/** Returns the id of the client in the address; '' if it cannot be one. */
export function clientIdIn({ context }: Visit): string {
  const id = context.req.param('id') ?? ''
  return id.length > 2000 || /\p{Cc}/u.test(id) ? '' : id
}

/** Reads the client in the address; null if there is none. */
export const readClient = (visit: Visit): Promise<Client | null> =>
  visit.as.store.clients.find(clientIdIn(visit))

/** Returns the address of the screen of a client. */
export const addressOf = (id: string): string => `/admin/clients/${encodeURIComponent(id)}`

/** Returns the way up to the screen of a client. */
export const upTo = (client: Client) => ({ href: addressOf(client.id), title: labelOf(client) })

/** Returns the name of a client, or the identifier. */
export const labelOf = ({ id, metadata }: Pick<Client, 'id' | 'metadata'>): string =>
  displayName(metadata.client_name ?? '') || displayName(id)

/** Returns the kind of app that metadata describes. */
export function kindOf(metadata: RegisteredMetadata): ClientKind {
  const { grant_types: grantTypes, token_endpoint_auth_method: method } = metadata
  if (grantTypes.every((grantType) => grantType === 'client_credentials')) return 'service'
  if (method !== 'none') return 'server'
  if (grantTypes.includes(deviceCodeGrantType)) return 'agent'
  return metadata.application_type === 'native' ? 'native' : 'spa'
}
