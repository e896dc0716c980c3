import { describe, expect, it } from 'vitest'
import { foldLoginName, loginNameFault } from '../../src/core/login-name.ts'

describe('names that a reader takes for one are one', () => {
  it.each([
    ['case', 'John', 'jOHN'],
    ['full width letters', 'john', 'ｊｏｈｎ'],
    ['composed and decomposed accents', 'zo\u00eb', 'zoe\u0308'],
    ['the Kelvin sign', 'kelvin', '\u212Aelvin'],
    ['ligatures', 'office', 'o\ufb03ce'],
    ['the capital sharp s', 'stra\u00dfe', 'STRA\u1e9eE'],
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
    const names = ['john', 'john ', 'jöhn', 'j0hn', 'john@a.example', 'john@b.example']
    expect(new Set(names.map(foldLoginName)).size).toBe(names.length)
  })
})

describe('what cannot be a name', () => {
  it.each([
    ['nothing', ''],
    ['a space before it', ' john'],
    ['a space after it', 'john '],
    ['a line break', 'jo\nhn'],
    ['a NUL', 'jo\0hn'],
    ['a zero width space', 'jo\u200bhn'],
    ['a right-to-left override', 'jo\u202ehn'],
    ['321 characters', 'x'.repeat(321)],
    ['what looks like a subject', `usr_${'A'.repeat(22)}`],
    ['what looks like a subject in capitals', `USR_${'A'.repeat(22)}`],
    ['what looks like a subject once it is folded', `ｕsr_${'A'.repeat(22)}`],
  ])('%s', (_what, name) => expect(loginNameFault(name)).toEqual(expect.any(String)))

  it.each(['john', 'Zoë', '李', 'a b', 'a@b.example', 'x'.repeat(320), "o'neil", '__proto__'])(
    '%s can',
    (name) => expect(loginNameFault(name)).toBeNull(),
  )
})
