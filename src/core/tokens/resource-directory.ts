// Resources as an isolate remembers them, as clients: for at most ten seconds. That a key belongs to no
// resource is remembered, too: where the operator registers none, requests name resources all the same.
import { resourceKey } from '../../protocol/resource-key.ts'
import { isYounger } from '../server/age.ts'
import type { Resource, ResourceStore } from './storage.ts'

const most = 1_000

type Remembered = { resource: Resource | null; at: number }

/** The registered resources, as one isolate remembers them by their keys. */
export class ResourceDirectory {
  readonly #store: Pick<ResourceStore, 'findByKeys'>
  readonly #lifetime: number
  readonly #remembered = new Map<string, Remembered>()

  /** `lifetime` in seconds; 0 = every look-up reads. */
  constructor(store: Pick<ResourceStore, 'findByKeys'>, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /**
   * Returns the resource that each of the URIs names, at most `lifetime` seconds old; null for a URI
   * that is not registered. Reads once at most.
   *
   * @throws temporarily_unavailable
   */
  async find(uris: readonly string[], now: number): Promise<(Resource | null)[]> {
    const keys = uris.map(resourceKey)
    const isRemembered = (key: string): boolean => {
      const remembered = this.#remembered.get(key)
      return remembered !== undefined && isYounger(remembered.at, now, this.#lifetime)
    }
    const found = new Map<string, Resource | null>()
    const missing = keys.filter((key) => !isRemembered(key))
    for (const key of keys) found.set(key, this.#remembered.get(key)?.resource ?? null)
    if (missing.length > 0) {
      const read = await this.#store.findByKeys(missing)
      for (const key of missing) {
        const resource = read.get(key) ?? null
        found.set(key, resource)
        this.#remember(key, { resource, at: now })
      }
    }
    return keys.map((key) => found.get(key) ?? null)
  }

  #remember(key: string, remembered: Remembered): void {
    if (this.#lifetime === 0) return
    this.#remembered.delete(key)
    // A Map keeps its order of insertion: the first one is the longest there.
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size >= most && oldest !== undefined) this.#remembered.delete(oldest)
    this.#remembered.set(key, remembered)
  }

  /** Forgets what this isolate has just changed. */
  forget(): void {
    this.#remembered.clear()
  }
}
