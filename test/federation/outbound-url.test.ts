import { describe, expect, it } from 'vitest'
import { outboundUrlFault } from '../../src/protocol/outbound-url.ts'

const refused = {
  'another scheme': ['http://a.example/', 'ftp://a.example/', 'file:///etc/passwd', 'data:,x'],
  'no absolute URL': ['', 'a.example', '//a.example/', 'https://', 'https://a b.example/'],
  'a host without // before it, or with more': [
    'https:a.example',
    'https:/a.example',
    'https:///a.example',
    'https:////a.example',
    'HTTPS:/a.example/',
  ],
  'this machine': ['https://127.0.0.1/', 'https://localhost/', 'https://[::1]/', 'http://[::1]/'],
  'an odd spelling of this machine': [
    'https://127.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/',
    'https://0/',
    'https://0.0.0.0/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://a.localhost/',
  ],
  'a private or special IPv4 address': [
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://100.127.255.255/',
    'https://169.254.169.254/latest/meta-data',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://192.0.0.1/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://198.51.100.1/',
    'https://203.0.113.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
  ],
  'a private or special IPv6 address': [
    'https://[::]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[2001:db8::1]/',
    'https://[3fff::1]/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
  ],
  'a name of somebody’s own network': [
    'https://intranet/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://nas.home.arpa/',
    'https://a.lan/',
    'https://provider.example./',
  ],
  'a special-use name': [
    'https://x.test/',
    'https://x.invalid/',
    'https://x.onion/',
    'https://x.alt/',
    'https://X.ALT/',
    'https://x.%61lt/',
    'https://db.localdomain/',
    'https://kubernetes.default.svc/',
    'https://kubernetes.default.svc.cluster.local/',
    'https://1.0.0.10.in-addr.arpa/',
    'https://1.ip6.arpa/',
    'https://x.mail/',
    'https://x.intranet/',
    'https://x.private/',
    'https://x.home/',
    'https://x.corp/',
  ],
  'a name that spells a private address': [
    'https://10.0.0.1.nip.io/',
    'https://app.10.0.0.1.nip.io/',
    'https://app-10-0-0-1.nip.io/',
    'https://8.10.0.0.1.nip.io/',
    'https://8-8-8-8.169-254-169-254.sslip.io/',
    'https://127-0-0-1.sslip.io/',
    'https://192.168.1-1.sslip.io/',
    'https://010.000.000.001.nip.io/',
    'https://0a000001.nip.io/',
    'https://app-7f000001.nip.io/',
    'https://A9FEA9FE.sslip.io/',
    'https://--1.sslip.io/',
    'https://fe80--1.sslip.io/',
    'https://app.fd00-0-0-0-0-0-0-1.sslip.io/',
    'https://10-0-0-1.other.example/',
  ],
  'user information': [
    'https://user@a.example/',
    'https://user:secret@a.example/',
    'https://a.example@127.0.0.1/',
    'https://:@a.example/',
    'https://a.example\\@b.example/',
  ],
  'another port': ['https://a.example:22/', 'https://a.example:80/', 'https://a.example:8443/'],
  'a fragment': ['https://a.example/#top', 'https://a.example/#'],
  'this server': [
    'https://as.example/jwks',
    'https://AS.example:443/',
    'https://as.example:8443/',
    'https://as.example./',
  ],
} as const

describe('which addresses the server may fetch', () => {
  const rules = { ownOrigins: ['https://as.example'] }

  it.each(Object.entries(refused).flatMap(([why, urls]) => urls.map((url) => [why, url])))(
    'refuses %s: %s',
    (_why, url) => expect(outboundUrlFault(url, rules)).toBeTypeOf('string'),
  )

  it.each([
    'https://provider.example/token',
    'https://provider.example:443/',
    'https://localhost.provider.example/',
    'https://8.8.8.8/',
    'https://172.32.0.1/',
    // "Application software SHOULD NOT recognize example names as special." RFC 6761 6.5
    'https://example.com/',
    'https://test.provider.example/',
    'https://svc.provider.example/',
    'https://8.8.8.8.nip.io/',
    'https://app-8-8-8-8.sslip.io/',
    'https://08080808.nip.io/',
    'https://nip.io/',
    // A hash in a name is no address.
    'https://0a1b2c3d.previews.example/',
    'https://xn--mller-kva.example/',
    'https://v10-0-0.provider.example/',
    'https://10.0.0.256.provider.example/',
    'https://100.128.0.1/',
    'https://[2606:4700::1111]/',
  ])('allows %s', (url) => expect(outboundUrlFault(url, rules)).toBeNull())

  it('allows a port that is listed, and no other', () => {
    expect(outboundUrlFault('https://a.example:8443/', { ports: [8443] })).toBeNull()
    expect(outboundUrlFault('https://a.example:8444/', { ports: [8443] })).not.toBeNull()
  })
})

describe('which addresses the server may fetch in development', () => {
  const rules = { loopback: true, ownOrigins: ['http://localhost:8787'] }

  it.each(['http://127.0.0.1:9000/', 'http://localhost:1/', 'http://[::1]:80/', 'http://127.1:5/'])(
    'allows %s',
    (url) => expect(outboundUrlFault(url, rules)).toBeNull(),
  )

  it.each([
    'http://127.0.0.2:9000/',
    'http://10.0.0.1/',
    'http://a.example/',
    'http://[::ffff:7f00:1]/',
    'http://localhost.:9000/',
    'http://user@localhost:9000/',
    'ftp://localhost/',
    // Our own port, under every loopback spelling.
    'http://localhost:8787/x',
    'http://127.0.0.1:8787/',
    'http://[::1]:8787/',
  ])('refuses %s', (url) => expect(outboundUrlFault(url, rules)).toBeTypeOf('string'))
})

describe('An outbound URL is refused for the reason that is true', () => {
  it.each([
    ['https://a.example/ x', 'is not an absolute URL'],
    ['https://a.example/é', 'is not an absolute URL'],
    ['https://a.example/\\x', 'is not an absolute URL'],
    [`https://a.example/${'a'.repeat(1983)}`, 'is not an absolute URL'],
    ['https://10.0.0.1/', 'has an address that is not public'],
    ['https://a.example/x#', 'must have no fragment'],
    ['https://@a.example/', 'must have no user information'],
  ])('%s %s', (url, reason) => expect(outboundUrlFault(url)).toBe(reason))

  it.each([
    `https://a.example/${'a'.repeat(1982)}`,
    'https://a.example/x@y',
    'https://a.example/?x=https:/y',
  ])('%s is none of them', (url) => expect(outboundUrlFault(url)).toBeNull())

  it('any of the addresses of this server, with a dot at its end, too', () => {
    const rules = { ownOrigins: ['https://a.example', 'https://b.example'] }
    expect(
      ['https://a.example/', 'https://b.example/', 'https://b.example./', 'https://c.example/'].map(
        (url) => outboundUrlFault(url, rules),
      ),
    ).toEqual([...Array.from({ length: 3 }, () => 'must not be an address of this server'), null])
  })
})
