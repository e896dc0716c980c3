// Refuses to work with a MASTER_KEY that does not belong to the database: what it sealed would be lost.
import type { Server } from '../core/authorization-server.ts'

/**
 * Returns the fault of a MASTER_KEY that opens none of the stored keys, or null. A request that may write
 * waits for the keys once an isolate. After the loss of MASTER_KEY the operator makes new keys, so that
 * the admin interface answers if the new master key has a new id. If D1 does not answer, nothing is known.
 */
export async function masterKeyFault(
  { signingKeys, settings }: Server,
  { method, url }: Request,
  now: number,
): Promise<string | null> {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return null
  // Refused in any case, and before anything is read.
  if (!settings.development && url.startsWith('http:')) return null
  try {
    const fault = await signingKeys.masterKeyFault(now)
    const isForgiven = fault?.isReplaced === true && new URL(url).pathname.startsWith('/admin/v1/')
    return isForgiven ? null : (fault?.text ?? null)
  } catch {
    return null
  }
}
