import { describe, expect, it } from 'vitest'
import { chooseLanguage } from '../../src/pages/language.ts'

describe('the language of a page', () => {
  it.each([
    ['de', undefined, 'de'],
    ['de-CH', 'en', 'de'],
    ['fr DE-at en', 'en', 'de'],
    ['fr', 'de', 'de'],
    [undefined, 'de', 'de'],
    [undefined, 'en;q=0.5, de', 'de'],
    [undefined, 'de;q=0.5, en;q=0.8', 'en'],
    [undefined, 'de;q=0, en;q=0.1', 'en'],
    [undefined, 'fr, de;q=0.9, *;q=0.1', 'de'],
    [undefined, '*, de;q=0.5', 'en'],
    [undefined, 'de ; Q=0.3 , en ; q=0.2', 'de'],
    [undefined, undefined, 'en'],
    ['', '', 'en'],
  ] as const)('ui_locales %j and Accept-Language %j give %s', (uiLocales, accepted, language) => {
    expect(chooseLanguage(uiLocales, accepted)).toBe(language)
  })

  it.each([
    '__proto__',
    'de_DE',
    'deutsch',
    ';;;,,,;q=',
    'de;q=2',
    'de;q=1.0001',
    'de;q=-1',
    'de;q=NaN',
    'de\u0000',
    ','.repeat(1_000_000),
    `${'x'.repeat(1000)},de`,
    '\ud800',
  ])('hostile input is not taken for a language (%#)', (text) => {
    expect(chooseLanguage(text, text)).toBe('en')
  })
})
