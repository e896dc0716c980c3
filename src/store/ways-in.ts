// The ways in which a user can sign in, as conditions: the last one must not be removed.
import type { SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { ProviderLink } from '../core/providers/storage.ts'
import { resetPassword } from '../crypto/stored-password.ts'
import { credentials } from './schema/factors.ts'
import { providerLinks as links, providers, users } from './schema/people.ts'
import { sql } from './sql.ts'

/** Whether the user can sign in by a password. */
export const hasPassword = (userId: number): SQL => sql`EXISTS (
  SELECT 1 FROM ${users} WHERE ${users.id} = ${userId}
    AND (${users.passwordHash} <> ${resetPassword} OR ${users.passwordState} = 'ask'))`

const other = alias(links, 'other')

/**
 * Whether the user can sign in by another link than this one, or by any: its provider exists, is enabled
 * and is for signing in.
 */
export const hasAnotherLink = ({
  issuer = '',
  subject = '',
  userId,
}: Partial<ProviderLink> & Pick<ProviderLink, 'userId'>): SQL => sql`EXISTS (
  SELECT 1 FROM ${links} ${other} JOIN ${providers} ON ${providers.issuer} = ${other.issuer}
  WHERE ${other.userId} = ${userId}
    AND (${other.issuer} <> ${issuer} OR ${other.subject} <> ${subject})
    AND ${providers.disabledAt} IS NULL
    AND COALESCE(json_extract(${providers.configuration}, '$.sign_in'), 1))`

/** Whether the user can sign in by a passkey, other than the one with this id. */
export const hasPasskey = (userId: number, exceptId = ''): SQL =>
  sql`EXISTS (SELECT 1 FROM ${credentials} WHERE ${credentials.userId} = ${userId}
    AND ${credentials.kind} = 'passkey' AND ${credentials.id} <> ${exceptId})`
