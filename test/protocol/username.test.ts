// The profile's rules that depend on neighbours; test/core/people/login-name.test.ts has the others.
import { describe, expect, it } from 'vitest'
import { usernameFault } from '../../src/protocol/username.ts'

const outOfContext = 'has a character that is not valid in its context'

describe('RFC 5892 appendix A: a character that is valid only in context', () => {
  it.each([
    ['A.3: a middle dot between two l', 'l\u00b7l'],
    ['A.4: the Greek numeral sign before a Greek letter', '\u0375\u03b1'],
    ['A.5: geresh after a Hebrew letter', '\u05d0\u05f3'],
    ['A.6: gershayim after a Hebrew letter', '\u05d0\u05f4'],
    ['A.7: the Katakana middle dot after Katakana', '\u30a2\u30fb'],
    ['A.7: the Katakana middle dot before Katakana', '\u30fb\u30a2'],
    ['A.7: the Katakana middle dot after Hiragana', '\u3042\u30fbx'],
    ['A.7: the Katakana middle dot before Hiragana', 'x\u30fb\u3042'],
    ['A.7: the Katakana middle dot after Han', '\u6f22\u30fbx'],
    ['A.7: the Katakana middle dot before Han', 'x\u30fb\u6f22'],
    ['A.8: Arabic-Indic digits alone', '\u0627\u0660\u0661'],
    ['A.9: extended Arabic-Indic digits alone', '\u0627\u06f1\u06f2'],
    ['A.9: extended Arabic-Indic digits before a letter', '\u0627\u06f1\u0627'],
  ])('%s is valid', (_rule, name) => expect(usernameFault(name)).toBeNull())

  it.each([
    ['A.3: a middle dot before another letter', 'l\u00b7a'],
    ['A.3: a middle dot after another letter', 'a\u00b7l'],
    ['A.4: the Greek numeral sign at the end', '\u03b1\u0375'],
    ['A.4: the Greek numeral sign before a Latin letter', '\u0375a'],
    ['A.5: geresh at the start', '\u05f3\u05d0'],
    ['A.5: geresh after a Latin letter', 'a\u05f3'],
    ['A.6: gershayim at the start', '\u05f4\u05d0'],
    ['A.7: the Katakana middle dot alone', '\u30fb'],
    ['A.7: the Katakana middle dot in a Latin name', 'anne\u30fbmarie'],
    ['A.8: Arabic-Indic digits before extended ones', '\u0627\u0660\u06f1'],
    ['A.8: Arabic-Indic digits long before extended ones', '\u0627\u0660\u0627\u0627\u06f1'],
    ['A.9: extended Arabic-Indic digits before others', '\u0627\u06f1\u0660'],
    ['A.9: extended Arabic-Indic digits long before others', '\u0627\u06f1\u0627\u0627\u0660'],
  ])('%s is a fault', (_rule, name) => expect(usernameFault(name)).toBe(outOfContext))
})

describe('RFC 8264 9: a character of the IdentifierClass', () => {
  it.each([
    ['the first and the last of ASCII', '!~'],
    ['an upper-case letter', '\u00c4'],
    ['a digit of another script', '\u0966'],
    ['a letter with a mark that does not compose', 'x\u0301'],
    ['a spacing mark', '\u0915\u093e'],
    ['a letter beyond the first plane', '\u{10400}'],
    ['an exception of RFC 5892 2.6', '\u0627\u06fd\u0627'],
  ])('can be %s', (_what, name) => expect(usernameFault(name)).toBeNull())

  it.each([
    ['a control character', 'a\u0007'],
    ['a DEL', 'a\u007f'],
    ['a symbol beyond ASCII', '\u2603'],
    ['an emoji', '\u{1f600}'],
    ['an exception that is never valid', '\u0627\u0640\u0627'],
    ['an invisible letter', 'a\u115f'],
    ['old Hangul', '\u1100'],
    ['a ligature', '\ufb01'],
    ['half of a surrogate pair', '\ud800'],
  ])('is never %s', (_what, name) =>
    expect(usernameFault(name)).toBe('must consist of letters, digits and ASCII symbols'),
  )
})

describe('RFC 8265 3.3: a username', () => {
  it('has its full-width forms mapped to the ordinary ones', () =>
    expect(usernameFault('\uff21\uff5a')).toBeNull())

  it.each(['a  b', ' a', 'a ', ''])('%j has an empty part', (name) =>
    expect(usernameFault(name)).toBe('must not have two spaces in a row'),
  )

  it.each([
    ['a mark at its start', '\u0301a'],
    ['five marks in a row', 'x\u0301\u0301\u0301\u0301\u0301'],
  ])('does not have %s', (_what, name) =>
    expect(usernameFault(name)).toBe('must not have more than four accents in a row'),
  )

  it('can have four marks in a row', () =>
    expect(usernameFault('x\u0301\u0301\u0301\u0301')).toBeNull())
})

describe('RFC 5893 2: the Bidi Rule', () => {
  it.each([
    ['Hebrew', '\u05d0\u05d1'],
    ['Hebrew that ends with a digit', '\u05d01'],
    ['Hebrew that ends with a mark', '\u05d0\u05b0'],
    ['Arabic with a symbol within', '\u0627-\u0628'],
  ])('allows %s', (_what, name) => expect(usernameFault(name)).toBeNull())

  it.each([
    ['a Latin letter at the start', 'a\u05d0'],
    ['a Latin letter within', '\u05d0a\u05d0'],
    ['a digit at the start', '1\u05d0'],
    ['a symbol at the end', '\u05d0-'],
    ['both kinds of digits', '\u05d01\u0660'],
    ['both kinds of digits, the other first', '\u05d0\u06601'],
    ['an Arabic-Indic digit with Latin letters alone', 'a\u0660'],
  ])('refuses %s', (_what, name) =>
    expect(usernameFault(name)).toBe('must not mix writing directions'),
  )
})
