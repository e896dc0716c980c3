import { describe, expect, it } from 'vitest'
import { addressPrefix, networkOf } from '../../../src/core/people/address.ts'

describe('RFC 5952: one subscriber is one bucket, however the address is written', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:FFFF::', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:0000:0000:0000:0002', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is %s', (address, prefix) => expect(addressPrefix(address)).toBe(prefix))

  it.each([
    '',
    'unknown',
    'a.b.c.d',
    '1.2.3',
    '2001:db8::1%eth0',
    '::ffff:1.2.3.4.5',
    '[::1]',
    'x'.repeat(9000),
  ])('text that is no address (%s) has a bucket as well, and a short one', (address) => {
    const prefix = addressPrefix(address)
    expect(prefix.length > 0 && prefix.length <= 64).toBe(true)
  })

  it.each(['@::1', 'a@[::1', '::1]/[', '@evil../etc/passwd'])(
    'text that is only an address to a URL parser (%s) is text',
    (address) => expect(addressPrefix(address)).toBe(address),
  )
})

describe('what a log may know of an address', () => {
  it.each([
    ['192.0.2.77', '192.0.2.0/24'],
    ['::ffff:192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:aa:bb:cc::1', '2001:db8:aa::/48'],
    ['::1', '0:0:0::/48'],
    ['', 'unknown'],
    ['2001:db8::1%eth0', 'unknown'],
    ['x'.repeat(9000), 'unknown'],
  ])('%s is in %s', (address, network) => expect(networkOf(address)).toBe(network))
})
