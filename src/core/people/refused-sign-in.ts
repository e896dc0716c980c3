// The audit of refused sign-ins. Anyone can be refused as often as they like, so that the rows are
// bounded: one for an account, an address, a minute and a reason, written after the response.
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOfRefusal } from '../server/audit.ts'
import { addressPrefix } from './address.ts'

/**
 * Why a sign-in was refused. `provider` is the id of a configured provider; absent if the request named
 * none.
 */
type Refusal =
  | { reason: 'passkey'; fault: string }
  | { reason: 'password' | 'second_factor' | 'temporary' | 'leaving' | 'throttled' }
  | { reason: 'provider'; outcome: string; provider?: string | undefined }

/**
 * Notes a refused sign-in, after the response. What was typed is not noted: some people type their
 * password as their name.
 */
export const noteRefusedSignIn = (
  as: AuthorizationServer,
  userId: number | undefined,
  refusal: Refusal,
): void => as.waitUntil(note(as, userId, refusal))

async function note(
  as: AuthorizationServer,
  userId: number | undefined,
  refusal: Refusal,
): Promise<void> {
  const address = addressPrefix(as.address)
  // A password that was judged was counted as a try, which limits how many there are. The other refusals are
  // limited by the filter that keeps floods of tries away from D1.
  const isCounted = refusal.reason !== 'throttled' && refusal.reason !== 'provider'
  if (!isCounted && !(await as.store.addressFilter.admits(`refused ${address}`))) return
  const audit = auditOfRefusal(as, 'user.sign-in-refused', { userId, detail: refusal })
  const minute = Math.floor(as.now / 60)
  const key = [userId ?? 'nobody', address, minute, ...Object.values(refusal)].join(' ')
  await as.store.audit.merge(audit, key)
}
