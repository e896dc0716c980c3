import { describe, expect, it } from 'vitest'
import { cut, padded, printable, widthOf } from '../../src/cli/printable.ts'

describe('O22: text on a terminal', () => {
  it.each([
    ['an escape sequence', '\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['a title', '\u001b]0;title\u0007x', ']0;titlex'],
    ['a sequence of one character', '\u009b2Jx', '2Jx'],
    ['what turns the text around', '\u202egnp.exe\u202c', 'gnp.exe'],
    ['an isolate', '\u2066a\u2069', 'a'],
    ['what is not seen', 'a\u00ad\ufeffb\u{e0041}', 'ab'],
    ['half a character', 'a\ud800b', 'ab'],
    ['several lines', 'a\r\nb\u2028c\td', 'a b c d'],
  ])('has no %s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it.each(['日本語', 'Ünï', '👩‍👩‍👧', 'क्‍ष', 'مرحبا'])('leaves %s as it is', (text) => {
    expect(printable(text)).toBe(text)
  })
})

describe('the width of a text', () => {
  it('is 2 for a wide character', () => {
    expect([widthOf('ab'), widthOf('日本'), widthOf('👩‍👩‍👧'), widthOf('e\u0301')]).toEqual([
      2, 4, 2, 1,
    ])
  })

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 4, 'abc…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
    ['x'.repeat(10_000), 3, 'xx…'],
  ])('%s is cut to %i columns', (text, width, short) => {
    expect(cut(text, width)).toBe(short)
  })

  it('is filled by columns, not by characters', () => {
    expect(padded('日本', 6)).toBe('日本  ')
  })
})
