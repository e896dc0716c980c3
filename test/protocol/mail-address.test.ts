import { describe, expect, it } from 'vitest'
import { mailableAddress } from '../../src/protocol/mail-address.ts'

describe('the address that a mail goes to', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada.L+x@EXAMPLE.com', 'Ada.L+x@example.com'],
    ['ada@m\u00fcnchen.example', 'ada@xn--mnchen-3ya.example'],
    ['ada@mail.a.b.example', 'ada@mail.a.b.example'],
    ['a@b.c', 'a@b.c'],
  ])('%j is %j', (text, address) => expect(mailableAddress(text)).toBe(address))

  const longest = `${'a'.repeat(64)}@b${'.b'.repeat(94)}`

  it('RFC 5321 4.5.3.1: has at most 254 characters, and 64 before the @', () => {
    expect(longest).toHaveLength(254)
    expect(mailableAddress(longest)).toBe(longest)
    expect(mailableAddress(`${longest}b`)).toBeNull()
  })

  // What a URL makes of a host is not what people wrote: one text is one address.
  it.each([
    ...[
      'example.com',
      '',
      '@',
      'ada',
      '@example.com',
      'ada@',
      'ada@example',
      'ada@example.com-',
      'ada@-a.example',
      'ada@-m\u00fc.example',
      'ada@a.m\u00fc-',
      'ada@.a.example',
      'ada@a.example.',
      `ada@a.${'b'.repeat(64)}`,
      'ada@m\u00fc-.example',
      `${'a'.repeat(65)}@a.example`,
    ],
    ...['ada@example.com:80', 'ada@/example.com', 'ada@example.com?', 'ada@example.com#'],
    ...['ada@example.com\\', 'ada@ex%61mple.com', 'ada@exa\tmple.com', 'ada@exa\u00admple.com'],
    ...['ada@b.example,eve@c.example', '"a b"@example.com', 'ada@[192.0.2.1]', 'ada@192.0.2.1'],
  ])('%j is none', (text) => expect(mailableAddress(text)).toBeNull())
})
