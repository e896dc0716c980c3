// Which text can be a username: the UsernameCaseMapped profile of the PRECIS IdentifierClass. RFC
// 8264, RFC 8265 3.3, RFC 5892 (appendix A), RFC 5893 (the Bidi Rule). Sets of Unicode characters are
// built at first use: at start-up they would take milliseconds.
import { once } from './once.ts'

// Each of these is asked about a single character.

/** ASCII (RFC 8264 9.11). */
const ascii7 = /[!-~]/

// RFC 5892 2.6 (F), and characters that are valid only in context (appendix A, checked below).
const validException = /[\u06fd\u06fe\u0f0b\u3007\u00b7\u0375\u05f3\u05f4\u30fb]/
const disallowedException = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/

const oldHangulJamo = /[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/

function isIdentifier(character: string): boolean {
  if (ascii7.test(character) || validException.test(character)) return true
  return (
    // Letters, digits and combining marks of any script (9.1).
    /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u.test(character) &&
    !disallowedException.test(character) &&
    // Invisible characters would make two different names look alike (9.13).
    !/\p{Default_Ignorable_Code_Point}/u.test(character) &&
    !oldHangulJamo.test(character) &&
    // HasCompat (9.17) rejects ligatures and circled letters, for example.
    character.normalize('NFKC') === character
  )
}

/** A match in the lower-cased name is a fault. */
const outOfContext = once((): readonly RegExp[] => [
  // A.3: a middle dot must be between two l, as in Catalan.
  /(?<!l)\u00b7|\u00b7(?!l)/,
  // A.4: the Greek numeral sign must be followed by a Greek letter.
  /\u0375(?!\p{Script=Greek})/u,
  // A.5, A.6: geresh and gershayim must follow a Hebrew letter.
  /(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u,
  // A.7: the Katakana middle dot needs a Japanese character in the name.
  /^[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*\u30fb[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]*$/u,
  // A.8, A.9: Arabic-Indic and extended Arabic-Indic digits must not be mixed.
  /[\u0660-\u0669].*[\u06f0-\u06f9]|[\u06f0-\u06f9].*[\u0660-\u0669]/,
])

// JavaScript has no Bidi_Class. These are the scripts in use whose letters are R or AL.
const scripts = ['Hebrew', 'Arabic', 'Syriac', 'Thaana', 'Nko', 'Samaritan', 'Mandaic', 'Adlam']
const rightToLeft = scripts.map((name) => `\\p{Script=${name}}`).join('')
const bidirectional = once(() => new RegExp(`[${rightToLeft}\\u0660-\\u0669]`, 'u'))
// Rules 1 to 4: the name starts and ends right-to-left, has no left-to-right letter, and has either
// kind of digit but not both.
const bidiRule = once(
  () =>
    new RegExp(
      `^(?![^]*[0-9][^]*[\\u0660-\\u0669]|[^]*[\\u0660-\\u0669][^]*[0-9])` +
        `(?=[${rightToLeft}])(?:[${rightToLeft}]|\\P{L})*(?<=[${rightToLeft}\\p{Nd}]\\p{M}*)$`,
      'u',
    ),
)

/** Maps full-width and half-width forms to the ordinary forms: the profile's width mapping. */
const widthMapped = (text: string): string =>
  text.replace(/[\u3000\uff01-\uffee]/g, (character) => character.normalize('NFKC'))

/**
 * Returns why a text cannot be a username, or null if it can. Exactly one space separates two parts
 * (RFC 8265 3.1 allows several, but browsers show them as one).
 */
export function usernameFault(name: string): string | null {
  const prepared = widthMapped(name).normalize('NFC')
  for (const part of prepared.split(' ')) {
    if (part === '') return 'must not have two spaces in a row'
    if (![...part].every(isIdentifier)) return 'must consist of letters, digits and ASCII symbols'
    if (/^\p{M}/u.test(part) || hasTooManyMarks(part))
      return 'must not have more than four accents in a row'
    const folded = part.toLowerCase()
    if (outOfContext().some((fault) => fault.test(folded)))
      return 'has a character that is not valid in its context'
    if (bidirectional().test(part) && !bidiRule().test(part)) {
      return 'must not mix writing directions'
    }
  }
  return null
}

/**
 * Returns whether the text has more than four combining marks in a row, in any composition. No script
 * stacks more, and a taller stack would cover the lines above and below.
 */
export const hasTooManyMarks = (text: string): boolean => /\p{M}{5}/u.test(text.normalize('NFD'))
