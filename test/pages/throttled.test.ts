// What a page says and offers after too many tries.
import { describe, expect, it } from 'vitest'
import { scripts } from '../../src/pages/script.tsx'
import { frameIn, samples } from './samples.ts'

const english = frameIn('en')

describe('U16: after too many tries', () => {
  const html = samples['login-throttled']?.(english) ?? ''

  it('the sign-in page says until when, to the minute that is surely enough', () => {
    expect(html).toMatch(
      /Please wait 14 minutes \(until <time datetime="2026-11-06T21:34:00.000Z" data-wait="840">9:34.PM UTC<\/time>\)/,
    )
  })

  it('its button is not live, and every other way in is', () => {
    expect(html).toContain('<button disabled="">Sign in</button>')
    expect(html.match(/<button name="provider"/g)).toHaveLength(2)
  })

  it('without script there is a way to the page anew', () => {
    expect(html).toContain('<noscript> <a href="?ui_locales=en">Try again</a></noscript>')
  })

  it.each([
    'account-throttled',
    'device-throttled',
    'new-password-throttled',
    'second-factor-throttled',
    'password-reset-throttled',
    'account-delete-password',
  ])('the %s page is like it', (name) => {
    const page = samples[name]?.(english) ?? ''
    expect(page).toMatch(/data-wait="840".*<button [^>]*disabled="">/s)
    expect(page).toContain(`<script>${scripts.wait}</script>`)
  })
})
