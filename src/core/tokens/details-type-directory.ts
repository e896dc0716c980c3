// The types of authorization details as an isolate remembers them, all at once: requests need some of
// them, discovery lists all, and they change rarely.
import { isYounger } from '../server/age.ts'
import type { DetailsType, DetailsTypeStore } from './storage.ts'

type Types = ReadonlyMap<string, DetailsType>

const none: Types = new Map()

/** The registered types of authorization details, as one isolate remembers them. */
export class DetailsTypeDirectory {
  readonly #store: Pick<DetailsTypeStore, 'all'>
  readonly #lifetime: number
  #remembered: { types: Types; at: number } | null = null

  /** `lifetime` is in seconds; 0 disables the cache. */
  constructor(store: Pick<DetailsTypeStore, 'all'>, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /**
   * Returns all types by their names, at most `lifetime` seconds old.
   * @throws temporarily_unavailable
   */
  async all(now: number): Promise<Types> {
    const remembered = this.#remembered
    if (remembered !== null && isYounger(remembered.at, now, this.#lifetime))
      return remembered.types
    const types = new Map((await this.#store.all()).map((one) => [one.metadata.type, one]))
    this.#remembered = { types, at: now }
    return types
  }

  /**
   * Returns the names of all types, for a document that must not wait: those that this isolate
   * remembers, however old. Only an isolate that has never looked reads. Empty if storage does not
   * answer.
   */
  async names(
    now: number,
    waitUntil: (work: Promise<unknown>) => void,
  ): Promise<readonly string[]> {
    const remembered = this.#remembered
    if (remembered === null) return [...(await this.all(now).catch(() => none)).keys()]
    if (!isYounger(remembered.at, now, this.#lifetime)) waitUntil(this.all(now))
    return [...remembered.types.keys()]
  }

  /** Empties the cache after this isolate has changed a type. */
  forget(): void {
    this.#remembered = null
  }
}
