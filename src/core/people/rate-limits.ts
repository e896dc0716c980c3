// Limits of requests by address and by client, which the setting RATE_LIMITS names. They write nothing: an
// isolate counts in its memory, or Cloudflare's Rate Limiting binding counts for a location.
import { rateLimited } from '../../protocol/error.ts'
import { addressPrefix } from './address.ts'
import { type RateLimit, isLimitOf } from '../server/settings-limits.ts'

/** Counts a request. Returns null if it is admitted, or else the seconds until the next one may be. */
type Count = (key: string, now: number) => Promise<number | null> | number | null

/** Counts a request by the Rate Limiting binding `name`. Returns whether it is admitted; a binding that fails admits. */
export type AskBinding = (name: string, key: string) => Promise<boolean>

/**
 * How many addresses an isolate counts in one period of a limit. Whoever sends from more addresses stays under
 * the limit at each of them, so that counting more would stop nobody.
 */
export const mostCounted = 10_000

/** The longest period of a binding (seconds), which does not say when it admits again. */
const bindingPeriod = 60

/** The limits of an isolate. */
export class RateLimits {
  readonly #limits: readonly { limit: RateLimit; count: Count }[]
  readonly #ofRoute = new Map<string, Count | null>()

  constructor(limits: readonly RateLimit[], askBinding: AskBinding) {
    this.#limits = limits.map((limit) => ({ limit, count: countOf(limit, askBinding) }))
  }

  /**
   * Counts a request of an address to a route, by the pattern of the route. IPv6 counts by its /64.
   * @throws too_many_requests
   */
  async requireOfAddress(route: string, address: string, now: number): Promise<void> {
    const count = this.#countAt(route)
    if (count !== null) await require(count, addressPrefix(address), now)
  }

  /** Counts a request of a client that has authenticated. @throws too_many_requests */
  async requireOfClient(id: string, now: number): Promise<void> {
    const count = this.#countAt('client')
    if (count !== null) await require(count, id, now)
  }

  /** There are as many routes as the code has. */
  #countAt(route: string): Count | null {
    const known = this.#ofRoute.get(route)
    if (known !== undefined) return known
    const count = this.#limits.find(({ limit }) => isLimitOf(limit, route))?.count ?? null
    this.#ofRoute.set(route, count)
    return count
  }
}

async function require(count: Count, key: string, now: number): Promise<void> {
  const retryAfter = await count(key, now)
  if (retryAfter !== null) throw rateLimited(retryAfter)
}

function countOf({ of, counting }: RateLimit, askBinding: AskBinding): Count {
  if (!('binding' in counting)) return countInMemory(counting)
  const { binding } = counting
  return async (key) => ((await askBinding(binding, `${of} ${key}`)) ? null : bindingPeriod)
}

/** Counts in windows that begin with the first request. `period` in seconds. */
export function countInMemory({ requests, period }: { requests: number; period: number }) {
  let counts = new Map<string, number>()
  let begun = Number.NEGATIVE_INFINITY
  return (key: string, now: number): number | null => {
    // A clock that was set back begins another window, too.
    if (now >= begun + period || now < begun) {
      counts = new Map()
      begun = now
    }
    const count = counts.get(key) ?? 0
    if (count >= requests) return Math.max(1, Math.ceil(begun + period - now))
    if (count > 0 || counts.size < mostCounted) counts.set(key, count + 1)
    return null
  }
}
