// A browser on its way to a provider and back. What must be known when it comes back it carries itself,
// sealed, bound to its `state` and its secret, so that nothing in it can be used, changed or moved; the
// state counts once.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { utf8, utf8Text } from '../crypto/encoding.ts'
import { digestOf, randomSecret } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'

/** Seconds that somebody may take over there. */
export const journeyLifetime = 600

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

/**
 * Seals a journey for its browser to carry, and to bring back beside its `state`: whoever has proved
 * nothing writes nothing.
 */
export const sealJourney = async (
  as: AuthorizationServer,
  state: string,
  browserSecret: string,
  facts: Journey,
): Promise<string> =>
  as.keys.seal('upstream state', utf8(JSON.stringify(facts)), await contextOf(state, browserSecret))

/** The journey of this state, once, in the browser that began it. */
export async function endJourney(
  as: AuthorizationServer,
  state: string | undefined,
  browserSecret: string | undefined,
  sealed: string,
): Promise<Journey | null> {
  if (state === undefined || browserSecret === undefined) return null
  const context = await contextOf(state, browserSecret)
  const opened = await as.keys.open('upstream state', sealed, context)
  const text = opened === null ? null : utf8Text(opened)
  const parsed = journey().safeParse(text === null ? null : JSON.parse(text))
  if (!parsed.success) return null
  const expiresAt = parsed.data.begunAt + journeyLifetime
  const [digest, operation] = [await digestOf(state), randomSecret(16)]
  // D1 decides which of two arrivals with one state goes on.
  const isFirst = await as.store.usedIdentifiers.use({ digest, expiresAt, operation, now: as.now })
  return isFirst ? parsed.data : null
}

const contextOf = async (state: string, browserSecret: string): Promise<string> =>
  `journey 2 ${state} ${await digestOf(browserSecret)}`
