// Makes names from strangers (clients, people, scopes) safe to display. JSX escapes them; this file
// removes what could reorder, hide or flood the text around them.

/** Maximum length of a displayed name, in characters. */
const longestName = 60
// Names are cut before the patterns run, so that a long name costs no more time.
const longestRead = 400

/**
 * Returns a name on one line: no control, format or private-use characters (which include every
 * bidirectional override), at most two combining marks in a row, and at most `longest` characters,
 * ending with an ellipsis if cut. Returns '' if nothing visible is left.
 */
export function displayName(name: string, longest = longestName): string {
  const visible = name
    .slice(0, Math.max(longestRead, 2 * longest))
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\s\u2800\u3164\uffa0\u115f\u1160]+/gu, ' ')
    // The two joiners (200C, 200D) are part of the spelling in several scripts and in emoji.
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\ufffd]/gu, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
  if (!/[^\s\p{M}\u200c\u200d]/u.test(visible)) return ''
  const characters = [...visible]
  if (characters.length <= longest) return visible
  return `${characters.slice(0, longest - 1).join('')}…`
}

/** A stranger's name within our sentence, with its writing direction isolated. */
export function Name(props: { children: string; longest?: number }) {
  return <bdi class="name">{displayName(props.children, props.longest)}</bdi>
}
