// Addresses that a client registers for the server to call: its keys, its logout notices.
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
