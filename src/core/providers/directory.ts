// A cache of the enabled providers, for pages that offer them. A sign-in always reads its provider
// from storage.
import { isYounger } from '../server/age.ts'
import type { Provider, ProviderStore } from './storage.ts'

/** The enabled providers as one isolate remembers them. */
export class ProviderDirectory {
  readonly #store: Pick<ProviderStore, 'listEnabled'>
  readonly #lifetime: number
  #remembered: { providers: readonly Provider[]; at: number } | null = null

  /** `lifetime` is in seconds; 0 disables the cache. */
  constructor(store: Pick<ProviderStore, 'listEnabled'>, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /** Returns the enabled providers, at most `lifetime` seconds old. */
  async list(now: number): Promise<readonly Provider[]> {
    const remembered = this.#remembered
    if (remembered !== null && isYounger(remembered.at, now, this.#lifetime)) {
      return remembered.providers
    }
    const providers = await this.#store.listEnabled()
    this.#remembered = { providers, at: now }
    return providers
  }

  /** Empties the cache after this isolate has changed a provider. */
  forget(): void {
    this.#remembered = null
  }
}
