// The enabled providers as an isolate remembers them for the pages that offer them. What decides about
// a sign-in reads its provider afresh.
import { isYounger } from '../server/age.ts'
import type { Provider, ProviderStore } from './storage.ts'

export class ProviderDirectory {
  readonly #store: Pick<ProviderStore, 'listEnabled'>
  readonly #lifetime: number
  #remembered: { providers: readonly Provider[]; at: number } | null = null

  /** `lifetime` in seconds; 0 = every look reads. */
  constructor(store: Pick<ProviderStore, 'listEnabled'>, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /** The enabled providers as they were at most `lifetime` seconds ago. */
  async list(now: number): Promise<readonly Provider[]> {
    const remembered = this.#remembered
    if (remembered !== null && isYounger(remembered.at, now, this.#lifetime)) {
      return remembered.providers
    }
    const providers = await this.#store.listEnabled()
    this.#remembered = { providers, at: now }
    return providers
  }

  /** Forgets what this isolate has just changed. */
  forget(): void {
    this.#remembered = null
  }
}
