// A screen is a page that waits for its answer. It carries its own state, sealed, because a request
// that proves nothing writes nothing. A screen belongs to the browser that it was shown in, and it is
// answered once: the batch of an answer first records the screen's id as used.
import { base64url, utf8, utf8Text } from '../../crypto/encoding.ts'
import { digestOf, equalInConstantTime, randomSecret } from '../../crypto/secret.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { halfProof, halfProofEnd } from '../people/half-proof.ts'
import type { Answer } from '../server/storage.ts'

/** The pages of ours that a sign-in can lead to. */
const pagePaths = ['/', '/account', '/device'] as const
export type PagePath =
  | (typeof pagePaths)[number]
  | `/account${'/' | '?'}${string}`
  | `/device?user_code=${string}`
  | `/admin${string}`

/** A page under /account, and what it says was just done. */
const accountPlace = /^\/account(?:\/[a-z-]+)?(?:\?done=[A-Za-z]+)?$/

/** What may follow `/admin` in an address of the console: path and query, as browsers encode them. */
const consolePlace = /^(?:\/[\w.~%:@!*+-]+)*(?:\?[\w.~%:@!*+&=-]*)?$/

/** More would make the sealed screen too long for an address. */
const longestConsolePath = 2000

/** Returns the address of the console that a request asked for; of its first screen for odd ones. */
export const consolePath = (path: string): PagePath =>
  path.length <= longestConsolePath && consolePlace.test(path.slice('/admin'.length))
    ? `/admin${path.slice('/admin'.length)}`
    : '/admin'

const isPagePath = (path: unknown): boolean =>
  typeof path === 'string' &&
  (pagePaths.some((known) => known === path) ||
    accountPlace.test(path) ||
    /^\/device\?user_code=[A-Z]{4}-[A-Z]{4}$/.test(path) ||
    (path.startsWith('/admin') && consolePlace.test(path.slice('/admin'.length))))

const pending = once(() => {
  /** How far the goal has come. */
  const progress = {
    /** The names of the steps that are done: a further step does not change the format. */
    done: v.array(v.string()),
    /** The session that the page was shown to; null = nobody was signed in. */
    sessionId: v.nullable(v.string()),
    /** The scope that the page shows: an answer allows no more. */
    scope: v.array(v.string()),
    /** Who has proved one factor of two. */
    half: v.optional(halfProof()),
  }
  return v.variant('kind', [
    /** An authorization request. `query` is its parameters, form-encoded. */
    v.object({
      kind: v.literal('authorization'),
      query: v.string(),
      /** The digest of the client's document that the page describes. */
      documentDigest: v.nullable(v.string()),
      /** The pushed request that the answer uses up; null = it was not pushed. */
      pushed: v.nullable(v.object({ id: v.string(), answerBy: v.number() })),
      /** Whether its client must sign its requests: the parameters alone are none. */
      signed: v.boolean(),
      ...progress,
    }),
    /** A page of ours; `confirms` = for somebody who proves anew who they are. */
    v.object({
      kind: v.literal('page'),
      path: v.custom<PagePath>(isPagePath),
      confirms: v.boolean(),
      level: v.optional(v.number()),
      ...progress,
    }),
    /** A logout that waits for its confirmation. */
    v.object({
      kind: v.literal('logout'),
      redirect: v.nullable(v.string()),
      uiLocales: v.optional(v.string()),
    }),
  ])
})

/** What goes on once a screen is answered. Instants in seconds. */
export type Pending = v.InferOutput<ReturnType<typeof pending>>

const state = once(() =>
  v.object({
    id: v.string(),
    browserDigest: v.string(),
    createdAt: v.number(),
    expiresAt: v.number(),
    pending: pending(),
  }),
)

/** A screen; `sealed` is its state as its address and its form carry it. Instants in seconds. */
export type Screen = v.InferOutput<ReturnType<typeof state>> & { sealed: string }

/** Raised with any change of the state, so that a screen of another version does not open. */
const format = 'screen 3'

/** Creates a screen for the browser with this secret. */
export const newScreen = async (
  as: AuthorizationServer,
  browserSecret: string,
  pending: Pending,
): Promise<Screen> => sealedScreen(as, pending, await digestOf(browserSecret))

/**
 * Creates a copy of a screen for a second answer by its browser. A person who clicks twice must not
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
    expiresAt: Math.min(as.now + as.settings.lifetimes.interaction, answerableUntil(pending)),
    pending,
  }
  const sealed = await as.keys.seal('screen', utf8(JSON.stringify(screen)), format)
  return { ...screen, sealed: withoutDot(sealed) }
}

// The mark that a pushed request was answered is kept until then, so no screen may outlive it.
// Nor may it outlive the first factor of the sign-in that it is about.
const answerableUntil = (pending: Pending): number =>
  Math.min(
    (pending.kind === 'authorization' && pending.pushed?.answerBy) || Infinity,
    pending.kind === 'logout' || pending.half === undefined ? Infinity : halfProofEnd(pending.half),
  )

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

/** Opens the screen that an address or a form carries. Returns null if it is not one of ours. */
export async function openScreen(as: AuthorizationServer, sealed: string): Promise<Screen | null> {
  const opened = await as.keys.open('screen', withDot(sealed), format)
  const text = opened === null ? null : utf8Text(opened)
  const parsed = v.safeParse(state(), text === null ? null : JSON.parse(text))
  return parsed.success ? { ...parsed.output, sealed } : null
}

/** Returns whether the screen was shown in the browser with this secret; no other may answer it. */
export const isShownIn = async (browserSecret: string, screen: Screen): Promise<boolean> =>
  equalInConstantTime(screen.browserDigest, await digestOf(browserSecret))

/**
 * Returns the address that begins anew with the goal of a screen. Null = the request was pushed or had
 * to be signed: only its client can begin anew, and its parameters must not become a request of the
 * browser.
 */
export function startAgainPath(pending: Pending): string | null {
  if (pending.kind === 'authorization') {
    const { pushed, signed, query } = pending
    return pushed === null && !signed ? `/oauth2/authorize?${query}` : null
  }
  return pending.kind === 'page' ? pending.path : '/'
}

/** Creates an answer to a screen, named by a random operation of this request. */
export const answerTo = async (
  as: AuthorizationServer,
  { id, expiresAt }: Screen,
): Promise<Answer> => ({
  digest: await digestOf(id),
  expiresAt,
  operation: randomSecret(16),
  now: as.now,
})

/** Creates the token of a form: only a page that we showed in this browser can know it. */
export const formToken = async (
  as: AuthorizationServer,
  browserSecret: string,
  purpose: string,
): Promise<string> => base64url(await as.keys.mac('form token', `${purpose} ${browserSecret}`))

/** Returns whether a token is that of this browser and purpose, under any listed MASTER_KEY. */
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
