// Login names: usernames and e-mail addresses of all users stand in one table of folded names, so
// that no user's username is another's e-mail address, however it is written.

/** How names are compared: NFKC, then lower case. `john`, `John` and `ＪＯＨＮ` are one. */
export const foldLoginName = (name: string): string => name.normalize('NFKC').toLowerCase()

const subject = /^usr_[\w-]{22}$/i

/** Whether a text could be a `sub` of ours: neither names nor client identifiers may. */
export const looksLikeSubject = (text: string): boolean => subject.test(text)

/** The longest name that can exist; longer ones in a request are nobody's. */
export const longestLoginName = 320

/** Why a text cannot be a login name, or null: 1 to 320 characters, no control, not like a `sub`. */
export function loginNameFault(name: string): string | null {
  if (name.trim() !== name || name === '') return 'must not be empty or begin or end with a space'
  if (name.length > longestLoginName) return `must have at most ${longestLoginName} characters`
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return 'must have no control characters'
  if (looksLikeSubject(foldLoginName(name))) return 'must not look like a subject identifier'
  return null
}
