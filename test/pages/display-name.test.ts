import { describe, expect, it } from 'vitest'
import { displayName } from '../../src/pages/display-name.tsx'

describe('a name that a stranger chose', () => {
  it.each([
    ['Analytical Notes', 'Analytical Notes'],
    ['  Notes\r\n\tand  more ', 'Notes and more'],
    ['José', 'José'],
    ['دفترچه\u200cها', 'دفترچه\u200cها'],
    ['Family 👨\u200d👩\u200d👧', 'Family 👨\u200d👩\u200d👧'],
    ['Bank\u202eknaB', 'BankknaB'],
    ['\u2066a\u2069\u200e\u061c\ufeff', 'a'],
    ['a\u0000\u001b[31mb', 'a[31mb'],
    ['Z\u0335\u0301\u0336\u0302\u0303', '\u0179\u0335\u0336'],
    ['a\ud800b', 'ab'],
    ['\u200d\u200c', ''],
    ['\u3164\u2800\u00a0', ''],
    ['', ''],
  ])('%j is shown as %j', (name, shown) => {
    expect(displayName(name)).toBe(shown)
  })

  it('is cut at 60 characters, never inside one', () => {
    const shown = displayName('👍'.repeat(10_000))
    expect(shown).toBe(`${'👍'.repeat(59)}…`)
    expect(shown.isWellFormed()).toBe(true)
  })
})
