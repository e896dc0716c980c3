// Addresses that a client registers for the server to call: its keys, its logout notices, its sector.
import type { RegisteredMetadata } from '../core/clients/metadata.ts'
import { type OutboundAllowance, type OutboundOrigin, outboundFault } from './outbound.ts'

/**
 * Returns the exceptions for an address that a client has registered: its own port, unless that is one
 * of a system service, and in development a loopback host.
 */
export function clientAllowance(url: string): OutboundAllowance {
  const port = URL.canParse(url) ? Number(new URL(url).port) : 0
  return { loopback: true, ports: port >= 1024 ? [port] : [] }
}

/** Returns why a client may not register an address for the server to call, or null if it may. */
export const clientAddressFault = (as: OutboundOrigin, url: string): string | null =>
  outboundFault(as, url, clientAllowance(url))

type Addresses = Partial<
  Pick<RegisteredMetadata, 'backchannel_logout_uri' | 'jwks_uri' | 'sector_identifier_uri'>
>

/**
 * Returns the first address in the metadata of a client that the server must not call, and why; null if
 * there is none. Each address is checked here and again before a request.
 */
export function clientAddressesFault(
  as: OutboundOrigin,
  { backchannel_logout_uri, jwks_uri, sector_identifier_uri }: Addresses,
): { field: string; detail: string } | null {
  const addresses = { backchannel_logout_uri, jwks_uri, sector_identifier_uri }
  for (const [field, url] of Object.entries(addresses)) {
    const detail = url === undefined ? null : clientAddressFault(as, url)
    if (detail !== null) return { field, detail }
  }
  return null
}
