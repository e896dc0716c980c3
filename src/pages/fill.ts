// Fills the placeholders of a sentence.

import type { Child } from 'hono/jsx'

/**
 * Returns `sentence` with each `{word}` replaced by `parts[word]`. A word without a part stays
 * unchanged.
 */
export function fill(sentence: string, parts: Readonly<Record<string, Child>>): Child[] {
  return sentence.split(/(\{[a-z]+\})/).map((piece) => {
    const word = piece.startsWith('{') ? piece.slice(1, -1) : ''
    return Object.hasOwn(parts, word) ? parts[word] : piece
  })
}
