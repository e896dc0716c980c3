// Names that strangers chose (clients, people, scopes), made safe to look at. Escaping is JSX's
// work; here a name loses what would let it reorder, hide or flood the text around it.

/** The longest name shown, in characters. */
const longestName = 60
// Cut before the patterns run, so that a name of any size costs the same.
const longestRead = 400

/**
 * A name on one line: no control, format or private characters (which include every bidirectional
 * override), no more than two combining marks in a row, at most `longest` characters, the rest an ellipsis.
 * Empty if nothing visible is left.
 */
export function displayName(name: string, longest = longestName): string {
  const visible = name
    .slice(0, longestRead)
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\s\u2800\u3164\uffa0\u115f\u1160]+/gu, ' ')
    // The two joiners (200C, 200D) are spelling in several scripts and in emoji.
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\ufffd]/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
  if (!/[^\s\p{M}\u200c\u200d]/u.test(visible)) return ''
  const characters = [...visible]
  if (characters.length <= longest) return visible
  return `${characters.slice(0, longest - 1).join('')}…`
}

/** A stranger's name inside our sentence: its own direction, set apart from ours. */
export function Name(props: { children: string; longest?: number }) {
  return <bdi class="name">{displayName(props.children, props.longest)}</bdi>
}
