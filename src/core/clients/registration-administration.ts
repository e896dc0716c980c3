// Initial access tokens created and deleted by an administrator, whichever face asks for it.
import { digestOf } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import type { RegistrationLimits, RegistrationToken } from './storage.ts'

/** Seconds for which a token is valid where nothing else is said: 30 days. */
export const usualRegistrationLifetime = 2_592_000

/** What is known about a token to be created; `lifetime` in seconds. */
export type RegistrationTokenDraft = RegistrationLimits & {
  id: string
  /** Of 256 bits. */
  secret: string
  label: string
  maxUses: number | null
  lifetime: number
}

/** Creates an initial access token (RFC 7591 1.2). Only this result has its text. */
export async function createRegistrationToken(
  as: AuthorizationServer,
  { secret, lifetime, ...facts }: RegistrationTokenDraft,
): Promise<{ token: RegistrationToken; text: string }> {
  const text = `iat_${secret}`
  const created: RegistrationToken = {
    ...facts,
    digest: await digestOf(text),
    uses: 0,
    createdAt: as.now,
    expiresAt: as.now + lifetime,
    lastUsedAt: null,
  }
  const audit = auditOf(as, 'registration-token.created', { detail: { id: created.id } })
  return { token: await as.store.registrations.createToken(created, audit), text }
}

/** Deletes an initial access token; false if there is none. Clients that it registered stay. */
export const deleteRegistrationToken = (as: AuthorizationServer, id: string): Promise<boolean> =>
  as.store.registrations.deleteToken(
    id,
    auditOf(as, 'registration-token.deleted', { detail: { id } }),
  )
