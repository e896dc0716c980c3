import { describe, expect, it } from 'vitest'
import { addressKind, ipv6Groups, spellsReservedAddress } from '../../src/protocol/ip-address.ts'

describe('RFC 6890: an address is public or reserved at the very edge of each block', () => {
  it.each([
    ['[1fff:ffff::1]', 'reserved'],
    ['[2000::1]', 'public'],
    ['[3ffe::1]', 'public'],
    ['[3fff::1]', 'reserved'],
    ['[3fff:fff::1]', 'reserved'],
    ['[3fff:1000::1]', 'public'],
    ['[4000::1]', 'reserved'],
    ['[2001:1ff::1]', 'reserved'],
    ['[2001:200::1]', 'public'],
    ['[2001:db7::1]', 'public'],
    ['[2001:db8::1]', 'reserved'],
    ['[2001:db9::1]', 'public'],
    ['[2002::1]', 'reserved'],
    ['[2003::1]', 'public'],
    ['[::1]', 'reserved'],
    ['[1::2::3]', 'reserved'],
  ])('%s is %s', (host, kind) => expect(addressKind(host)).toBe(kind))

  it.each([
    ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
    ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
    ['126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
    ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
    ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
    ['191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
    ['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
    ['192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
    ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
    ['198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
    ['198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
    ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ])('from %s to %s, and from %s to %s', (before, first, last, after) => {
    expect([before, first, last, after].map(addressKind)).toEqual([
      'public',
      'reserved',
      'reserved',
      'public',
    ])
  })

  it.each(['0.0.0.0', '0.255.255.255', '224.0.0.0', '255.255.255.255'])('%s is reserved', (host) =>
    expect(addressKind(host)).toBe('reserved'),
  )

  it.each(['a10.0.0.1', '10.0.0.1.example', '1.2.3', '1.2.3.4.5', 'example.com'])(
    '%s is a name',
    (host) => expect(addressKind(host)).toBe('name'),
  )
})

describe('The groups of an IPv6 address', () => {
  it.each([
    ['1:2:3:4:5:6:7:8', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['1::8', [1, 0, 0, 0, 0, 0, 0, 8]],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['1:2::', [1, 2, 0, 0, 0, 0, 0, 0]],
    ['::ffff:127.0.0.1', [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]],
    ['no address', null],
  ])('of %s', (address, groups) => expect(ipv6Groups(address)).toEqual(groups))
})

describe('A name that spells a reserved address', () => {
  it.each([
    ['10.0.0.1.nip.io', true],
    ['app-10-0-0-1.sslip.io', true],
    ['8.8.8.8.nip.io', false],
    ['110.0.0.1.nip.io', false],
    ['10.0.0.256.example', false],
    ['0a000001.nip.io', true],
    ['08080808.nip.io', false],
    ['0a000001.example', false],
    ['--1.sslip.io', true],
    ['2001-db8-1-1-1-1-1-1.sslip.io', true],
    ['2001-db8-1-1-1-1-1-1.example', false],
    ['a.notnip.io', false],
  ])('%s: %s', (name, isReserved) => expect(spellsReservedAddress(name)).toBe(isReserved))
})
