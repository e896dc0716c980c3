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

  /**
   * Whether an enabled provider is trusted with assertions, for a document that must not wait: by what
   * this isolate remembers, however old; only one that has never looked reads. False where storage
   * does not answer.
   */
  async trustsAssertions(
    now: number,
    waitUntil: (work: Promise<unknown>) => void,
  ): Promise<boolean> {
    const remembered = this.#remembered
    if (remembered !== null) {
      if (!isYounger(remembered.at, now, this.#lifetime)) waitUntil(this.list(now))
      return remembered.providers.some(isTrusted)
    }
    const providers = await this.list(now).catch(() => [])
    return providers.some(isTrusted)
  }

  /** Empties the cache after this isolate has changed a provider. */
  forget(): void {
    this.#remembered = null
  }
}

const isTrusted = ({ configuration }: Provider): boolean => configuration.assertions
