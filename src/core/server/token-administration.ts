// Admin tokens created and deleted by an administrator, whichever face asks for it.
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { newAdminToken } from './admin-token.ts'
import { auditOf } from './audit.ts'
import type { AdminToken } from './storage.ts'

/** Seconds for which a token is valid where nothing else is said: 90 days. */
export const usualTokenLifetime = 7_776_000

/** Creates an admin token. Only this result has its text. `lifetime` in seconds. */
export async function createAdminToken(
  as: AuthorizationServer,
  { name, scope, lifetime }: { name: string; scope: string; lifetime: number },
): Promise<{ token: AdminToken; text: string }> {
  const { id, text } = newAdminToken()
  const token: AdminToken = {
    id,
    digest: await digestOf(text),
    name,
    scope,
    createdAt: as.now,
    expiresAt: as.now + lifetime,
    lastUsedAt: null,
  }
  const audit = auditOf(as, 'admin-token.created', { detail: { token: id, scope } })
  await as.store.adminTokens.create(token, audit)
  return { token, text }
}

/** Deletes an admin token, which ends at once; false if there is none. */
export const deleteAdminToken = (as: AuthorizationServer, id: string): Promise<boolean> =>
  as.store.adminTokens.delete(id, auditOf(as, 'admin-token.deleted', { detail: { token: id } }))
