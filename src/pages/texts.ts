import type { Language } from './language.ts'
import { de } from './texts/de.ts'
import { en, type Texts } from './texts/en.ts'

// To add a language, add a file in texts/, its code in language.ts, and an entry here. A missing
// text does not compile.
const all: Readonly<Record<Language, Texts>> = { en, de }

/** Returns all texts of the pages in one language. */
export function textsIn(language: Language): Texts {
  return all[language]
}
