// Whether MASTER_KEY belongs to the database: it does as soon as it has opened one of the stored keys.
import type { KeyRing } from '../../crypto/key-ring.ts'
import { temporarilyUnavailable } from '../../protocol/error.ts'
import type { StoredKey } from './storage.ts'

/** Returns the id of the master key that a value is sealed under. */
export const sealingKeyId = (sealed: string): string => sealed.slice(0, sealed.indexOf('.'))

/** What one isolate knows about its MASTER_KEY. A database without keys proves nothing against it. */
export class MasterKeyProof {
  readonly #keys: KeyRing
  #isProven = false
  #fault: { text: string; isUnlisted: boolean } | null = null

  constructor(keys: KeyRing) {
    this.#keys = keys
  }

  get isProven(): boolean {
    return this.#isProven
  }

  /** Whether MASTER_KEY opens none of the keys that were judged. */
  get isForeign(): boolean {
    return this.#fault !== null
  }

  /** @throws temporarily_unavailable if MASTER_KEY opens none of the keys that were judged */
  require(): void {
    if (this.#fault !== null) throw temporarilyUnavailable(new Error(this.#fault.text))
  }

  /**
   * Requires that MASTER_KEY may seal new keys. After its loss a new one under a new id may; one under the
   * id of another would make values that nobody can tell apart.
   * @throws temporarily_unavailable
   */
  requireOwnId(): void {
    if (this.#fault?.isUnlisted !== true) this.require()
  }

  /** Judges by the stored keys. Once one has opened, no other is tried. */
  async judge(stored: readonly StoredKey[]): Promise<void> {
    if (this.#isProven) return
    const listed = stored.filter((key) => this.#keys.has(sealingKeyId(key.wrappedPrivateKey)))
    for (const { wrappedPrivateKey, kid } of listed) {
      // `||=` would take back what another judgement has proven meanwhile.
      if (
        !this.#isProven &&
        (await this.#keys.open('signing key', wrappedPrivateKey, kid)) !== null
      )
        this.#isProven = true
    }
    const isInnocent = this.#isProven || stored.length === 0
    this.#fault = isInnocent ? null : faultOf(stored, listed)
  }
}

function faultOf(
  stored: readonly StoredKey[],
  listed: readonly StoredKey[],
): { text: string; isUnlisted: boolean } {
  const idsOf = (keys: readonly StoredKey[]): string =>
    [...new Set(keys.map((key) => sealingKeyId(key.wrappedPrivateKey)))].join(', ')
  const isUnlisted = listed.length === 0
  const cause = isUnlisted
    ? `it does not list ${idsOf(stored)}`
    : `what it lists as ${idsOf(listed)} is another key`
  return { text: `MASTER_KEY opens none of the stored keys: ${cause}`, isUnlisted }
}
