// A browser's name for its owner to recognise it by, from its User-Agent. Only words of these
// tables are ever shown, never what the header says.

import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

// In order: most browsers also claim to be those below them.
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

/** Browser and system, or words for a browser that is not known. */
export function browserName(userAgent: string, texts: Texts): string {
  const { unknownBrowser, browserOn } = texts.account
  const browser = browsers.find(([sign]) => userAgent.includes(sign))?.[1] ?? unknownBrowser
  const system = systems.find(([sign]) => userAgent.includes(sign))?.[1]
  return system ? fill(browserOn, { browser, system }).join('') : browser
}
