// The audit of refused sign-ins. Anyone can be refused as often as they like, so that the rows are
// bounded: one for an account, an address, a minute and a reason, written after the response. Addresses are
// no bound by themselves: whoever has a /48 of IPv6 comes from 65,536 of them.
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
  const minute = Math.floor(as.now / 60)
  const reason = Object.values(refusal)
  const key = [userId ?? 'nobody', address, minute, ...reason].join(' ')
  if (rows.has(minute, key, userId !== undefined)) {
    const audit = auditOfRefusal(as, 'user.sign-in-refused', { userId, detail: refusal })
    return as.store.audit.merge(audit, key)
  }
  const audit = auditOfRefusal(as, 'user.sign-in-refused', { detail: refusal })
  const shared = ['many', 'addresses', minute, ...reason].join(' ')
  await as.store.audit.merge({ ...audit, address: undefined, userAgent: null }, shared)
}

/** Rows of a minute that an isolate begins for accounts, and for names that nobody has. */
const mostRows = 60

/** The rows that an isolate has begun in the present minute. */
class BegunRows {
  #minute = 0
  #ofUsers = new Set<string>()
  #ofNobody = new Set<string>()

  /** Returns whether a refusal has a row of its own: it began one, or there is room for one more. */
  has(minute: number, key: string, isOfUser: boolean): boolean {
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#ofUsers = new Set()
      this.#ofNobody = new Set()
    }
    const keys = isOfUser ? this.#ofUsers : this.#ofNobody
    if (!keys.has(key) && keys.size >= mostRows) return false
    keys.add(key)
    return true
  }
}

const rows = new BegunRows()
