// Key sets of providers, kept by an isolate for five minutes: a key that its owner has withdrawn
// counts no longer than that. A kid that nobody knows, or a signature that no key made, costs one more
// request, at most every half minute, so that a flood costs nothing. RFC 7517 5, OIDC Core 10.1.1.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isYounger } from '../core/server/age.ts'
import { type UpstreamKey, upstreamKey } from '../crypto/upstream-token.ts'
import { once } from '../protocol/once.ts'
import { type OutboundAllowance, OutboundError, guardedFetch, jsonObjectOf } from './outbound.ts'

/** Seconds that a key set is gone on with. */
const lifetime = 300

/** Seconds between two requests for keys that a set does not have. */
const rereadInterval = 30

/** Key sets of an isolate at most; the oldest goes. */
const mostSets = 50

type Kept = { keys: readonly UpstreamKey[]; readAt: number; rereadAt: number }

const kept = new Map<string, Kept>()

const keySet = once(() => z.object({ keys: z.array(z.unknown()).check(z.maxLength(200)) }))

/**
 * The keys at `url`, read anew where they are old or none of them has the `kid`.
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
 * The keys at `url` read once more, for a signature that none of the kept ones made: the key under a
 * kid may have been replaced. Null where they have just been read.
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
  // Noted before the answer is there: of many requests at once, one goes out.
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
  if (!set.success) throw new OutboundError('malformed', 'the answer is no key set')
  // "Implementations SHOULD ignore JWKs ... that ... are not understood." RFC 7517 5
  return set.data.keys.flatMap((key) => {
    const parsed = upstreamKey().safeParse(key)
    return parsed.success ? [parsed.data] : []
  })
}
