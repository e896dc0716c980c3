// Key sets of providers and clients, kept by an isolate for five minutes: a key that its owner has
// withdrawn counts no longer than that. A kid that nobody knows, or a signature that no key made, costs
// one more request, at most every half minute, so that a flood costs nothing. RFC 7517 5, OIDC Core
// 10.1.1.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { ForeignKeySets } from '../core/clients/key-sets.ts'
import { isYounger } from '../core/server/age.ts'
import { type ForeignKey, foreignKey, foreignKeyFault } from '../crypto/foreign-key.ts'
import { setNewest } from '../protocol/bounded-map.ts'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { isJsonObject } from '../protocol/strict-json.ts'
import { clientAllowance } from './client-address.ts'
import { FailureLimit } from './fetch-limit.ts'
import { type OutboundAllowance, OutboundError, guardedFetch, jsonObjectOf } from './outbound.ts'
import { SharedReads } from './shared-reads.ts'

/** Seconds for which a key set is cached. */
const lifetime = 300

/** Minimum seconds between two requests for keys that are missing from the cached set. */
const rereadInterval = 30

/** Maximum number of cached key sets. The oldest is removed first. */
const mostSets = 50

type Kept = { keys: readonly ForeignKey[]; readAt: number; rereadAt: number }

const kept = new Map<string, Kept>()

const keySet = once(() => v.object({ keys: v.pipe(v.array(v.unknown()), v.maxLength(200)) }))

/**
 * Returns the keys at `url`. Fetches them if the cache is old or has no key with this `kid`.
 * @throws OutboundError
 */
export async function keysAt(
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
  kid: string | undefined,
): Promise<readonly ForeignKey[]> {
  const known = kept.get(url)
  if (known === undefined || !isYounger(known.readAt, as.now, lifetime)) {
    return read(as, url, allow, -Infinity)
  }
  const has = kid === undefined || known.keys.some((key) => key.kid === kid)
  if (has) return known.keys
  return (await rereadKeys(as, url, allow)) ?? known.keys
}

/**
 * Fetches the keys at `url` again, after a signature did not verify: the provider may have replaced the
 * key under the same kid. Returns null if they were fetched a moment ago.
 * @throws OutboundError
 */
export async function rereadKeys(
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
): Promise<readonly ForeignKey[] | null> {
  const known = kept.get(url)
  if (known === undefined || known.readAt === as.now) return null
  if (isYounger(known.rereadAt, as.now, rereadInterval)) return null
  return read(as, url, allow, as.now)
}

/**
 * The key sets of clients, as the core asks for them. A set that cannot be fetched is 503: a client
 * that is told `invalid_client` forgets its registration.
 */
export const clientKeySets: ForeignKeySets = (as, url) => {
  const allow = clientAllowance(url)
  return {
    find: (kid) => orUnavailable(keysAt(as, url, allow, kid)),
    findAgain: () => orUnavailable(rereadKeys(as, url, allow)),
  }
}

/** Awaits what was fetched; a fetch that failed becomes 503. @throws temporarily_unavailable */
export async function orUnavailable<Fetched>(fetching: Promise<Fetched>): Promise<Fetched> {
  try {
    return await fetching
  } catch (failure) {
    throw failure instanceof OutboundError ? temporarilyUnavailable(failure) : failure
  }
}

/** By address: a flood of assertions must not become a flood of requests. */
const failures = new FailureLimit()

const reads = new SharedReads<readonly ForeignKey[]>()

/** Reads the set at an address, unless it has failed too often in this minute. */
const read = (
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
  rereadAt: number,
): Promise<readonly ForeignKey[]> =>
  reads.read(as, url, async () => {
    const keys = await failures.run(url, as.now, () => fetched(as, url, allow))
    setNewest(kept, url, { keys, readAt: as.now, rereadAt }, mostSets)
    return keys
  })

async function fetched(
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
): Promise<ForeignKey[]> {
  const headers = { Accept: 'application/jwk-set+json, application/json' }
  const set = v.safeParse(keySet(), jsonObjectOf(await guardedFetch(as, url, { headers }, allow)))
  if (!set.success) throw new OutboundError('malformed', 'the response is not a key set')
  // "Implementations SHOULD ignore JWKs ... that ... are not understood." RFC 7517 5
  return set.output.keys.flatMap((key) => {
    if (!isJsonObject(key) || foreignKeyFault(key) !== null) return []
    const parsed = v.safeParse(foreignKey(), key)
    return parsed.success ? [parsed.output] : []
  })
}
