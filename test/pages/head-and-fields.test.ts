// U21: what a phone and a browser are told on every page.
import { describe, expect, it } from 'vitest'
import { day, night } from '../../src/pages/palette.ts'
import { frameIn, samples } from './samples.ts'

const english = frameIn('en')

/** The inputs that somebody types into: neither hidden, ticked nor filled in, nor the trap for robots. */
const typedInputs = (html: string): string[] =>
  (html.match(/<input [^>]*>/g) ?? []).filter(
    (input) => !/type="(?:hidden|checkbox|radio)"| readonly| tabindex="-1"/.test(input),
  )

describe.each(Object.entries(samples))('U21: the %s page', (_name, page) => {
  const html = page(english)

  it('says in which colour the browser around it is, by day and by night', () => {
    const themes = [...html.matchAll(/<meta name="theme-color" content="([^"]*)" media="([^"]*)"/g)]
    expect(themes.map(([, colour, media]) => ({ colour, media }))).toEqual([
      { colour: day.wall, media: '(prefers-color-scheme: light)' },
      { colour: night.wall, media: '(prefers-color-scheme: dark)' },
    ])
    expect(html).toContain('<link rel="apple-touch-icon" href="/apple-touch-icon.png"/>')
  })

  it('tells a phone of each field what its Enter does, and to correct nothing', () => {
    const careless = typedInputs(html).filter(
      (input) =>
        !/ enterkeyhint="(?:next|go|done)"/.test(input) ||
        !/ autocapitalize="none" autocorrect="off" spellcheck="false"/.test(input),
    )
    expect(careless).toEqual([])
  })
})
