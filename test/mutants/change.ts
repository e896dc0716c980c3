// How a mutant is told to people, and found again after its line has moved.

/** Says what a mutant changes: the part that differs, with a little of what stands around it. */
export function changeOf(original: string, replacement: string): string {
  const [before, after] = [oneLine(original), oneLine(replacement)]
  if (before.length < 60 || after.length < 8) return `${shortened(before)} -> ${shortened(after)}`
  let start = 0
  while (start < before.length && before[start] === after[start]) start += 1
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1
  // Whole words, and one more on either side.
  const from = before.lastIndexOf(' ', Math.max(0, before.lastIndexOf(' ', start - 1) - 1)) + 1
  const tail = before.slice(before.length - end)
  const more = tail.search(/(?<=\S)\s+(?=\S)/)
  const rest = more === -1 ? tail.length : more
  const cut = (text: string) => text.slice(from, text.length - end + rest).trim()
  return `${shortened(cut(before))} -> ${shortened(cut(after))}`
}

/** One line, without the marks that two printers set differently. */
const oneLine = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replaceAll(/;?\s+/g, ' ')
    .replaceAll(/,? ([)\]}])|([([{]) /g, '$1$2')
    .trim()

const shortened = (text: string): string =>
  text.length > 120 ? `${text.slice(0, 80)}...${text.slice(-37)}` : text
