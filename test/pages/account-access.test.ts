import { describe, expect, it } from 'vitest'
import { browserName } from '../../src/pages/browser-name.ts'
import { duration } from '../../src/pages/instant.tsx'
import { accountPage } from '../../src/pages/account.tsx'
import { textsIn } from '../../src/pages/texts.ts'
import type { Language } from '../../src/pages/language.ts'
import { facts, formTo, frameIn, inAccount, now } from './samples.ts'

const hour = 3600
const day = 24 * hour

function lastUsed(language: Language, secondsAgo: number): string {
  const entry = { id: 's', isCurrent: false, createdAt: now, lastUsedAt: now - secondsAgo }
  const form = formTo('/')
  const html = accountPage(inAccount(frameIn(language)), {
    facts,
    now,
    sessions: { form, entries: [entry] },
    clients: { form, entries: [] },
    everywhere: form,
  })
  return html.match(/<\/time> · [^<]*<time[^>]*>(.*?)<\/time>/)?.[1] ?? ''
}

describe('an instant', () => {
  it.each([
    ['en', 0, 'now'],
    ['en', -30, 'now'],
    ['en', 61, '1 minute ago'],
    ['en', 5.5 * hour, '5 hours ago'],
    ['en', 1.5 * day, 'yesterday'],
    ['de', 3 * day, 'vor 3 Tagen'],
    ['en', 60 * day, 'September 7, 2026'],
    ['de', 60 * day, '7. September 2026'],
  ] as const)('in %s, %d seconds ago, is %s', (language, secondsAgo, words) => {
    expect(lastUsed(language, secondsAgo)).toBe(words)
  })
})

describe('a wait', () => {
  it.each([
    ['en', 60, '60 seconds'],
    ['en', 91, '2 minutes'],
    ['de', 900, '15 Minuten'],
    ['de', 2 * hour, '2 Stunden'],
  ] as const)('in %s, of %d seconds, is %s', (language, seconds, words) => {
    expect(duration(language, seconds)).toBe(words)
  })
})

describe('a browser is known by its User-Agent', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
      'Chrome on Android',
    ],
    ['curl/8.14.1', 'Unknown browser'],
    ['<script>', 'Unknown browser'],
    ['', 'Unknown browser'],
  ])('%s: %s', (userAgent, name) => {
    expect(browserName(userAgent, textsIn('en'))).toBe(name)
  })
})
