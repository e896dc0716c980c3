// Is somebody signed in behind this token, and who: the login state of faces that carry a plain
// bearer token and no proof of possession.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { User } from '../people/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellEdge } from '../server/edge.ts'
import { type LiveToken, findLiveToken, isForUs, isPairwise } from '../tokens/access-token.ts'
import { revokeLine } from '../tokens/revocation.ts'

/** Signed out is a state, not an error. */
export type LoginState = { signedIn: false } | { signedIn: true; user: User }

/**
 * Who is signed in with this access token. Nobody is with that of a client alone, with one that was
 * not given to tell who the user is, or with a pairwise client's: it would tell whoever holds it more
 * than the client may know (OpenID Connect Core 8.1).
 */
export async function loginState(
  as: AuthorizationServer,
  accessToken: string,
): Promise<LoginState> {
  const live = await findPlainToken(as, accessToken)
  if (live === null || live.line === null || isPairwise(live)) return { signedIn: false }
  const mayTell = live.token.scope.some((name) => identifies(as, name))
  return mayTell ? { signedIn: true, user: live.line.user } : { signedIn: false }
}

/**
 * Whether a token with this scope may tell who its user is: the scope says so itself, or every token
 * of its system may. Any other token is somebody's business and no name tag.
 */
const identifies = (as: AuthorizationServer, scope: string): boolean =>
  scope === 'openid' || scope === 'profile' || as.dialects.identifyingScopes.has(scope)

/**
 * Signs out: ends the whole line of a live token, or the token itself where it has no line. A token
 * that does not count is no error.
 * @throws temporarily_unavailable
 */
export async function signOut(as: AuthorizationServer, accessToken: string): Promise<void> {
  const live = await findPlainToken(as, accessToken)
  if (live === null) return
  const { token, line } = live
  const audit = auditOf(as, 'user.signed-out', { userId: line?.user.id, clientId: token.clientId })
  if (line !== null) return revokeLine(as, line.grant.id, audit)
  await as.store.grants.revokeToken(token.jti, token.expiresAt, audit)
  tellEdge(as)
}

/**
 * The live token, if it is meant for us (whoever a token for another resource was sent to could
 * replay it here) and bound to no key (these faces cannot carry the proof).
 */
export async function findPlainToken(
  as: AuthorizationServer,
  accessToken: string,
): Promise<LiveToken | null> {
  const live = await findLiveToken(as, accessToken)
  if (live === null || !isForUs(as, live.token)) return null
  return live.token.confirmation === null ? live : null
}
