// The journey of a browser to a provider and back. The browser carries its facts itself, sealed and
// bound to its `state` and its secret, so that they cannot be read, changed or moved to another
// browser. A state counts once.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { utf8, utf8Text } from '../crypto/encoding.ts'
import { digestOf, randomSecret } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'

/** Seconds that a person may take at the provider. */
export const journeyLifetime = 600

const journey = once(() =>
  v.object({
    providerId: v.string(),
    codeVerifier: v.string(),
    nonce: v.string(),
    redirectUri: v.string(),
    /** The age in seconds that was asked for, which the sign-in there may have; null = any. */
    maxAge: v.nullable(v.number()),
    begunAt: v.number(),
    purpose: v.variant('kind', [
      /** To answer the screen of a sign-in. */
      v.object({ kind: v.literal('sign-in'), screen: v.string() }),
      /** To link the account of the user who is signed in. */
      v.object({ kind: v.literal('link'), userId: v.number(), sessionId: v.string() }),
    ]),
  }),
)
export type Journey = v.InferOutput<ReturnType<typeof journey>>
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
  const parsed = v.safeParse(journey(), text === null ? null : JSON.parse(text))
  if (!parsed.success) return null
  const expiresAt = parsed.output.begunAt + journeyLifetime
  const [digest, operation] = [await digestOf(state), randomSecret(16)]
  // D1 decides which of two arrivals with one state goes on.
  const isFirst = await as.store.usedIdentifiers.use({ digest, expiresAt, operation, now: as.now })
  return isFirst ? parsed.output : null
}

const contextOf = async (state: string, browserSecret: string): Promise<string> =>
  `journey 2 ${state} ${await digestOf(browserSecret)}`
