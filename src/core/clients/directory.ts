// Clients as an isolate remembers them: at most ten seconds, at most a thousand, never a miss.
import { setNewest } from '../../protocol/bounded-map.ts'
import { isYounger } from '../server/age.ts'
import type { Client, ClientStore } from './storage.ts'

const most = 1_000

type Remembered = { client: Client; at: number }

export class ClientDirectory {
  readonly #store: ClientStore
  readonly #lifetime: number
  readonly #remembered = new Map<string, Remembered>()

  /** `lifetime` in seconds; 0 = every look-up reads. */
  constructor(store: ClientStore, lifetime: number) {
    this.#store = store
    this.#lifetime = lifetime
  }

  /** The client, at most `lifetime` seconds old; null if there is none. */
  async find(id: string, now: number): Promise<Client | null> {
    return this.#recall(id, now) ?? this.read(id, now)
  }

  /** Returns whether `find` would answer without a read of storage. */
  remembers(id: string, now: number): boolean {
    return this.#recall(id, now) !== null
  }

  #recall(id: string, now: number): Client | null {
    const remembered = this.#remembered.get(id)
    if (remembered === undefined) return null
    return isYounger(remembered.at, now, this.#lifetime) ? remembered.client : null
  }

  /** The client as this isolate read it last, however long ago; null if it has not. */
  lastKnown(id: string): Client | null {
    return this.#remembered.get(id)?.client ?? null
  }

  /** The client as the primary has it now. */
  async read(id: string, now: number): Promise<Client | null> {
    const client = await this.#store.find(id)
    if (client === null) this.#remembered.delete(id)
    else if (this.#lifetime > 0) setNewest(this.#remembered, id, { client, at: now }, most)
    return client
  }

  /** Forgets a client that this isolate has just changed. */
  forget(id: string): void {
    this.#remembered.delete(id)
  }
}
