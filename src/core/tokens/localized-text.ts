// Texts that the operator writes for people, in one language or in several.
import * as v from '../../protocol/schema.ts'

const language = () =>
  v.pipe(v.string(), v.regex(/^[a-z]{2,3}$/, 'must be a language such as en or de'))

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most))

/** A text of at most `most` characters, or one for each language. */
export const localizedText = (most: number) =>
  v.union([text(most), v.record(language(), text(most))])

type LocalizedText = v.InferOutput<ReturnType<typeof localizedText>>

/** Returns a text in a language, else in English, else in the first language there is. */
export const textIn = (said: LocalizedText, language: string): string | undefined =>
  typeof said === 'string' ? said : (said[language] ?? said['en'] ?? Object.values(said)[0])

/** Returns the text of each language. */
export const textsOf = (said: LocalizedText): readonly string[] =>
  typeof said === 'string' ? [said] : Object.values(said)
