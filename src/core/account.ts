// What a person can see and end of their own: browsers, apps and devices, the password.
import { hashPassword, longestPassword } from '../crypto/password.ts'
import { utf8 } from '../crypto/encoding.ts'
import { OAuthError } from '../protocol/error.ts'
import { storedScope } from '../protocol/scope.ts'
import { appAddress } from './app-address.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { auditOf } from './authorization-server.ts'
import { tellEdge } from './revocation.ts'
import { signInWithPassword, type KnownBrowser } from './sign-in.ts'
import type { Client, Page, Proof, Session, SessionStanding } from './records.ts'

/** The shortest password that a person may choose, in characters (NIST SP 800-63B 5.1.1.2). */
export const shortestPassword = 8

/** Something that has access: a line, or a consent that stands without one. */
export type Access = {
  /** `line:<grant id>` or `client:<client id>`: what revoking it takes. */
  id: string
  client: Client
  scope: readonly string[]
  createdAt: number
  lastUsedAt: number | null
}

/** The most entries of a list at once, and how many come before them. */
export type Part = { limit: number; cursor: number }

/** The browsers in which the user is signed in, newest use first. */
export const listSessions = (
  as: AuthorizationServer,
  userId: number,
  { limit, cursor }: Part,
): Promise<Page<Session>> => as.store.sessions.listOfUser(userId, as.now, limit, cursor)

/** What else has access to the user's account, newest use first. */
export async function listAccess(
  as: AuthorizationServer,
  userId: number,
  { limit, cursor }: Part,
): Promise<Page<Access>> {
  const { items, nextCursor } = await as.store.access.listOfUser(userId, as.now, limit, cursor)
  const shown = await Promise.all(
    items.map(async ({ grantId, clientId, scope, createdAt, lastUsedAt }) => {
      const client = await as.clients.find(clientId, as.now)
      if (client === null) return []
      const id = grantId === null ? `client:${clientId}` : `line:${grantId}`
      return [{ id, client, scope: [...new Set(storedScope(scope))], createdAt, lastUsedAt }]
    }),
  )
  return { items: shown.flat(), nextCursor }
}

/** Of what has access, the newest entries that are looked through for apps. */
const mostLookedThrough = 24

/** The apps with access to the user's account that have told where they begin, newest use first. */
export async function listApps(
  as: AuthorizationServer,
  userId: number,
  most: number,
): Promise<{ client: Client; href: string }[]> {
  const { items } = await listAccess(as, userId, { limit: mostLookedThrough, cursor: 0 })
  const clients = [...new Map(items.map(({ client }) => [client.id, client])).values()]
  const apps = clients.flatMap((client) => {
    const href = appAddress(as, client)
    return href === null ? [] : [{ client, href }]
  })
  return apps.slice(0, most)
}

/**
 * Ends what an `Access` names, if it is the user's, and forgets the consent, so that the client has
 * to ask again. Unknown ones are no error.
 */
export async function endAccess(
  as: AuthorizationServer,
  userId: number,
  accessId: string,
): Promise<void> {
  const colon = accessId.indexOf(':')
  const [kind, id] = [accessId.slice(0, colon), accessId.slice(colon + 1)]
  const grant = kind === 'line' ? (await as.store.grants.find(id, as.now))?.grant : undefined
  if (kind === 'line' && grant?.userId !== userId) return
  const clientId = grant?.clientId ?? id
  const audit = auditOf(as, 'access ended by the user', { userId, clientId })
  await as.store.consents.withdraw(userId, clientId, grant?.id ?? null, audit)
  tellEdge(as)
}

/** Ends every session, line and consent of the user but this session. */
export async function endEverythingElse(
  as: AuthorizationServer,
  { session, user }: SessionStanding,
): Promise<void> {
  const audit = auditOf(as, 'signed out everywhere else', { userId: user.id })
  await as.store.sessions.endOthers(user.id, session.id, audit)
  tellEdge(as)
}

/** How a change of password came out; `retryAfter` in seconds. */
export type PasswordOutcome =
  | { outcome: 'changed' | 'wrong' | 'tooShort' | 'tooLong' | 'unchanged' }
  | { outcome: 'throttled'; retryAfter: number }

/**
 * Changes the password after proving the current one; every other session ends, with all lines and
 * consents.
 */
export async function changePassword(
  as: AuthorizationServer,
  standing: SessionStanding,
  current: string,
  next: string,
  browser: KnownBrowser | null,
): Promise<PasswordOutcome> {
  const { user, session } = standing
  if ([...next].length < shortestPassword) return { outcome: 'tooShort' }
  if (utf8(next).byteLength > longestPassword) return { outcome: 'tooLong' }
  if (next === current) return { outcome: 'unchanged' }
  let proof: Proof
  try {
    proof = await signInWithPassword(as, user.username, current, browser)
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    if (thrown.code === 'invalid_grant') return { outcome: 'wrong' }
    if (thrown.code !== 'too_many_requests') throw thrown
    return { outcome: 'throttled', retryAfter: thrown.retryAfter ?? 60 }
  }
  // The name may be somebody else's since this request began.
  if (proof.user.id !== user.id) return { outcome: 'wrong' }
  const audit = auditOf(as, 'password changed', { userId: user.id })
  const passwordHash = await hashPassword(as.keys, next)
  const { sessions } = as.store
  const isChanged = await sessions.changePassword(proof, session.id, passwordHash, audit)
  if (!isChanged) return { outcome: 'wrong' }
  tellEdge(as)
  return { outcome: 'changed' }
}
