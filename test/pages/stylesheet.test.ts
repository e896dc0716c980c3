import { describe, expect, it } from 'vitest'
import { accentOn, contrastOf, defaultAccent, surfaceOn } from '../../src/pages/accent.ts'
import { icon } from '../../src/pages/mark.tsx'
import { day, night } from '../../src/pages/palette.ts'
import { stylesheet } from '../../src/pages/stylesheet.ts'

describe('a button that decides something', () => {
  it('takes no click in its first moment, also where motion is reduced', () => {
    const everywhere = stylesheet(defaultAccent).replace(
      /@media[^{]*\{([^{}]*\{[^{}]*\})*\s*\}/g,
      '',
    )
    expect(everywhere).toContain('button[name=decision]{animation:arm .7s}')
    expect(everywhere).toContain('@keyframes arm{from,to{pointer-events:none}}')
  })
})

describe.each([
  ['day', day],
  ['night', night],
])('WCAG 2.2 contrast by %s', (_, palette) => {
  it('is at least 4.5 for text', () => {
    for (const text of [palette.ink, palette.quiet, palette.danger])
      for (const ground of [palette.wall, palette.panel])
        expect(contrastOf(text, ground)).toBeGreaterThan(4.5)
    for (const ground of [palette['danger-wash'], palette['notice-wash']])
      expect(contrastOf(palette.ink, ground)).toBeGreaterThan(4.5)
  })

  it('is at least 3 for the edges of fields and buttons', () => {
    expect(contrastOf(palette.edge, palette.panel)).toBeGreaterThan(3)
    expect(contrastOf(palette.edge, palette.wall)).toBeGreaterThan(3)
  })

  it.each([
    defaultAccent,
    '#000000',
    '#ffffff',
    '#ffff00',
    '#0000ff',
    '#ff0000',
    '#808080',
    '#FFB6C1',
    '#ffcc00',
    '#767676',
  ])('holds for the accent %s, whatever was chosen', (chosen) => {
    const ground = palette === day ? day.wall : night.panel
    const { colour, text } = accentOn(chosen, ground)
    expect(contrastOf(colour, palette.panel)).toBeGreaterThan(4.5)
    expect(contrastOf(colour, palette.wall)).toBeGreaterThan(4.5)
    expect(contrastOf(colour, text)).toBeGreaterThan(4.5)
    const surface = surfaceOn(chosen, ground)
    expect(surface.colour).toBe(chosen.toLowerCase())
    expect(contrastOf(surface.colour, surface.text)).toBeGreaterThan(4.5)
    expect(contrastOf(surface.hover, surface.text)).toBeGreaterThan(4.5)
    for (const behind of [palette.panel, palette.wall])
      expect(contrastOf(surface.edge, behind)).toBeGreaterThan(3)
  })
})

it('U08: a button keeps the colour that was chosen, by day and by night', () => {
  const css = stylesheet('#ffcc00')
  expect(css.match(/--brand:#ffcc00;--on-brand:#000000/g)).toHaveLength(2)
  expect(css).toMatch(/color:var\(--on-brand\);background:var\(--brand\)/)
})

it('U08: a plain deployment has neither arch nor wall nor serif', () => {
  const [arch, plain] = [stylesheet('#ffcc00'), stylesheet('#ffcc00', 'plain')]
  const marks = /clip-path|radial-gradient|serif,Georgia|border-radius:50%/g
  expect({ arch: arch.match(marks)?.length, plain: plain.match(marks) }).toEqual({
    arch: 5,
    plain: null,
  })
})

describe('the stylesheet', () => {
  it('is small, loads nothing, and serves every preference', () => {
    const css = stylesheet(defaultAccent)
    expect(css.length).toBeLessThan(12 * 1024)
    expect(css).not.toMatch(/url\(|@import|@font-face/)
    for (const preference of [
      'prefers-color-scheme:dark',
      'prefers-reduced-motion',
      'prefers-contrast',
      'forced-colors:active',
      ':focus-visible',
    ])
      expect(css).toContain(preference)
  })

  it('uses no colour that is not defined', () => {
    const css = stylesheet(defaultAccent)
    const used = new Set([...css.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name))
    expect([...used].filter((name) => !css.includes(`--${name}:#`))).toEqual([])
  })

  it.each(['red', '#fff', '#1d5f58;}*{display:none', '', '#gggggg'])(
    'takes %j, which is no #rrggbb, for the default',
    (accent) => {
      expect(stylesheet(accent)).toBe(stylesheet(defaultAccent))
      expect(icon(accent)).toBe(icon(defaultAccent))
    },
  )
})
