// What a person can see and end of their own: browsers, apps and devices, the password.
import { utf8 } from '../../crypto/encoding.ts'
import { hashPassword, longestPassword, normalisePassword } from '../../crypto/password.ts'
import { OAuthError } from '../../protocol/error.ts'
import { storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { appAddress } from '../clients/app-address.ts'
import type { Client } from '../clients/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellEdge } from '../server/edge.ts'
import type { Page } from '../server/storage.ts'
import { renewSession } from './browser-session.ts'
import { suspicionBut } from './link-suspicion.ts'
import { signInWithPassword } from './sign-in.ts'
import type { Proof, Session, SessionStanding } from './storage.ts'

/** The shortest password that a person may choose, in characters (NIST SP 800-63B 5.1.1.2). */
export const shortestPassword = 8

/** Whether a password has that many, as it is hashed. */
export const isLongEnough = (password: string): boolean =>
  [...normalisePassword(password)].length >= shortestPassword

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

/**
 * Ends every session, line and consent of the user but this session, which goes on under a new
 * secret: a copy of its cookie is somewhere else, too. Gives that secret, or null where another
 * request came first and the session has a new one already.
 */
export async function endEverythingElse(
  as: AuthorizationServer,
  standing: SessionStanding,
  secret: string,
): Promise<string | null> {
  const { user } = standing
  const audit = auditOf(as, 'signed out everywhere else', { userId: user.id })
  const { renewal, successor } = await renewSession(standing, secret)
  if (!(await as.store.sessions.endOthers(user.id, renewal, audit))) return null
  tellEdge(as)
  return successor
}

/** How a change of password came out; `retryAfter` in seconds. */
export type PasswordOutcome =
  | { outcome: 'changed'; secret: string }
  | { outcome: 'wrong' | 'tooShort' | 'tooLong' | 'unchanged' }
  | { outcome: 'throttled'; retryAfter: number }

/**
 * Changes the password after proving the current one; every other session ends, with all lines and
 * consents, and this one goes on under a new secret. Young links to providers end but for those whose
 * ids are in `keptLinks`.
 */
export async function changePassword(
  as: AuthorizationServer,
  standing: SessionStanding,
  secret: string,
  current: string,
  next: string,
  keptLinks: readonly string[],
): Promise<PasswordOutcome> {
  const { user, session } = standing
  if (!isLongEnough(next)) return { outcome: 'tooShort' }
  if (utf8(next).byteLength > longestPassword) return { outcome: 'tooLong' }
  if (normalisePassword(next) === normalisePassword(current)) return { outcome: 'unchanged' }
  let proof: Proof
  try {
    // Guesses from elsewhere must not keep somebody who is signed in from a new password.
    proof = await signInWithPassword(as, user.username, current, session.id)
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
  const { renewal, successor } = await renewSession(standing, secret)
  const suspicion = await suspicionBut(as, user.id, keptLinks)
  const { sessions } = as.store
  const isChanged = await sessions.changePassword(proof, renewal, passwordHash, suspicion, audit)
  if (!isChanged) return { outcome: 'wrong' }
  tellEdge(as)
  return { outcome: 'changed', secret: successor }
}
