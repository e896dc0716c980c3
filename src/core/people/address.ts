// A client's address as a throttle sees it: IPv4 whole, IPv6 by its /64, each in one spelling
// (raw text would let one /64, or many spellings of one address, have a bucket each).
import { ipv6Groups } from '../../protocol/ip-address.ts'

/** The part of an address that one subscriber controls; other text is its own bucket. */
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

/** The part of an address that may stand in a log: IPv4 by its /24, IPv6 by its /48. */
export function networkOf(address: string): string {
  const prefix = addressPrefix(address)
  const ipv4 = /^(\d+\.\d+\.\d+)\.\d+$/.exec(prefix)
  if (ipv4 !== null) return `${ipv4[1]}.0/24`
  const ipv6 = /^((?:[0-9a-f]+:){3})[0-9a-f]+::\/64$/.exec(prefix)
  return ipv6 === null ? 'unknown' : `${ipv6[1]}:/48`
}
