// Places in a reader's language.
import type { Language } from './language.ts'

/** Returns a place such as `Berlin, DE` with the name of its country. */
export const placeIn = (language: Language, place: string): string =>
  place.replace(
    /[A-Z]{2}$/,
    (country) => new Intl.DisplayNames(language, { type: 'region' }).of(country) ?? country,
  )
