// The cache of KV values near one user. KV answers a read from there when it can; otherwise the read
// travels to the central stores, like every write.

export class LocalCache {
  #present = new Set<string>()
  #shared = new Set<string>()

  /** Whether a read of these keys is answered here. Whatever was read is here afterwards. */
  reads(keys: readonly string[]): boolean {
    const isHot = keys.every((key) => this.#present.has(key))
    for (const key of keys) this.#present.add(key)
    return isHot
  }

  /** A value is seen at once where it was written. */
  writes(key: string): void {
    this.#present.add(key)
  }

  /**
   * Declares what is here now to be what everybody's requests keep here. A key that names this person
   * is read by nobody else, so it is not.
   */
  share(person: string): void {
    const names = [person, encodeURIComponent(person)].filter((name) => name !== '')
    const isOwn = (key: string) => names.some((name) => key.includes(name))
    this.#shared = new Set([...this.#present].filter((key) => !isOwn(key)))
  }

  /** Forgets all but the shared keys, as after the minutes or hours since this person was last here. */
  forget(): void {
    this.#present = new Set(this.#shared)
  }
}
