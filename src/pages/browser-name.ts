// A name by which a browser's owner recognizes it, from its User-Agent. Only words of these tables
// are shown, never the text of the header.

import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

// The order matters: most browsers also claim to be the ones below them.
const browsers = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Vivaldi/', 'Vivaldi'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  // Where the text was cut before its end.
  ['Version/', 'Safari'],
] as const

const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const

/** Returns the browser and its system, or the text for an unknown browser. */
export function browserName(userAgent: string, texts: Texts): string {
  const { unknownBrowser, browserOn } = texts.account
  const browser = browsers.find(([sign]) => userAgent.includes(sign))?.[1] ?? unknownBrowser
  const system = systems.find(([sign]) => userAgent.includes(sign))?.[1]
  return system ? fill(browserOn, { browser, system }).join('') : browser
}
