// A person's own account: the browsers and apps that have access, and the password.
import { hashPassword, normalisePassword } from '../../crypto/password.ts'
import { isPassword } from '../../crypto/stored-password.ts'
import { OAuthError } from '../../protocol/error.ts'
import { storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { appAddress } from '../clients/app-address.ts'
import type { Client } from '../clients/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import type { Page } from '../server/storage.ts'
import { renewSession } from './browser-session.ts'
import { type PasswordFault, passwordFault } from './chosen-password.ts'
import { suspicionBut } from './link-suspicion.ts'
import { signInWithPassword } from './sign-in.ts'
import type { Proof, Session, SessionStanding, User } from './storage.ts'

/** Returns whether a user can sign in by a password of their own. */
export const hasPassword = ({ passwordHash, passwordState }: User): boolean =>
  isPassword(passwordHash) || passwordState === 'ask'

/** A client that has access, by any number of grants or by a consent. */
export type Access = {
  /** `client:<client id>`, for `endAccess`. */
  id: string
  client: Client
  scope: readonly string[]
  createdAt: number
  lastUsedAt: number | null
}

/** A part of a list: at most `limit` entries, after the first `cursor` of them. */
export type Part = { limit: number; cursor: number }

/** Lists the sessions in which the user is signed in, newest use first. */
export const listSessions = (
  as: AuthorizationServer,
  userId: number,
  { limit, cursor }: Part,
): Promise<Page<Session>> => as.store.account.listSessions(userId, as.now, limit, cursor)

/** Lists the existing clients that have access to the user's account, newest use first. */
export async function listAccess(
  as: AuthorizationServer,
  userId: number,
  { limit, cursor }: Part,
): Promise<Page<Access>> {
  const { items, nextCursor } = await as.store.access.listOfUser(userId, as.now, limit, cursor)
  const shown = await Promise.all(
    items.map(async ({ clientId, scope, createdAt, lastUsedAt }) => {
      const client = await as.clients.find(clientId, as.now)
      if (client === null) return []
      const id = `client:${clientId}`
      return [{ id, client, scope: [...new Set(storedScope(scope))], createdAt, lastUsedAt }]
    }),
  )
  return { items: shown.flat(), nextCursor }
}

/** How many of the newest entries with access are searched for apps. */
const mostLookedThrough = 24

/**
 * Lists at most `most` clients with access to the user's account that have registered an address to
 * open them at, newest use first.
 */
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
 * Revokes the grant that an `Access` names, if it belongs to the user, and withdraws the consent, so
 * that the client has to ask again. Unknown ids are ignored.
 */
export async function endAccess(
  as: AuthorizationServer,
  userId: number,
  accessId: string,
): Promise<void> {
  const colon = accessId.indexOf(':')
  const [kind, id] = [accessId.slice(0, colon), accessId.slice(colon + 1)]
  const namesClient = kind === 'client'
  const grant = namesClient ? undefined : (await as.store.grants.find(id, as.now))?.grant
  if (!namesClient && grant?.userId !== userId) return
  const clientId = grant?.clientId ?? id
  const audit = auditOf(as, 'consent.withdrawn', { userId, clientId })
  await as.store.consents.withdraw(userId, clientId, grant?.id ?? null, audit)
  tellKv(as)
}

/**
 * Ends every session, grant and consent of the user except this session. The session gets a new secret,
 * because somebody elsewhere may hold a copy of its cookie. Returns that secret, or null if another
 * request has renewed or ended the session first.
 */
export async function endEverythingElse(
  as: AuthorizationServer,
  standing: SessionStanding,
  secret: string,
): Promise<string | null> {
  const { user } = standing
  const audit = auditOf(as, 'user.signed-out-elsewhere', { userId: user.id })
  const { renewal, successor } = await renewSession(standing, secret)
  if (!(await as.store.account.endOthers(user.id, renewal, audit))) return null
  tellKv(as)
  return successor
}

/** The result of a change of password; `retryAfter` in seconds. */
type PasswordOutcome =
  | { outcome: 'changed'; secret: string }
  | { outcome: 'wrong' | 'unchanged' | PasswordFault }
  | { outcome: 'throttled'; retryAfter: number }

/**
 * Changes the password after verifying the current one. Every other session ends, with all grants and
 * consents; this session gets a new secret. Links to providers that were added recently end, except
 * those whose ids are in `keptLinks`.
 * @throws temporarily_unavailable if storage fails or the stored hash cannot be opened
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
  const fault = await passwordFault(as, next, user)
  if (fault !== null) return { outcome: fault }
  if (normalisePassword(next) === normalisePassword(current)) return { outcome: 'unchanged' }
  let proof: Proof
  try {
    // Guesses from elsewhere must not keep somebody who is signed in from changing the password.
    proof = await signInWithPassword(as, user.username, current, session.id, 'accepted')
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    if (thrown.code === 'invalid_grant') return { outcome: 'wrong' }
    if (thrown.code !== 'too_many_requests') throw thrown
    return { outcome: 'throttled', retryAfter: thrown.retryAfter ?? 60 }
  }
  // Since this request began, the name may have become another user's.
  if (proof.user.id !== user.id) return { outcome: 'wrong' }
  const audit = auditOf(as, 'user.password-changed', { userId: user.id })
  const passwordHash = await hashPassword(as, next)
  const { renewal, successor } = await renewSession(standing, secret)
  const suspicion = await suspicionBut(as, user.id, keptLinks)
  const { account } = as.store
  const isChanged = await account.changePassword(proof, renewal, passwordHash, suspicion, audit)
  if (!isChanged) return { outcome: 'wrong' }
  tellKv(as)
  return { outcome: 'changed', secret: successor }
}
