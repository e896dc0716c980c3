// Fills the placeholders of a sentence, whose words may depend on a number.

import type { Child } from 'hono/jsx'

/** A sentence that depends on `{count}`. */
export type Counted = (count: number) => string

/**
 * Returns a sentence in the forms that its language has for a number of things (Unicode CLDR plural
 * rules); `other` is for every number without a form of its own.
 */
export const plural =
  (
    language: string,
    forms: { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>,
  ): Counted =>
  (count) =>
    forms[new Intl.PluralRules(language).select(count)] ?? forms.other

/**
 * Returns `sentence` with each `{word}` replaced by `parts[word]`. A word without a part stays
 * unchanged.
 */
export function fill(sentence: string | Counted, parts: Readonly<Record<string, Child>>): Child[] {
  const text = typeof sentence === 'string' ? sentence : sentence(Number(parts.count))
  return text.split(/(\{[a-z]+\})/).map((piece) => {
    const word = piece.startsWith('{') ? piece.slice(1, -1) : ''
    return Object.hasOwn(parts, word) ? parts[word] : piece
  })
}
