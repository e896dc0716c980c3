// Reads of what others publish: one request serves all who wait for the same address.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isYounger } from '../core/server/age.ts'
import { inTime } from './outbound.ts'

/** Seconds that a read may take; one that is broken off takes its work along and may never end. */
const longestRead = 4

/** The reads that an isolate has begun, by address. */
export class SharedReads<Document> {
  readonly #begun = new Map<string, { document: Promise<Document>; at: number }>()

  /**
   * Waits for the read of an address that is in progress, or begins one. A failure is not kept.
   * @throws what `begin` throws; OutboundError if the read of another request does not end
   */
  read(
    as: Pick<AuthorizationServer, 'now' | 'waitUntil'>,
    address: string,
    begin: () => Promise<Document>,
  ): Promise<Document> {
    const known = this.#begun.get(address)
    if (known !== undefined && isYounger(known.at, as.now, longestRead)) {
      return inTime(known.document, longestRead * 1000)
    }
    const document = begin().finally(() => {
      if (this.#begun.get(address) === begun) this.#begun.delete(address)
    })
    const begun = { document, at: as.now }
    this.#forgetBrokenOff(as.now)
    this.#begun.delete(address)
    this.#begun.set(address, begun)
    // Others may wait for it, even if the request that began it does not any more.
    as.waitUntil(document.catch(() => null))
    return document
  }

  /** Forgets reads that were broken off: otherwise each would keep an address in memory. */
  #forgetBrokenOff(now: number): void {
    // A Map keeps its order of insertion: the oldest come first.
    for (const [address, { at }] of this.#begun) {
      if (isYounger(at, now, longestRead)) return
      this.#begun.delete(address)
    }
  }

  /** How many reads are remembered as begun. */
  get size(): number {
    return this.#begun.size
  }
}
