// The passwords of imported users, in the form in which they are stored.
import { hashPassword } from '../../../crypto/password.ts'
import { resetPassword, sealForeignHash } from '../../../crypto/stored-password.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { ImportRules, ImportedPassword, PasswordFacts, RowFault } from './storage.ts'

/** What is stored of a password, and why it is less than was sent. */
export type StoredPassword = PasswordFacts & { fault: Pick<RowFault, 'code' | 'detail'> | null }

/**
 * Returns what is stored of an imported password: a hash of another system is sealed as it came, a
 * password in clear is hashed. What cannot be used does not lose the person: a new password is set, or
 * asked for at the endpoint of the import.
 */
export async function storedPassword(
  as: AuthorizationServer,
  { askUrl }: Pick<ImportRules, 'askUrl'>,
  password: ImportedPassword | undefined,
): Promise<StoredPassword> {
  if (password === undefined) return { passwordHash: null, passwordState: null, fault: null }
  const passwordState = askUrl === null ? null : ('ask' as const)
  const without = { passwordHash: resetPassword, passwordState, fault: null }
  if (password.kind === 'reset') return without
  const state = password.temporary ? ('temporary' as const) : null
  if (password.kind === 'plain') {
    const passwordHash = await hashPassword(as, password.text)
    return { passwordHash, passwordState: state, fault: null }
  }
  const sealed = await sealForeignHash(as.keys, password.text)
  if ('stored' in sealed) {
    return { passwordHash: sealed.stored, passwordState: state, fault: null }
  }
  const detail = `the hash ${sealed.detail}, so that the user has no password`
  return { ...without, fault: { code: sealed.fault, detail } }
}
