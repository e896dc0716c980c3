// Login names. One table holds the folded usernames and e-mail addresses of all users, so that no
// user's username is the e-mail address of another, however it is written.
import { once } from '../../protocol/once.ts'
import { hasTooManyMarks, usernameFault } from '../../protocol/username.ts'
import type { User } from './storage.ts'

/**
 * Folds a name for comparison: NFKC, without white space at either end (a phone's keyboard adds it), in
 * lower case. `john`, `John ` and `ＪＯＨＮ` are the same name.
 */
export const foldLoginName = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

const subject = /^usr_[\w-]{22}$/i

/**
 * Returns whether a text has the form of this server's `sub`. Names and client identifiers must not:
 * a client could be taken for a user (RFC 9700 4.15).
 */
export const looksLikeSubject = (text: string): boolean => subject.test(text)

/**
 * Returns what nobody else can have as a name: the folded username, e-mail address and, where it comes
 * from another system, `sub` of a user, each once.
 */
export const loginNamesOf = ({
  sub,
  username,
  email,
}: Pick<User, 'sub' | 'username' | 'email'>): string[] => [
  ...new Set([
    foldLoginName(username),
    ...(email === null ? [] : [foldLoginName(email)]),
    ...(looksLikeSubject(sub) ? [] : [foldLoginName(sub)]),
  ]),
]

/** The most characters of a name. A longer name in a request belongs to nobody. */
export const longestLoginName = 320

/**
 * Returns why a text cannot be a username, or null if it can: 1 to 320 characters, a username of
 * RFC 8265, and not of the form of a `sub`.
 */
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

// RFC 5321 4.1.2: labels between dots (RFC 5890 for those beyond ASCII), or an address literal.
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}\\p{M}])?'
const domain = `(?:${label}\\.)+${label}|\\[[0-9a-z.:-]+\\]`
const address = once(() => new RegExp(`^[^@]{1,64}@(?:${domain})$`, 'iu'))

/**
 * Returns why a text cannot be an e-mail address, or null if it can: one `@` (quoted local parts, which
 * nobody uses, are refused), then a domain with a dot or an address literal. RFC 5321 4.1.2, RFC 6531.
 */
export function emailFault(email: string): string | null {
  const fault = lineFault(email)
  if (fault !== null) return fault
  // Invisible, a space, unassigned, or for private use.
  const unprintable = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u
  if (unprintable.test(email) || hasTooManyMarks(email)) return 'must have visible characters only'
  return address().test(email) ? null : 'is not an address'
}
