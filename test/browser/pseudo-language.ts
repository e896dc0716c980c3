// A language that nobody speaks: every text is in brackets, a third longer, and its letters have marks.
// What it cuts off, some language will.

const longer: Readonly<Record<string, string>> = {
  ...{ a: 'áá', e: 'éé', i: 'íí', o: 'óó', u: 'úú', y: 'ýý' },
  ...{ A: 'ÁÁ', E: 'ÉÉ', I: 'ÍÍ', O: 'ÓÓ', U: 'ÚÚ', Y: 'ÝÝ' },
}

const pseudo = (text: string): string =>
  `[${text.replace(/\{[a-z]+\}|[aeiouy]/gi, (piece) => longer[piece] ?? piece)}]`

/** Makes all texts longer, and returns what makes them as they were. */
export function lengthen(texts: object): () => void {
  const undone = Object.entries(texts).map(([key, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null) return lengthen(value)
    if (typeof value === 'string') Reflect.set(texts, key, pseudo(value))
    return () => Reflect.set(texts, key, value)
  })
  return () => undone.forEach((undo) => undo())
}
