// A client's address as limits count it: IPv4 whole, IPv6 by its /64, each in one spelling. By raw text
// one subscriber would have a limit for each address of a /64, and for each spelling of an address.
import { ipv6Groups } from '../../protocol/ip-address.ts'

/**
 * Returns the part of an address that one subscriber controls: all of IPv4, the /64 of IPv6. Other text
 * is returned as it is, cut to 64 characters.
 */
export function addressPrefix(address: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address
  const groups = ipv6Groups(address)
  if (groups === null) return address === '' ? 'unknown' : address.slice(0, 64)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) {
    const [high = 0, low = 0] = groups.slice(6)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** Returns the part of an address that logs may contain: the /24 of IPv4, the /48 of IPv6. */
export function networkOf(address: string): string {
  const prefix = addressPrefix(address)
  const ipv4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(prefix)
  if (ipv4 !== null) return `${ipv4[1]}.0/24`
  const ipv6 = /^((?:[0-9a-f]+:){3})[0-9a-f]+::\/64$/.exec(prefix)
  return ipv6 === null ? 'unknown' : `${ipv6[1]}:/48`
}
