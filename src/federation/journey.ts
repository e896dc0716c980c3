// The journey of a browser to a provider and back. The browser carries its facts itself, sealed and
// bound to its `state` and its secret, so that they cannot be read, changed or moved to another
// browser. A state counts once.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { utf8, utf8Text } from '../crypto/encoding.ts'
import { digestOf, randomSecret } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'

/** Seconds that a person may take at the provider. */
export const journeyLifetime = 600

const journey = once(() =>
  z.object({
    providerId: z.string(),
    codeVerifier: z.string(),
    nonce: z.string(),
    redirectUri: z.string(),
    /** The age in seconds that was asked for, which the sign-in there may have; null = any. */
    maxAge: z.nullable(z.number()),
    begunAt: z.number(),
    purpose: z.discriminatedUnion('kind', [
      /** To answer the screen of a sign-in. */
      z.object({ kind: z.literal('sign-in'), screen: z.string() }),
      /** To link the account of the user who is signed in. */
      z.object({ kind: z.literal('link'), userId: z.number(), sessionId: z.string() }),
    ]),
  }),
)
export type Journey = z.infer<ReturnType<typeof journey>>
export type Purpose = Journey['purpose']

/**
 * Seals a journey for its browser to carry and to bring back with its `state`. Nothing is written,
 * because the browser has proved nothing yet.
 */
export const sealJourney = async (
  as: AuthorizationServer,
  state: string,
  browserSecret: string,
  facts: Journey,
): Promise<string> =>
  as.keys.seal('upstream state', utf8(JSON.stringify(facts)), await contextOf(state, browserSecret))

/** Opens the journey of this state, once, in the browser that began it. Null = there is none. */
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
