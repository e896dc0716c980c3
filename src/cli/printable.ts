// Text from a server on a terminal: names are chosen by strangers, and a terminal obeys what they
// contain. O22 of the specification.
import stringWidth from 'string-width'

// Tabs and line breaks separate words. All other controls go, and so does what changes the order of
// the text or cannot be seen. The joiners (200C, 200D) stay: emoji and several scripts need them.
const separator = /[\t\n\r\u0085\u2028\u2029]+/g
const invisible = /[\p{Cc}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu

/** Returns the text on one line, without control characters and bidirectional controls. */
export const printable = (text: string): string =>
  text.replace(separator, ' ').replace(invisible, '')

/** Returns how many columns a printable text takes: 2 for a wide character. */
export const widthOf = (text: string): number => stringWidth(text)

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Returns a printable text of at most `width` columns, with an ellipsis where it was cut. */
export function cut(text: string, width: number): string {
  // Names may have 10 kB: what comes later cannot fit anyway.
  const start = text.length > width * 20 ? text.slice(0, width * 20) : text
  if (widthOf(start) <= width) return start
  let kept = ''
  let taken = 0
  for (const { segment } of graphemes.segment(start)) {
    taken += widthOf(segment)
    if (taken > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** Returns a printable text, filled with spaces to `width` columns. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))
