// The passwords of imported users, in the form in which they are stored.
import {
  type ForeignHashFault,
  readForeignHash,
  sealForeignHash,
} from '../../../crypto/foreign-hash-seam.ts'
import { hashPassword } from '../../../crypto/password.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { ImportRules, ImportedPassword, PasswordFacts } from './storage.ts'

/** What is stored of a password, and why it is less than was sent. */
export type StoredPassword = PasswordFacts & { fault: ForeignHashFault | null }

/** The words of a report for a hash that cannot be used: the person is imported without it. */
export const hashFaultWords: Record<ForeignHashFault, string> = {
  unknown_hash: 'is not a known form of password hash; the user gets no password',
  too_costly: 'is a hash that is too costly to verify; the user gets no password',
  malformed_hash: 'is a damaged password hash; the user gets no password',
}

/**
 * Returns what is stored of an imported password: a hash of another system is sealed as it came, a
 * password in clear is hashed. What cannot be used does not lose the person: a new password is set, or
 * asked for at the endpoint of the import.
 */
export async function storedPassword(
  { keys }: Pick<AuthorizationServer, 'keys'>,
  { askUrl }: Pick<ImportRules, 'askUrl'>,
  password: ImportedPassword | undefined,
): Promise<StoredPassword> {
  if (password === undefined) return { passwordHash: null, passwordState: null, fault: null }
  const without = { passwordHash: null, passwordState: askUrl === null ? 'reset' : 'ask' } as const
  if (password.kind === 'reset') return { ...without, fault: null }
  const passwordState = password.temporary ? 'temporary' : null
  if (password.kind === 'plain') {
    return { passwordHash: await hashPassword(keys, password.text), passwordState, fault: null }
  }
  const read = readForeignHash(password.text)
  if ('fault' in read) return { ...without, fault: read.fault }
  return { passwordHash: await sealForeignHash(keys, read.hash), passwordState, fault: null }
}
