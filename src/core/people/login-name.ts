// Login names: usernames and e-mail addresses of all users stand in one table of folded names, so
// that no user's username is another's e-mail address, however it is written.
import { hasTooManyMarks, usernameFault } from '../../protocol/username.ts'

/**
 * How names are compared: NFKC, without white space at either end (a phone's keyboard adds it), in
 * lower case. `john`, `John ` and `ＪＯＨＮ` are one.
 */
export const foldLoginName = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

const subject = /^usr_[\w-]{22}$/i

/** Whether a text could be a `sub` of ours: neither names nor client identifiers may. */
export const looksLikeSubject = (text: string): boolean => subject.test(text)

/** The longest name that can exist; longer ones in a request are nobody's. */
export const longestLoginName = 320

/** Why a text cannot be a username, or null: 1 to 320 characters, RFC 8265, not like a `sub`. */
export const loginNameFault = (name: string): string | null =>
  lineFault(name) ??
  (looksLikeSubject(foldLoginName(name)) ? 'must not look like a subject identifier' : null) ??
  usernameFault(name)

function lineFault(text: string): string | null {
  if (text.trim() !== text || text === '') return 'must not be empty or begin or end with a space'
  if (text.length > longestLoginName) return `must have at most ${longestLoginName} characters`
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return 'must have no control characters'
  return null
}

// Not seen, a space, or of no meaning to others: unassigned and for private use.
const unprintable = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u

// RFC 5321 4.1.2: labels between dots (RFC 5890 for those beyond ASCII), or an address literal.
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}\\p{M}])?'
const domain = `(?:${label}\\.)+${label}|\\[[0-9a-z.:-]+\\]`
const address = new RegExp(`^[^@]{1,64}@(?:${domain})$`, 'iu')

/**
 * Why a text cannot be an e-mail address, or null: one `@` (none in quotes, which nobody has), then
 * a domain with a dot or an address literal. RFC 5321 4.1.2, RFC 6531.
 */
export function emailFault(email: string): string | null {
  const fault = lineFault(email)
  if (fault !== null) return fault
  if (unprintable.test(email) || hasTooManyMarks(email)) return 'must have visible characters only'
  return address.test(email) ? null : 'is not an address'
}
