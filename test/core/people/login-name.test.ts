import { describe, expect, it } from 'vitest'
import { emailFault, foldLoginName, loginNameFault } from '../../../src/core/people/login-name.ts'

describe('names that a reader takes for one are one', () => {
  it.each([
    ['case', 'John', 'jOHN'],
    ['full width letters', 'john', 'ｊｏｈｎ'],
    ['composed and decomposed accents', 'zo\u00eb', 'zoe\u0308'],
    ['the Kelvin sign', 'kelvin', '\u212Aelvin'],
    ['ligatures', 'office', 'o\ufb03ce'],
    ['the capital sharp s', 'stra\u00dfe', 'STRA\u1e9eE'],
    ['a space that the keyboard added', 'john', ' john\u00a0'],
  ])('%s', (_what, one, other) => expect(foldLoginName(one)).toBe(foldLoginName(other)))

  it('folding a folded name changes nothing, whatever the character', () => {
    const points = Array.from({ length: 0x3000 }, (_, point) => String.fromCodePoint(point))
    const unstable = points.filter((text) => {
      const folded = foldLoginName(text)
      return foldLoginName(folded) !== folded
    })
    expect(unstable).toEqual([])
  })

  it('different names stay different', () => {
    const names = ['john', 'jo hn', 'jöhn', 'j0hn', 'john@a.example', 'john@b.example']
    expect(new Set(names.map(foldLoginName)).size).toBe(names.length)
  })
})

describe('what cannot be a username: RFC 8265, UsernameCaseMapped', () => {
  it.each([
    ['nothing', ''],
    ['a space before it', ' john'],
    ['a space after it', 'john '],
    ['a line break', 'jo\nhn'],
    ['a NUL', 'jo\0hn'],
    ['a zero width space', 'jo\u200bhn'],
    ['a right-to-left override', 'jo\u202ehn'],
    ['a braille blank', '\u2800'],
    ['a Hangul filler', 'jo\u3164hn'],
    ['a no-break space inside', 'jo\u00a0hn'],
    ['two spaces in a row', 'jo  hn'],
    ['full width space at the end', 'john\u3000'],
    ['a private-use character', 'jo\ue000hn'],
    ['a character that is none', 'jo\uffffhn'],
    ['half of a surrogate pair', 'jo\ud800hn'],
    ['a variation selector', 'john\ufe0f'],
    ['a combining grapheme joiner', 'jo\u034fhn'],
    ['a soft hyphen', 'jo\u00adhn'],
    ['a zero width joiner', 'jo\u200dhn'],
    ['five marks in a row', `jo${'\u0323'.repeat(5)}hn`],
    ['four marks upon a composed letter', `z\u00f6${'\u0323'.repeat(4)}`],
    ['a mark upon nothing', '\u0301john'],
    ['a circled letter', '\u24d0dmin'],
    ['a ligature', 'o\ufb03ce'],
    ['a symbol', 'john\u2122'],
    ['an emoji', 'john\u{1f600}'],
    ['punctuation beyond ASCII', 'john\u2026'],
    ['a lone Hangul jamo', '\u1100'],
    ['an Arabic tatweel', '\u0645\u0640\u0645'],
    ['a middle dot not between two l', 'a\u00b7b'],
    ['a geresh not after Hebrew', 'a\u05f3'],
    ['two kinds of Arabic digits', '\u0645\u0661\u06f1'],
    ['Hebrew after Latin', 'john\u05d0'],
    ['Latin after Hebrew', '\u05d0john'],
    ['right to left that ends in punctuation', '\u05d0.'],
    ['321 characters', 'x'.repeat(321)],
    ['what looks like a subject', `usr_${'A'.repeat(22)}`],
    ['what looks like a subject in capitals', `USR_${'A'.repeat(22)}`],
    ['what looks like a subject once it is folded', `ｕsr_${'A'.repeat(22)}`],
  ])('%s', (_what, name) => expect(loginNameFault(name)).toEqual(expect.any(String)))

  it.each([
    ...['john', 'John.Doe-1_2', 'Zoë', 'zoe\u0308', '李', 'a b', 'a@b.example', "o'neil"],
    ...['__proto__', 'x'.repeat(320), 'ＪＯＨＮ', 'paral·lel', 'Việt', '한국', 'हिन्दी', 'カ・ナ'],
    ...['\u1112\u1161\u11ab', 'שלום', 'שלום1', 'محمد', 'מִלָּה', '\u0645\u0661', '1st', '42'],
  ])('%s can', (name) => expect(loginNameFault(name)).toBeNull())
})

describe('what cannot be an e-mail address', () => {
  it.each([
    ['no @', 'nobody'],
    ['two', 'a@b@c.example'],
    ['nothing before it', '@b.example'],
    ['a domain without a dot', 'a@b'],
    ['a dot at the end', 'a@b.example.'],
    ['two dots in a row', 'a@b..example'],
    ['a hyphen at the end of a label', 'a@b-.example'],
    ['a space', 'a b@c.example'],
    ['a no-break space', 'a\u00a0b@c.example'],
    ['a variation selector', 'a\ufe0f@b.example'],
    ['a zero width space', 'a@b\u200b.example'],
    ['a private-use character', 'a\ue000@b.example'],
    ['a heap of marks', `a${'\u0301'.repeat(5)}@b.example`],
    ['65 characters before the @', `${'a'.repeat(65)}@b.example`],
    ['an empty literal', 'a@[]'],
  ])('%s', (_what, email) => expect(emailFault(email)).toEqual(expect.any(String)))

  it.each([
    ...['a@b.example', 'First.Last+tag@sub.example.com', "o'neil@b.example", 'zoë@bücher.example'],
    ...['用户@例子.中国', 'a@[192.0.2.1]', 'a@[IPv6:2001:db8::1]', 'a@1-2.example'],
  ])('%s can', (email) => expect(emailFault(email)).toBeNull())
})
