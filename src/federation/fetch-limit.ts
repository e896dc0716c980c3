// How often a host may be asked because of what strangers name. Client ID Metadata Document draft-02,
// 8.6.
import { isYounger } from '../core/server/age.ts'
import { setNewest } from '../protocol/bounded-map.ts'
import { OutboundError } from './outbound.ts'

/** Fetches a minute and host; those of addresses that nobody has let in yet. */
const most = 30
const mostOfStrangers = 20

/** Hosts that are counted; the one asked longest ago is forgotten first. */
const mostHosts = 1_000

const minute = 60

export class FetchLimit {
  /** The instants of the fetches of the last minute, by host. */
  readonly #fetches = new Map<string, readonly number[]>()

  /**
   * Counts a fetch. Returns null, or after how many seconds the host may be asked again.
   * @param isKnown whether somebody has let the client in before: a third is kept free for those, so
   *   that strangers cannot lock them out by naming more addresses of their host
   */
  count(host: string, isKnown: boolean, now: number): number | null {
    const retryAfter = this.waitFor(host, isKnown, now)
    if (retryAfter !== null) return retryAfter
    setNewest(this.#fetches, host, [...this.#recent(host, now), now], mostHosts)
    return null
  }

  /** Returns null, or after how many seconds the host may be asked again. Counts nothing. */
  waitFor(host: string, isKnown: boolean, now: number): number | null {
    const recent = this.#recent(host, now)
    const allowed = isKnown ? most : mostOfStrangers
    if (recent.length < allowed) return null
    const [oldest = now] = recent.slice(recent.length - allowed)
    return Math.max(1, Math.ceil(oldest + minute - now))
  }

  #recent(host: string, now: number): readonly number[] {
    return (this.#fetches.get(host) ?? []).filter((at) => isYounger(at, now, minute))
  }
}

/** Fetches from targets. One that fails thirty times is left alone for the rest of that minute. */
export class FailureLimit {
  readonly #failures = new FetchLimit()

  /**
   * Runs a fetch from a target, and counts its failure.
   * @throws OutboundError if the target has failed too often; whatever the fetch throws
   */
  async run<Fetched>(target: string, now: number, fetch: () => Promise<Fetched>): Promise<Fetched> {
    if (this.#failures.waitFor(target, true, now) !== null) {
      throw new OutboundError('unreachable', 'the address fails too often')
    }
    try {
      return await fetch()
    } catch (failure) {
      this.#failures.count(target, true, now)
      throw failure
    }
  }
}
