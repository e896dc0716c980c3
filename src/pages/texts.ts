import type { Language } from './language.ts'
import { de } from './texts/de.ts'
import { en, type Texts } from './texts/en.ts'

// A further language is a file in texts/, its code in language.ts, and a line here; a missing text
// does not compile.
const all: Readonly<Record<Language, Texts>> = { en, de }

/** Everything the pages say, in one language. */
export function textsIn(language: Language): Texts {
  return all[language]
}
