// Facts that a client or a browser carries, sealed: handing them out writes nothing, and garbage is
// refused without storage. Facts that are too long for a URL are parked in D1, behind a reference.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import type { Purpose } from '../../crypto/key-ring.ts'
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { spend } from '../server/spending.ts'
import type { Spending } from '../server/storage.ts'

/** Characters of a sealed text that travels in a URL; longer facts are parked. */
const longestSealed = 1_500

type Kind = {
  purpose: Purpose
  /**
   * Raised with the facts, so that facts of another format do not open. While a release is rolled out,
   * each of the two opens what the other has sealed; so an added fact may leave the format as it is only
   * if it restricts nothing (whoever ignores it allows no more) and its absence has a right meaning.
   */
  format: string
  /** What a sealed text begins with. */
  prefix: string
  /** What the reference to parked facts begins with; absent = facts of this kind are not parked. */
  parkedPrefix?: string
}

/** Facts of one kind, which travel sealed. */
export class SealedFacts<Facts extends object> {
  readonly #kind: Kind

  constructor(kind: Kind) {
    this.#kind = kind
  }

  /** Seals facts and writes nothing. */
  async seal(as: AuthorizationServer, facts: Facts): Promise<string> {
    const { format, prefix } = this.#kind
    return prefix + (await this.#sealIn(as, format, facts))
  }

  /**
   * Seals facts, or parks them until `expiresAt` (seconds). What the request spends is spent before
   * anybody has the text.
   * @throws the refusal of an identifier that was spent before
   */
  async sealOrPark(
    as: AuthorizationServer,
    facts: Facts,
    expiresAt: number,
    spends: readonly Spending[] = [],
  ): Promise<string> {
    const { prefix, parkedPrefix } = this.#kind
    const sealed = await this.seal(as, facts)
    if (parkedPrefix === undefined || sealed.length - prefix.length <= longestSealed) {
      await spend(as, spends)
      return sealed
    }
    const reference = parkedPrefix + randomSecret()
    const parked = await this.#sealIn(as, this.#contextOf(reference), facts)
    await as.store.parkedCodes.park(await digestOf(reference), parked, expiresAt, spends)
    return reference
  }

  /**
   * Opens a sealed text or a reference. Returns null if this server did not issue it or no longer has
   * it parked.
   */
  async open(as: AuthorizationServer, text: string): Promise<Facts | null> {
    const { format, prefix, parkedPrefix } = this.#kind
    if (text.startsWith(prefix)) return this.#openIn(as, format, text.slice(prefix.length))
    if (parkedPrefix === undefined || !text.startsWith(parkedPrefix)) return null
    const parked = await as.store.parkedCodes.find(await digestOf(text), as.now)
    return parked === null ? null : this.#openIn(as, this.#contextOf(text), parked)
  }

  // The row has only the digest of the reference. Whoever reads the row can neither present the
  // reference nor the sealed facts in another form, because they do not open without the reference.
  #contextOf(reference: string): string {
    return `${this.#kind.format} ${reference}`
  }

  #sealIn(as: AuthorizationServer, context: string, facts: Facts): Promise<string> {
    return as.keys.seal(this.#kind.purpose, utf8(JSON.stringify(facts)), context)
  }

  async #openIn(as: AuthorizationServer, context: string, sealed: string): Promise<Facts | null> {
    const opened = await as.keys.open(this.#kind.purpose, sealed, context)
    const text = opened === null ? null : utf8Text(opened)
    // A text that opens was sealed here, from facts of this format.
    return text === null ? null : JSON.parse(text)
  }
}
