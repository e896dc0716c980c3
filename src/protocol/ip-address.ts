// IP addresses in URLs and headers, and which of them are of the public internet. WHATWG URL folds
// the odd IPv4 forms (127.1, 0x7f.1, 2130706433, full-width digits) into one spelling, but leaves
// an IPv4 address inside an IPv6 one as it is. IANA special-purpose address registries (RFC 6890).

/** The eight 16-bit groups of an IPv6 address, or null. */
export function ipv6Groups(address: string): number[] | null {
  const host = URL.canParse(`http://[${address}]/`)
    ? new URL(`http://[${address}]/`).hostname
    : null
  if (host === null) return null
  const [head = '', tail] = host.slice(1, -1).split('::')
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const before = parse(head)
  if (tail === undefined) return before
  const after = parse(tail)
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}

/** The 32 bits of a dotted IPv4 address as a URL spells it, or null. */
function ipv4Bits(address: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  if (match === null) return null
  return match.slice(1).reduce((bits, byte) => bits * 256 + Number(byte), 0)
}

// Network and prefix length of every IPv4 block that is not of the public internet.
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

// Global unicast is 2000::/3; within it, what translates to IPv4 (6to4, Teredo), the protocol
// assignments around Teredo and the documentation blocks reach nobody who should be reached.
function isPublicIpv6([first = 0, second = 0]: readonly number[]): boolean {
  if (first < 0x2000 || first > 0x3fff) return false
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return false
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000)
}

/**
 * Whether the host name of a URL is an IP address, and one of the public internet: `name` for
 * anything that is not an address.
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

/** Services that answer for any name with the address that it spells, in these further ways, too. */
const spellingServices = /(^|\.)(nip|sslip)\.io$/

/**
 * Whether a host name spells an IP address that is not of the public internet, as `10.0.0.1.nip.io`
 * and `app-10-0-0-1.sslip.io` do: for such names DNS gives that very address.
 */
export function spellsReservedAddress(hostname: string): boolean {
  // Looking ahead finds overlapping ones, too: which of them counts is the service's choice.
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
  // IPv6 with dashes for colons: none of these is worth telling public ones from others.
  return /--|(^|[.-])([\da-f]{1,4}-){7}[\da-f]{1,4}[.-]/.test(hostname)
}

const isReserved = (ipv4: string): boolean => {
  const bits = ipv4Bits(ipv4)
  return bits !== null && !isPublicIpv4(bits)
}
