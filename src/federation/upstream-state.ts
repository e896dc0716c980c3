// A browser on its way to a provider and back: one row, bound to the browser, consumed once. What
// must be known when it comes back is sealed, so that nothing in the row can be used or changed.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { utf8, utf8Text } from '../crypto/encoding.ts'
import { digestOf } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'

/** Seconds that somebody may take over there. */
const lifetime = 600

const journey = once(() =>
  z.object({
    providerId: z.string(),
    codeVerifier: z.string(),
    nonce: z.string(),
    redirectUri: z.string(),
    /** Seconds that the sign-in there may be old, which was asked for; null = any age. */
    maxAge: z.nullable(z.number()),
    begunAt: z.number(),
    purpose: z.discriminatedUnion('kind', [
      /** To answer the sign-in page that waits. */
      z.object({ kind: z.literal('sign-in'), screen: z.string() }),
      /** To link the account of whoever is signed in. */
      z.object({ kind: z.literal('link'), userId: z.number(), sessionId: z.string() }),
    ]),
  }),
)
export type Journey = z.infer<ReturnType<typeof journey>>
export type Purpose = Journey['purpose']

/** Keeps a journey under its `state`. */
export async function keepJourney(
  as: AuthorizationServer,
  state: string,
  browserSecret: string,
  facts: Journey,
): Promise<void> {
  const digest = await digestOf(state)
  await as.store.upstreamStates.put({
    digest,
    browserDigest: await digestOf(browserSecret),
    providerId: facts.providerId,
    sealed: await as.keys.seal('upstream state', utf8(JSON.stringify(facts)), digest),
    expiresAt: as.now + lifetime,
  })
}

/** The journey of this state, once, in the browser that began it. */
export async function endJourney(
  as: AuthorizationServer,
  state: string | undefined,
  browserSecret: string | undefined,
): Promise<Journey | null> {
  if (state === undefined || browserSecret === undefined || !/^[\w-]{43}$/.test(state)) return null
  const digest = await digestOf(state)
  const kept = await as.store.upstreamStates.consume(digest, await digestOf(browserSecret), as.now)
  if (kept === null) return null
  const opened = await as.keys.open('upstream state', kept.sealed, digest)
  const text = opened === null ? null : utf8Text(opened)
  const parsed = journey().safeParse(text === null ? null : JSON.parse(text))
  return parsed.success ? parsed.data : null
}
