// A screen that waits for its answer carries its own state, sealed: whoever proves nothing writes
// nothing. It belongs to the browser that was shown it, and it is answered once: the batch of an answer
// first records the screen's id as used.
import * as z from 'zod/mini'
import { base64url, utf8, utf8Text } from '../../crypto/encoding.ts'
import { digestOf, equalInConstantTime, randomSecret } from '../../crypto/secret.ts'
import { once } from '../../protocol/once.ts'
import { type Parameters, encodeParameters } from '../../protocol/parameters.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Answer } from '../server/storage.ts'
import type { Done } from './authorization.ts'

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

const state = once(() =>
  z.object({
    id: z.string(),
    browserDigest: z.string(),
    createdAt: z.number(),
    expiresAt: z.number(),
    pending: pending(),
  }),
)

/** A screen that waits: `sealed` is what its address and its form carry. */
export type Screen = z.infer<ReturnType<typeof state>> & { sealed: string }

/** Of the state that is sealed: one of another version of the server opens nothing here. */
const format = 'screen 1'

/** Makes a screen for the browser with this secret. */
export const newScreen = async (
  as: AuthorizationServer,
  browserSecret: string,
  pending: Pending,
): Promise<Screen> => sealedScreen(as, pending, await digestOf(browserSecret))

/**
 * The same screen once more, for a second answer by its browser: whoever clicks twice is not to
 * meet an error, and still each screen is answered once.
 */
export const repeatedScreen = (
  as: AuthorizationServer,
  { pending, browserDigest }: Screen,
): Promise<Screen> => sealedScreen(as, pending, browserDigest)

async function sealedScreen(
  as: AuthorizationServer,
  pending: Pending,
  browserDigest: string,
): Promise<Screen> {
  const screen = {
    id: randomSecret(16),
    browserDigest,
    createdAt: as.now,
    expiresAt: as.now + as.settings.lifetimes.interaction,
    pending,
  }
  const sealed = await as.keys.seal('screen', utf8(JSON.stringify(screen)), format)
  return { ...screen, sealed: withoutDot(sealed) }
}

// Scripts and tools that fill in forms take the values of hidden inputs for plain words: so the id of
// the master key is set apart by its length, not by a dot.
const withoutDot = (sealed: string): string => {
  const length = sealed.indexOf('.')
  return length.toString(36) + sealed.replace('.', '')
}

const withDot = (text: string): string => {
  const end = 1 + Number.parseInt(text.charAt(0), 36)
  return `${text.slice(1, end)}.${text.slice(end)}`
}

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

/** What an address or a form carries, opened. Null for anything that is no screen of ours. */
export async function openScreen(as: AuthorizationServer, sealed: string): Promise<Screen | null> {
  const opened = await as.keys.open('screen', withDot(sealed), format)
  const text = opened === null ? null : utf8Text(opened)
  const parsed = state().safeParse(text === null ? null : JSON.parse(text))
  return parsed.success ? { ...parsed.data, sealed } : null
}

/** Whether the screen was shown in the browser with this secret: elsewhere it answers nothing. */
export const isShownIn = async (browserSecret: string, screen: Screen): Promise<boolean> =>
  equalInConstantTime(screen.browserDigest, await digestOf(browserSecret))

/** Where to begin anew with what was asked. */
export function startAgainPath(request: Pending): string {
  if (request.kind === 'authorization') {
    return `/oauth2/authorize?${request.query}`
  }
  return request.kind === 'page' ? request.path : '/'
}

/** An answer to a screen, by a random operation of this request. */
export const answerTo = async (
  as: AuthorizationServer,
  { id, expiresAt }: Screen,
): Promise<Answer> => ({
  digest: await digestOf(id),
  expiresAt,
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
