// Key sets of providers, cached by an isolate for five minutes, so that a key that its provider has
// withdrawn is accepted no longer than that. An unknown kid or a signature that does not verify
// triggers a new request, at most every 30 seconds, so that a flood of such tokens causes few
// requests. RFC 7517 5, OpenID Connect Core 10.1.1.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isYounger } from '../core/server/age.ts'
import { type UpstreamKey, upstreamKey } from '../crypto/upstream-token.ts'
import { once } from '../protocol/once.ts'
import { type OutboundAllowance, OutboundError, guardedFetch, jsonObjectOf } from './outbound.ts'

/** Seconds for which a key set is cached. */
const lifetime = 300

/** Minimum seconds between two requests for keys that are missing from the cached set. */
const rereadInterval = 30

/** Maximum number of cached key sets. The oldest is removed first. */
const mostSets = 50

type Kept = { keys: readonly UpstreamKey[]; readAt: number; rereadAt: number }

const kept = new Map<string, Kept>()

const keySet = once(() => z.object({ keys: z.array(z.unknown()).check(z.maxLength(200)) }))

/**
 * Returns the keys at `url`. Fetches them if the cache is old or has no key with this `kid`.
 * @throws OutboundError
 */
export async function keysAt(
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
  kid: string | undefined,
): Promise<readonly UpstreamKey[]> {
  const known = kept.get(url)
  if (known === undefined || !isYounger(known.readAt, as.now, lifetime)) {
    return keep(url, await read(as, url, allow), as.now, -Infinity)
  }
  const has = kid === undefined || known.keys.some((key) => key.kid === kid)
  if (has) return known.keys
  return (await rereadKeys(as, url, allow)) ?? known.keys
}

/**
 * Fetches the keys at `url` again, after a signature did not verify: the provider may have replaced
 * the key under the same kid. Returns null if they were fetched a moment ago.
 * @throws OutboundError
 */
export async function rereadKeys(
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
): Promise<readonly UpstreamKey[] | null> {
  const known = kept.get(url)
  if (known === undefined || known.readAt === as.now) return null
  if (isYounger(known.rereadAt, as.now, rereadInterval)) return null
  // Noted before the response arrives, so that of many concurrent requests only one goes out.
  known.rereadAt = as.now
  return keep(url, await read(as, url, allow), as.now, as.now)
}

function keep(url: string, keys: readonly UpstreamKey[], readAt: number, rereadAt: number) {
  kept.delete(url)
  for (const oldest of kept.keys()) {
    if (kept.size < mostSets) break
    kept.delete(oldest)
  }
  kept.set(url, { keys, readAt, rereadAt })
  return keys
}

async function read(
  as: AuthorizationServer,
  url: string,
  allow: OutboundAllowance,
): Promise<UpstreamKey[]> {
  const headers = { Accept: 'application/jwk-set+json, application/json' }
  const set = keySet().safeParse(jsonObjectOf(await guardedFetch(as, url, { headers }, allow)))
  if (!set.success) throw new OutboundError('malformed', 'the response is not a key set')
  // "Implementations SHOULD ignore JWKs ... that ... are not understood." RFC 7517 5
  return set.data.keys.flatMap((key) => {
    const parsed = upstreamKey().safeParse(key)
    return parsed.success ? [parsed.data] : []
  })
}
