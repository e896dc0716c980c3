// Places in a reader's language.
import type { Language } from './language.ts'

// Creating names costs more than rendering a page, so each isolate creates each language's once.
const made = new Map<Language, Intl.DisplayNames>()

/** Returns a place such as `Berlin, DE` with the name of its country. */
export function placeIn(language: Language, place: string): string {
  const names = made.get(language) ?? new Intl.DisplayNames(language, { type: 'region' })
  made.set(language, names)
  return place.replace(/[A-Z]{2}$/, (country) => names.of(country) ?? country)
}
