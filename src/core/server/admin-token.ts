// The tokens of operators, bearer tokens (RFC 6750): ADMIN_TOKEN, and those that are made with it.
import { digestOf, equalInConstantTime, randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Settings } from './settings.ts'
import type { AdminToken, Operator } from './storage.ts'

/**
 * Returns whether an Authorization header has ADMIN_TOKEN, compared in constant time (RFC 6750
 * 2.1).
 */
export async function bearsAdminToken(
  { settings }: { settings: Pick<Settings, 'adminToken'> },
  header: string | undefined,
): Promise<boolean> {
  // The operator chooses the token, so it need not be a b64token (RFC 6750 2.1).
  const token = /^bearer +(.+)$/i.exec(header ?? '')?.[1] ?? ''
  // Digests have a fixed length, so the comparison does not reveal the length of the token.
  const [sent, expected] = await Promise.all([digestOf(token), digestOf(settings.adminToken)])
  return equalInConstantTime(sent, expected)
}

/** What an admin token may be made for; ADMIN_TOKEN may do everything. */
export const adminScopes = [
  'read',
  'users',
  'clients',
  'keys',
  'events',
  'settings',
  'tokens',
] as const

export type AdminScope = (typeof adminScopes)[number]

/** Creates the text of an admin token and its parts. */
export function newAdminToken(): { id: string; text: string } {
  const id = randomSecret(16)
  return { id, text: `pat_${id}.${randomSecret()}` }
}

/** Seconds between two notes of a token's last use. */
const noteInterval = 60

/**
 * Returns the admin token of an Authorization header; null if there is none, or it has expired. It is
 * read from storage each time, so that a deleted token ends at once.
 */
export async function findAdminToken(
  as: AuthorizationServer,
  header: string | undefined,
): Promise<AdminToken | null> {
  const [, text, id] = /^bearer +(pat_([\w-]{22})\.[\w-]{43})$/i.exec(header ?? '') ?? []
  if (text === undefined || id === undefined) return null
  const [token, digest] = await Promise.all([as.store.adminTokens.find(id), digestOf(text)])
  if (token === null || token.expiresAt <= as.now) return null
  if (!equalInConstantTime(digest, token.digest)) return null
  if (as.now - (token.lastUsedAt ?? 0) > noteInterval) {
    as.waitUntil(as.store.adminTokens.noteUse(id, as.now))
  }
  return token
}

/**
 * Returns the operator whose token an Authorization header has: ADMIN_TOKEN, or an admin token that has
 * not expired. Null for any other token.
 */
export async function operatorOf(
  as: AuthorizationServer,
  header: string,
): Promise<Operator | null> {
  if (await bearsAdminToken(as, header)) return { actor: 'root', scope: null, expiresAt: null }
  const token = await findAdminToken(as, header)
  if (token === null) return null
  const { id, scope, expiresAt } = token
  return { actor: `admin-token:${id}`, scope: scope.split(' '), expiresAt }
}
