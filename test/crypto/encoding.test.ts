import { describe, expect, it } from 'vitest'
import {
  base64,
  base64url,
  fromBase64,
  fromBase64url,
  utf8,
  utf8Text,
} from '../../src/crypto/encoding.ts'

describe('RFC 4648 10: test vectors', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('%j is %j in base64', (text, encoded) => {
    expect(base64(utf8(text))).toBe(encoded)
    expect(fromBase64(encoded)).toEqual(utf8(text))
    expect(fromBase64url(encoded.replaceAll('=', ''))).toEqual(utf8(text))
  })

  it('base64url has the other alphabet and no padding', () => {
    const bytes = new Uint8Array([0xfb, 0xff, 0xfe, 0xff])
    expect(base64url(bytes)).toBe('-__-_w')
    expect(fromBase64url('-__-_w')).toEqual(bytes)
  })

  it.each(['Zg', 'Zg=', ' Zg==', 'Zg==\n', 'Z-==', 'Z_==', 'Zg===', 'Zm9v====', '=', 'Zm=v'])(
    'base64 refuses %j',
    (text) => expect(fromBase64(text)).toBeNull(),
  )

  it.each(['Z', 'Zg==', ' Zg', 'Zg\n', 'Z+', 'Z/', 'Zm9vZ', 'Zé'])('base64url refuses %j', (text) =>
    expect(fromBase64url(text)).toBeNull(),
  )

  it.each(['Zh', 'Z_', 'Zm9', 'Zm-'])('3.5: base64url refuses %j, another spelling', (text) =>
    expect(fromBase64url(text)).toBeNull(),
  )
})

describe('RFC 3629: UTF-8', () => {
  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['an unfinished sequence', [0xe2, 0x82]],
    ['a byte that never occurs', [0xff]],
  ])('refuses %s', (_what, bytes) => expect(utf8Text(new Uint8Array(bytes))).toBeNull())

  it('keeps a byte order mark, which must not hide a difference', () =>
    expect(utf8Text(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('\ufeffa'))

  it.each([
    ['a character that was broken off', [0xe2, 0x82]],
    ['a byte that begins nothing', [0x61, 0xff]],
  ])('is not disturbed by %s just before', (_what, bytes) => {
    expect(utf8Text(new Uint8Array(bytes))).toBeNull()
    expect(utf8Text(new Uint8Array([0xac, 0x61]))).toBeNull()
    expect(utf8Text(new Uint8Array([0x61, 0xc3, 0xa4]))).toBe('aä')
  })
})
