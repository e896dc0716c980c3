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

  /** Forgets what this isolate has just changed. */
  forget(): void {
    this.#remembered = null
  }
}

const isTrusted = ({ configuration }: Provider): boolean => configuration.assertions
