import { describe, expect, it } from 'vitest'
import { mailableAddress } from '../../src/protocol/mail-address.ts'

describe('the address that a mail goes to', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada.L+x@EXAMPLE.com', 'Ada.L+x@example.com'],
    ['ada@m\u00fcnchen.example', 'ada@xn--mnchen-3ya.example'],
  ])('%j is %j', (text, address) => expect(mailableAddress(text)).toBe(address))

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
      'ada@m\u00fc-.example',
      `${'a'.repeat(65)}@a.example`,
    ],
    ...['ada@example.com:80', 'ada@/example.com', 'ada@example.com?', 'ada@example.com#'],
    ...['ada@example.com\\', 'ada@ex%61mple.com', 'ada@exa\tmple.com', 'ada@exa\u00admple.com'],
    ...['ada@b.example,eve@c.example', '"a b"@example.com', 'ada@[192.0.2.1]', 'ada@192.0.2.1'],
  ])('%j is none', (text) => expect(mailableAddress(text)).toBeNull())
})
