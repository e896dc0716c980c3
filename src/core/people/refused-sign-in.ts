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
  const place = rows.placeOf(minute, key, userId)
  const known = place === 'shared' ? undefined : userId
  const audit = auditOfRefusal(as, 'user.sign-in-refused', { userId: known, detail: refusal })
  if (place === 'own') return as.store.audit.merge(audit, key)
  const shared = ['many', 'addresses', minute, ...reason, ...(known === undefined ? [] : [known])]
  await as.store.audit.merge({ ...audit, address: undefined, userAgent: null }, shared.join(' '))
}

/** Rows of a minute that an isolate begins for accounts, and for names that nobody has. */
const mostRows = 60

/** Those of one account, so that whoever is refused at theirs does not hide whom else they attack. */
const mostOfAccount = 10

/** Accounts of a minute that have one more row, which they share with nobody. */
const mostAccounts = 60

/** The row of a refusal: one of its own, that of its account, or that of all others. */
type Place = 'own' | 'account' | 'shared'

/** The rows that an isolate has begun in the present minute. */
class BegunRows {
  #minute = 0
  #begun = 0
  #ofAccounts = new Map<number, Set<string>>()
  #ofNobody = new Set<string>()

  /** Returns the row of a refusal, and begins it if there is room. */
  placeOf(minute: number, key: string, userId: number | undefined): Place {
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#begun = 0
      this.#ofAccounts = new Map()
      this.#ofNobody = new Set()
    }
    if (userId !== undefined) return this.#placeOfAccount(key, userId)
    if (!this.#ofNobody.has(key) && this.#ofNobody.size >= mostRows) return 'shared'
    this.#ofNobody.add(key)
    return 'own'
  }

  #placeOfAccount(key: string, userId: number): Place {
    const keys = this.#ofAccounts.get(userId)
    if (keys?.has(key) === true) return 'own'
    if (keys === undefined && this.#ofAccounts.size >= mostAccounts) return 'shared'
    const begun = keys ?? new Set<string>()
    this.#ofAccounts.set(userId, begun)
    if (begun.size >= mostOfAccount || this.#begun >= mostRows) return 'account'
    begun.add(key)
    this.#begun += 1
    return 'own'
  }
}

const rows = new BegunRows()
