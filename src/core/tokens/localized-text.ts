// Texts that the operator writes for people, in one language or in several.
import * as z from 'zod/mini'

const language = () =>
  z.string().check(z.regex(/^[a-z]{2,3}$/, 'must be a language such as en or de'))

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most))

/** A text of at most `most` characters, or one for each language. */
export const localizedText = (most: number) =>
  z.union([text(most), z.record(language(), text(most))])

type LocalizedText = z.infer<ReturnType<typeof localizedText>>

/** Returns a text in a language, else in English, else in the first language there is. */
export const textIn = (said: LocalizedText, language: string): string | undefined =>
  typeof said === 'string' ? said : (said[language] ?? said['en'] ?? Object.values(said)[0])

/** Returns the text of each language. */
export const textsOf = (said: LocalizedText): readonly string[] =>
  typeof said === 'string' ? [said] : Object.values(said)
