// Which passwords people may choose: NIST SP 800-63B 5.1.1.2. No rule says which characters a password
// must have; it is refused where a guesser would begin.
import { utf8 } from '../../crypto/encoding.ts'
import { longestPassword, normalisePassword } from '../../crypto/password.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { foldLoginName } from './login-name.ts'
import type { User } from './storage.ts'

/** The shortest password that a person may choose, in characters (NIST SP 800-63B 5.1.1.2). */
export const shortestPassword = 8

/** Returns whether a password has at least `shortestPassword` characters once it is normalised. */
export const isLongEnough = (password: string): boolean =>
  [...normalisePassword(password)].length >= shortestPassword

/** The commonest passwords, as the operator has put them into KV. */
export type CommonPasswords = {
  /**
   * Returns whether a folded password is in the list. Where there is no list, or it cannot be read, no
   * password is.
   */
  has(foldedPassword: string): Promise<boolean>
}

/** Why nobody may choose a password. */
export type PasswordFault = 'tooShort' | 'tooLong' | 'ownName' | 'common'

/** Returns why this person may not choose a password, or null if they may. */
export async function passwordFault(
  as: AuthorizationServer,
  password: string,
  person: Pick<User, 'username' | 'email' | 'name'>,
): Promise<PasswordFault | null> {
  if (!isLongEnough(password)) return 'tooShort'
  if (utf8(password).byteLength > longestPassword) return 'tooLong'
  const folded = foldLoginName(password)
  if (ownNames(person).includes(folded)) return 'ownName'
  return (await as.store.commonPasswords.has(folded)) ? 'common' : null
}

const ownNames = ({ username, email, name }: Pick<User, 'username' | 'email' | 'name'>) => {
  const names = [username, email, name].filter((one) => one !== null).map(foldLoginName)
  return [...names, ...names.map((one) => one.replace(/@[^@]*$/, ''))]
}
