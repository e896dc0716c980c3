// Classifies IP addresses in URLs and headers as public or reserved, by the IANA special-purpose
// address registries (RFC 6890). WHATWG URL rewrites the odd IPv4 forms (127.1, 0x7f.1, 2130706433,
// full-width digits) into dotted form, but it leaves an IPv4 address inside an IPv6 address
// unchanged.

/** Returns the eight 16-bit groups of an IPv6 address, or null for other text. */
export function ipv6Groups(address: string): number[] | null {
  // Other characters would end the host of the URL, and something else would be read as one.
  const host = /^[\da-f:.]+$/i.test(address) ? URL.parse(`http://[${address}]/`)?.hostname : null
  if (host === null || host === undefined) return null
  const [head = '', tail] = host.slice(1, -1).split('::')
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const before = parse(head)
  if (tail === undefined) return before
  const after = parse(tail)
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}

/** Returns the 32 bits of a dotted IPv4 address, or null for other text. */
function ipv4Bits(address: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  if (match === null) return null
  return match.slice(1).reduce((bits, byte) => bits * 256 + Number(byte), 0)
}

// Network and prefix length of every IPv4 block that is not on the public internet.
const reservedIpv4: readonly (readonly [network: string, length: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

const isPublicIpv4 = (bits: number): boolean =>
  !reservedIpv4.some(([network, length]) => {
    const size = 2 ** (32 - length)
    return Math.floor(bits / size) === Math.floor((ipv4Bits(network) ?? 0) / size)
  })

// Global unicast is 2000::/3. Within it, addresses that translate to IPv4 (6to4, Teredo), the
// protocol assignments around Teredo, and the documentation blocks are not public hosts.
function isPublicIpv6([first = 0, second = 0]: readonly number[]): boolean {
  if (first < 0x2000 || first > 0x3fff) return false
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return false
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000)
}

/**
 * Classifies the host of a URL: `public` or `reserved` for an IP address, `name` for anything else.
 */
export function addressKind(hostname: string): 'name' | 'public' | 'reserved' {
  if (hostname.startsWith('[')) {
    const groups = ipv6Groups(hostname.slice(1, -1))
    return groups !== null && isPublicIpv6(groups) ? 'public' : 'reserved'
  }
  const bits = ipv4Bits(hostname)
  if (bits === null) return 'name'
  return isPublicIpv4(bits) ? 'public' : 'reserved'
}

/**
 * DNS services that resolve a name to the address in it. They also accept the two notations below.
 */
const spellingServices = /(^|\.)(nip|sslip)\.io$/

/**
 * Returns whether a host name contains a reserved IP address, as `10.0.0.1.nip.io` and
 * `app-10-0-0-1.sslip.io` do. DNS services resolve such names to that address.
 */
export function spellsReservedAddress(hostname: string): boolean {
  // The lookahead finds overlapping matches too. The DNS service decides which match it uses.
  const quartets = hostname.matchAll(/(?<!\d)(?=(\d+)[.-](\d+)[.-](\d+)[.-](\d+)(?!\d))/g)
  for (const [, ...bytes] of quartets) {
    if (bytes.every((byte) => Number(byte) < 256) && isReserved(bytes.join('.'))) return true
  }
  if (!spellingServices.test(hostname)) return false
  const hexadecimal = hostname.matchAll(
    /(?:^|[.-])(?=([\da-f]{2})([\da-f]{2})([\da-f]{2})([\da-f]{2})[.-])/g,
  )
  for (const [, ...bytes] of hexadecimal) {
    if (isReserved(bytes.map((byte) => Number.parseInt(byte, 16)).join('.'))) return true
  }
  // IPv6 with dashes for colons: all of these are treated as reserved.
  return /--|(^|[.-])([\da-f]{1,4}-){7}[\da-f]{1,4}[.-]/.test(hostname)
}

const isReserved = (ipv4: string): boolean => {
  const bits = ipv4Bits(ipv4)
  return bits !== null && !isPublicIpv4(bits)
}
