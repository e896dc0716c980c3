// A screen that waits for its answer: a row bound to the browser that was shown it, consumed once.
// What the browser sends back is only which screen it answers: the request itself stays here.
import * as z from 'zod/mini'
import { base64url } from '../crypto/encoding.ts'
import { digestOf, equalInConstantTime, randomSecret } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'
import { encodeParameters, type Parameters } from '../protocol/parameters.ts'
import type { Done } from './authorization.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { Answer, Interaction } from './records.ts'

const pending = once(() =>
  z.discriminatedUnion('kind', [
    /** An authorization request on its way. */
    z.object({
      kind: z.literal('authorization'),
      /** Its parameters, form-encoded. */
      query: z.string(),
      done: z.object({ login: z.boolean(), selection: z.boolean(), consent: z.boolean() }),
      /** The session that a choice or a consent was shown for. */
      sessionId: z.nullable(z.string()),
      /** What a consent was asked for: no more is granted by it. */
      scope: z.array(z.string()),
    }),
    /** A page of ours that needs a sign-in, or that whoever is signed in proves it anew. */
    z.object({
      kind: z.literal('page'),
      path: z.enum(['/', '/account', '/account?done=confirmed']),
      confirmedSessionId: z.optional(z.string()),
    }),
    /** A logout that waits for its confirmation. */
    z.object({
      kind: z.literal('logout'),
      redirect: z.nullable(z.string()),
      uiLocales: z.optional(z.string()),
    }),
  ]),
)

/** What goes on once the screen is answered. */
export type Pending = z.infer<ReturnType<typeof pending>>

/** A screen that waits: `id` is what its form carries. */
export type Waiting = { id: string; pending: Pending; interaction: Interaction }

/** Makes a screen wait in the browser with this secret; gives the id for its address and form. */
export const beginInteraction = async (
  as: AuthorizationServer,
  browserSecret: string,
  pending: Pending,
): Promise<string> => (await createInteraction(as, pending, await digestOf(browserSecret))).id

/**
 * The same screen once more, for a second answer by its browser: whoever clicks twice is not to
 * meet an error, and still each screen is answered once.
 */
export const repeatInteraction = (
  as: AuthorizationServer,
  { pending, interaction }: Waiting,
): Promise<Waiting> => createInteraction(as, pending, interaction.browserDigest)

async function createInteraction(
  as: AuthorizationServer,
  pending: Pending,
  browserDigest: string,
): Promise<Waiting> {
  const id = randomSecret(16)
  const interaction = {
    digest: await digestOf(id),
    browserDigest,
    request: JSON.stringify(pending),
    createdAt: as.now,
    expiresAt: as.now + as.settings.lifetimes.interaction,
    consumedAt: null,
  }
  await as.store.interactions.create(interaction)
  return { id, pending, interaction }
}

/** Whether an answer to the screen has counted already. */
export const isAnswered = ({ interaction }: Waiting): boolean => interaction.consumedAt !== null

export const pendingAuthorization = (
  parameters: Parameters,
  done: Done,
  sessionId: string | null,
  scope: readonly string[] = [],
): Pending => ({
  kind: 'authorization',
  query: encodeParameters(parameters),
  done,
  sessionId,
  scope: [...scope],
})

/** The screen of this browser with this id, answered or not; `expired` = open too long. */
export async function findInteraction(
  as: AuthorizationServer,
  browserSecret: string | undefined,
  id: string | undefined,
): Promise<(Waiting & { expired: boolean }) | null> {
  if (browserSecret === undefined || id === undefined || !/^[\w-]{22}$/.test(id)) return null
  const [digest, browserDigest] = await Promise.all([digestOf(id), digestOf(browserSecret)])
  const interaction = await as.store.interactions.find(digest, browserDigest)
  if (interaction === null) return null
  // One of another version of the server may lack something: then there is none to go on with.
  const request = pending().safeParse(JSON.parse(interaction.request))
  if (!request.success) return null
  const expired = interaction.expiresAt <= as.now
  return { id, pending: request.data, interaction, expired }
}

/** Where to begin anew with what was asked. */
export function startAgainPath(request: Pending): string {
  if (request.kind === 'authorization') {
    return `/oauth2/authorize?${request.query}`
  }
  return request.kind === 'page' ? request.path : '/'
}

/** An answer to a screen, by a random operation of this request. */
export const answerTo = (as: AuthorizationServer, { interaction }: Waiting): Answer => ({
  digest: interaction.digest,
  browserDigest: interaction.browserDigest,
  operation: randomSecret(16),
  now: as.now,
})

/** The token that a form carries: only a page that we showed in this browser can know it. */
export const formToken = async (
  as: AuthorizationServer,
  browserSecret: string,
  purpose: string,
): Promise<string> => base64url(await as.keys.mac('form token', `${purpose} ${browserSecret}`))

/** Whether a form carries the token of its browser and purpose, under any master key. */
export async function isFormToken(
  as: AuthorizationServer,
  browserSecret: string,
  purpose: string,
  token: string,
): Promise<boolean> {
  for (const id of as.keys.ids) {
    const expected = base64url(await as.keys.mac('form token', `${purpose} ${browserSecret}`, id))
    if (equalInConstantTime(token, expected)) return true
  }
  return false
}
