// Sentences of the texts with something put into them.

import type { Child } from 'hono/jsx'

/** `sentence` with each `{word}` replaced by `parts[word]`; a word without a part stays as it is. */
export function fill(sentence: string, parts: Readonly<Record<string, Child>>): Child[] {
  return sentence.split(/(\{[a-z]+\})/).map((piece) => {
    const word = piece.startsWith('{') ? piece.slice(1, -1) : ''
    return Object.hasOwn(parts, word) ? parts[word] : piece
  })
}
